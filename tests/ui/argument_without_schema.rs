use mcp_runtime::tool;

#[derive(serde::Deserialize)]
struct City(String);

#[tool]
fn greet(city: City) -> String {
    city.0
}

fn main() {}
