use mcp_runtime::tool;

#[tool]
fn count(
    #[arg(header = "Region")]
    #[serde(alias = "zone")]
    region: String,
) -> usize {
    region.len()
}

fn main() {}
