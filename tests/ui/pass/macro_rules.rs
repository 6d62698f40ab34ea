//! Functions that a macro of the user's writes.
#![deny(warnings)]

use mcp_runtime::items;

macro_rules! getter {
    ($(#[doc = $doc:expr])* $name:ident as $wire:literal: $type:ty = $default:expr) => {
        $(#[doc = $doc])*
        #[mcp_runtime::tool(name = $wire)]
        fn $name(#[arg(default = $default)] value: $type) -> $type {
            value
        }
    };
    ($uri:literal => $name:ident($variable:ident)) => {
        #[mcp_runtime::resource($uri)]
        fn $name($variable: String) -> String {
            $variable
        }
    };
}

getter! {
    /// Gives back.
    small as "give.back": u8 = 3
}

getter! {
    #[doc = "A list."]
    list as "list": Vec<String> = ["a"]
}

getter!("macro://{id}" => by_id(id));

fn main() {
    let about = items![small, list, by_id].map(|item| item.about());
    assert_eq!(about.map(|about| about.name), ["give.back", "list", "by_id"]);
    assert_eq!(about.map(|about| about.description), ["Gives back.", "A list.", ""]);
}
