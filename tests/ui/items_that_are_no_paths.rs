use mcp_runtime::items;

fn main() {
    let _ = items!["add"];
}
