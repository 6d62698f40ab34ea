use mcp_runtime::tool;

#[tool]
fn count(#[arg(header = "My Region")] region: String) -> usize {
    region.len()
}

fn main() {}
