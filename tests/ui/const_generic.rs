use mcp_runtime::tool;

#[tool]
fn first<const N: usize>(a: [i64; N]) -> i64 {
    a[0]
}

fn main() {}
