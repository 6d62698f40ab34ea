use mcp_runtime::tool;

struct Store(String);

#[tool]
fn name<'a>(store: &'a Store) -> &'a str {
    &store.0
}

fn main() {}
