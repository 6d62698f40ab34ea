use mcp_runtime::tool;

#[tool]
fn greet(#[arg(complete = ["Ada", "Bob"])] name: String) -> String {
    name
}

fn main() {}
