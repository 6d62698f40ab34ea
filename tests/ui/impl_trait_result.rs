use mcp_runtime::tool;

#[tool]
fn greet(name: String) -> impl ToString {
    name
}

fn main() {}
