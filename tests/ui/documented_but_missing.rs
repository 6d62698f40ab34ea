use mcp_runtime::tool;

/// Greets.
///
/// # Arguments
/// * `nmae` - Who
#[tool]
fn greet(name: String) -> String {
    name
}

fn main() {}
