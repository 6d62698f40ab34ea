use mcp_runtime::model;

#[model]
#[derive(Debug, serde::Serialize)]
struct Weather {
    rain: u8,
}

fn main() {}
