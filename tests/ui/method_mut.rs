use mcp_runtime::tool;

struct Calculator;

impl Calculator {
    #[tool]
    async fn add(&mut self, a: i64) -> i64 {
        a
    }
}

fn main() {}
