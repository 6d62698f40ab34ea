use mcp_runtime::tool;

struct Store(std::cell::Cell<u64>);

#[tool]
async fn count(store: &Store) -> u64 {
    store.0.get()
}

fn main() {}
