use mcp_runtime::tool;

const ICON: u8 = 1;

#[tool(icons(ICON))]
fn add(a: i64) -> i64 {
    a
}

fn main() {}
