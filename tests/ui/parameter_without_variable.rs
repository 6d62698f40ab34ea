use mcp_runtime::resource;

#[resource("user://{id}")]
fn user(id: u64, name: String) -> String {
    format!("{id} {name}")
}

fn main() {}
