use mcp_runtime::resource;

#[resource("config://app", read_only, mime_type = "text/plain")]
fn config() -> String {
    String::new()
}

fn main() {}
