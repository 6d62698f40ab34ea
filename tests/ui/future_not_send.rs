use mcp_runtime::tool;

#[tool]
async fn weather() -> u64 {
    let shared = std::rc::Rc::new(1);
    std::future::ready(()).await;
    *shared
}

fn main() {}
