use mcp_runtime::tool;

struct Secret;

#[tool(meta("secret" = Secret))]
fn add(a: i64) -> i64 {
    a
}

fn main() {}
