use mcp_runtime::resource;

#[resource("config://app", ttl = 60)]
fn config() -> String {
    String::new()
}

fn main() {}
