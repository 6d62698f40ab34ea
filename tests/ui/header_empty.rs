use mcp_runtime::tool;

#[tool]
fn count(#[arg(header = "")] region: String) -> usize {
    region.len()
}

fn main() {}
