use mcp_runtime::tool;

#[tool]
fn half(#[arg(header = "Ratio")] ratio: Option<f64>) -> f64 {
    ratio.unwrap_or(1.0) / 2.0
}

fn main() {}
