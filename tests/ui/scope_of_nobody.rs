use mcp_runtime::resource;

#[resource("config://{name}", ttl = "0s", scope = "Public")]
fn config(name: String) -> String {
    name
}

fn main() {}
