use mcp_runtime::tool;

struct Weather(i64);

#[tool]
fn weather() -> Weather {
    Weather(1)
}

fn main() {}
