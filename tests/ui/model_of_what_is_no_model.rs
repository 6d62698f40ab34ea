use mcp_runtime::model;

struct Place {
    name: String,
}

#[model]
struct Trip {
    title: String,
    stops: Vec<Place>,
}

fn main() {}
