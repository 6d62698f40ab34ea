use mcp_runtime::resource;

#[resource("user://{id}")]
fn user() -> String {
    String::new()
}

fn main() {}
