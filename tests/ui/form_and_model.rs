use mcp_runtime::{form, model};

#[form]
#[model]
struct Above {
    name: String,
}

#[model]
#[form]
struct Below {
    name: String,
}

#[form]
#[derive(Clone, serde::Deserialize)]
struct Derived {
    name: String,
}

#[form]
#[form]
struct Twice {
    name: String,
}

fn main() {}
