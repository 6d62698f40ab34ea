//! An argument that a client repeats in a header of its HTTP request, so that a gateway can route by it.

use mcp_runtime::tool;

/// Answers with the value that it was given.
#[tool(read_only)]
fn test_custom_header(
    /// Any text; in the header `Mcp-Param-Value` too.
    #[arg(header = "Value")]
    value: String,
) -> String {
    value
}
