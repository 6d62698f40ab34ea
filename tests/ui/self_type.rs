use mcp_runtime::tool;

struct Calculator;

impl Calculator {
    #[tool]
    fn new() -> Self {
        Self
    }
}

fn main() {}
