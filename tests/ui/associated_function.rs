use mcp_runtime::tool;

struct Calculator;

impl Calculator {
    #[tool]
    fn double(a: i64) -> i64 {
        2 * a
    }
}

fn main() {}
