use mcp_runtime::resource;

#[resource("config://app", mime = "json", size = -1)]
fn config() -> String {
    String::new()
}

fn main() {}
