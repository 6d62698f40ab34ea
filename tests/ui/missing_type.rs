use mcp_runtime::tool;

#[tool]
fn count(city: City) -> u64 {
    1
}

fn main() {}
