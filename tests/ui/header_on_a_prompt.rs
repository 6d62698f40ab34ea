use mcp_runtime::prompt;

#[prompt]
fn review(#[arg(header = "Region")] region: String) -> String {
    region
}

fn main() {}
