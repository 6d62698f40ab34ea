use mcp_runtime::tool;

#[tool]
trait Calculator {
    fn add(a: i64) -> i64;
}

fn main() {}
