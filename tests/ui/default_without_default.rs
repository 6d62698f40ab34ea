use mcp_runtime::tool;

#[mcp_runtime::model]
struct City {
    name: String,
}

#[tool]
fn greet(#[arg(default)] city: City) -> String {
    city.name
}

fn main() {}
