use mcp_runtime::tool;

#[derive(serde::Serialize)]
struct Weather(i64);

#[tool]
async fn weather() -> Result<Weather, String> {
    Ok(Weather(1))
}

fn main() {}
