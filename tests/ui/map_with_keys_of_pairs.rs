use std::collections::{BTreeMap, HashMap};

use mcp_runtime::tool;

#[tool]
fn cells(grid: HashMap<(u8, u8), String>) -> Option<BTreeMap<[u8; 2], String>> {
    let _ = grid;
    None
}

fn main() {}
