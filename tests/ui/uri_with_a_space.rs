use mcp_runtime::resource;

#[resource("config://my app")]
fn config() -> String {
    String::new()
}

fn main() {}
