use mcp_runtime::tool;

struct Store(u64);

#[tool]
fn count(store: &mut Store) -> u64 {
    store.0
}

fn main() {}
