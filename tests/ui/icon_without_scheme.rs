use mcp_runtime::tool;

#[tool(icons("icon.png"))]
fn add(a: i64) -> i64 {
    a
}

fn main() {}
