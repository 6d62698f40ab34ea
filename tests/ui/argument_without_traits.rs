use mcp_runtime::tool;

struct City(String);

#[tool]
fn greet(city: City) -> String {
    city.0
}

fn main() {}
