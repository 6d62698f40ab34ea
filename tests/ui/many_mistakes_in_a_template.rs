use mcp_runtime::resource;

#[resource("user:/ {id}{id}/{x", mime = 5)]
fn user(id: Option<u8>, q: String) -> String {
    format!("{id:?} {q}")
}

fn main() {}
