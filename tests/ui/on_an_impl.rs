use mcp_runtime::tool;

struct Calculator;

#[tool]
impl Calculator {
    fn add(a: i64) -> i64 {
        a
    }
}

fn main() {}
