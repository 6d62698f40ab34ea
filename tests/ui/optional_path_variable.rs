use mcp_runtime::resource;

#[resource("user://{id}")]
fn user(id: Option<u64>) -> String {
    format!("{id:?}")
}

fn main() {}
