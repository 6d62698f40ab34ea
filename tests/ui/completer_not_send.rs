use mcp_runtime::prompt;

async fn names(typed: &str) -> Vec<String> {
    let shared = std::rc::Rc::new(typed.to_owned());
    std::future::ready(()).await;
    vec![shared.to_string()]
}

#[prompt]
fn greet(#[arg(complete = names)] name: String) -> String {
    name
}

fn main() {}
