use mcp_runtime::resource;

#[resource("file:///{path*}")]
fn file(path: String) -> String {
    path
}

fn main() {}
