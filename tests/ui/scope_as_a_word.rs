use mcp_runtime::resource;

#[resource("config://app", scope = public)]
fn config() -> String {
    String::new()
}

fn main() {}
