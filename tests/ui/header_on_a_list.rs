use mcp_runtime::tool;

#[tool]
fn count(#[arg(header = "Regions")] regions: Vec<String>) -> usize {
    regions.len()
}

fn main() {}
