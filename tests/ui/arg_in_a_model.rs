use mcp_runtime::{form, model};

#[model]
struct Leg {
    #[arg(range = 1..=7)]
    to: String,
    #[arg(range = 7..=1, default = 9)]
    days: u8,
    #[arg(rnge = 1..=7)]
    nights: u8,
    #[arg(default)]
    via: Option<String>,
}

#[form]
struct Guest {
    #[arg(length = 1..=80, name = "fullName", description = "Name")]
    name: String,
    #[arg(complete = ["quiet", "sea"], header = "Room")]
    room: String,
}

#[model]
enum Way<T> {
    Train {
        #[arg(default = 1)]
        class: u8,
        seat: T,
    },
}

fn main() {}
