use mcp_runtime::prompt;

#[prompt(task)]
async fn say() -> String {
    "hello".into()
}

fn main() {}
