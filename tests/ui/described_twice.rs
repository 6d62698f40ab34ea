use mcp_runtime::tool;

/// # Arguments
/// * `name` - Who
#[tool]
fn greet(
    /// Who
    name: String,
) -> String {
    name
}

fn main() {}
