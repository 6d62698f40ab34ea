use mcp_runtime::model;

#[model]
union Weather {
    rain: u8,
}

fn main() {}
