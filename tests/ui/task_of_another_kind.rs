use mcp_runtime::tool;

#[tool(task = "maybe")]
async fn work() {}

#[tool(task = false)]
async fn rest() {}

#[tool(task("optional"))]
async fn play() {}

fn main() {}
