use mcp_runtime::tool;

#[tool]
fn greet(names: Vec<&str>) -> String {
    names.join(", ")
}

fn main() {}
