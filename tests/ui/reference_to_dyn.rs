use mcp_runtime::tool;

trait Store {}

#[tool]
fn count(store: &dyn Store) {
    let _ = store;
}

fn main() {}
