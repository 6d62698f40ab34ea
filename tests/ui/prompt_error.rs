use mcp_runtime::prompt;

struct Failed;

#[prompt]
fn greet(name: String) -> Result<String, Failed> {
    Ok(name)
}

fn main() {}
