use mcp_runtime::tool;

#[derive(schemars::JsonSchema)]
struct City(String);

#[tool]
fn greet(cities: Option<City>) -> String {
    cities.map_or_else(String::new, |city| city.0)
}

fn main() {}
