use mcp_runtime::items;

fn add(a: i64) -> i64 {
    a
}

fn main() {
    let _ = items![add];
}
