use mcp_runtime::resource;

#[resource("db://{region}")]
fn database(#[arg(header = "Region")] region: String) -> String {
    region
}

fn main() {}
