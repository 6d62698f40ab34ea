use mcp_runtime::tool;

#[tool]
fn count(#[arg(header = "Mcp-Param-Region")] region: String) -> usize {
    region.len()
}

fn main() {}
