use mcp_runtime::resource;

#[resource("user://{a}{b}")]
fn user(a: String, b: String) -> String {
    a + &b
}

fn main() {}
