use mcp_runtime::tool;

struct A;
struct B;

#[tool]
fn many(a: A, b: Vec<B>, c: Option<A>) -> Result<A, B> {
    b.into_iter().next().map_or(Ok(c.unwrap_or(a)), Err)
}

fn main() {}
