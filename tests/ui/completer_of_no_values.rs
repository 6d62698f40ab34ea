use mcp_runtime::prompt;

async fn names(_: &str) -> usize {
    0
}

#[prompt]
fn greet(#[arg(complete = names)] name: String) -> String {
    name
}

fn main() {}
