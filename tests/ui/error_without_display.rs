use mcp_runtime::tool;

struct Failed;

#[tool]
fn weather() -> Result<String, Failed> {
    Err(Failed)
}

fn main() {}
