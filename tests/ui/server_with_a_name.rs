fn main() {
    let _ = mcp_runtime::server!("calculator", "1.0.0");
}
