use mcp_runtime::tool;

struct Store;

#[tool]
fn count(state: axum::State<Store>) -> usize {
    0
}

mod axum {
    pub struct State<T>(pub T);
}

fn main() {}
