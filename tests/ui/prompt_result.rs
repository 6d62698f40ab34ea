use mcp_runtime::prompt;

#[prompt]
fn greet() -> u64 {
    1
}

fn main() {}
