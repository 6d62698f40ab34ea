use mcp_runtime::tool;

#[tool]
fn count(#[arg(header = "Region")] from: String, #[arg(header = "REGION")] to: String) -> usize {
    from.len() + to.len()
}

fn main() {}
