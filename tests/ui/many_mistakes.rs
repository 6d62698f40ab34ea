use mcp_runtime::tool;

/// # Arguments
/// * `who` - Who
#[tool(desc = "x", name = "a b", read_only, destructive, timeout = 5)]
fn greet<T>(name: &str, (a, b): (u8, u8), count: &mut u8, #[arg(rang = 1..=2)] c: u8) -> String {
    format!("{name} {a} {b} {count} {c}")
}

fn main() {}
