use mcp_runtime::form;

#[form(title = "Name")]
struct Name {
    name: String,
}

fn main() {}
