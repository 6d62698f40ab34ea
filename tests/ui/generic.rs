use mcp_runtime::tool;

#[tool]
fn add<T: Into<i64>>(a: T) -> i64 {
    a.into()
}

fn main() {}
