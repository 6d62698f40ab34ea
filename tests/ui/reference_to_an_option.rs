use mcp_runtime::tool;

struct Store(u64);

#[tool]
fn count(store: &Option<Store>) -> u64 {
    store.as_ref().map_or(0, |store| store.0)
}

fn main() {}
