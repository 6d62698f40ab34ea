use mcp_runtime::resource;

#[resource("room://1", watch = "always")]
fn room() -> &'static str {
    "21"
}

fn main() {}
