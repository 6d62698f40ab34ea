use mcp_runtime::tool;

#[tool]
fn greet(#[arg(range = 1..=20)] name: String) -> String {
    name
}

fn main() {}
