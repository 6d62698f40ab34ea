use mcp_runtime::resource;

#[resource("user://{id")]
fn user(id: u64) -> String {
    id.to_string()
}

fn main() {}
