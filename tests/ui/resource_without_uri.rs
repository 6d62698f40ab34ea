use mcp_runtime::resource;

#[resource]
fn config() -> String {
    String::new()
}

fn main() {}
