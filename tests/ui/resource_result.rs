use mcp_runtime::resource;

#[resource("config://app")]
fn config() -> u64 {
    1
}

fn main() {}
