use mcp_runtime::tool;

#[tool]
fn stop() -> ! {
    panic!()
}

fn main() {}
