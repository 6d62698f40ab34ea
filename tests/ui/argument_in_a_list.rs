use mcp_runtime::tool;

struct City(String);

#[tool]
fn greet(cities: Vec<City>) -> usize {
    cities.len()
}

fn main() {}
