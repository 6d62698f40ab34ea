use mcp_runtime::tool;

#[derive(serde::Deserialize, Default)]
struct City(String);

#[tool]
fn greet(#[serde(default)] city: City) -> String {
    city.0
}

fn main() {}
