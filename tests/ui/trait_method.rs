use mcp_runtime::tool;

trait Calculator {
    #[tool]
    fn add(&self, a: i64) -> i64;
}

fn main() {}
