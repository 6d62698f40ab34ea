use mcp_runtime::prompt;

#[prompt]
fn greet(#[arg(complete = "names")] name: String) -> String {
    name
}

fn main() {}
