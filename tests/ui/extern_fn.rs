use mcp_runtime::tool;

#[tool]
extern "C" fn add(a: i64) -> i64 {
    a
}

fn main() {}
