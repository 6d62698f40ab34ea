use mcp_runtime::resource;

#[resource("config")]
fn config() -> String {
    String::new()
}

fn main() {}
