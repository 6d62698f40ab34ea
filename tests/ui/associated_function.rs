use mcp_runtime::tool;

struct Calculator;

impl Calculator {
    #[tool]
    fn add(a: i64) -> i64 {
        a
    }
}

fn main() {}
