use mcp_runtime::prompt;

fn names(count: u8) -> Vec<String> {
    vec![count.to_string()]
}

#[prompt]
fn greet(#[arg(complete = names)] name: String) -> String {
    name
}

fn main() {}
