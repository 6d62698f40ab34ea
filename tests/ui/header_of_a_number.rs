use mcp_runtime::tool;

#[tool]
fn count(#[arg(header = 1)] region: String) -> usize {
    region.len()
}

fn main() {}
