//! What is configured away takes its record along.
#![deny(warnings)]

use mcp_runtime::{items, tool};

#[tool]
#[cfg(any())]
fn gone(a: NoSuchType) -> i64 {
    a
}

#[cfg(any())]
#[tool]
fn gone_too(a: NoSuchType) -> i64 {
    a
}

#[tool]
#[cfg(not(any()))]
#[allow(unused_variables)]
fn here(a: i64) -> i64 {
    1
}

#[expect(deprecated, reason = "it is still there")]
mod old {
    #[deprecated]
    #[mcp_runtime::model]
    pub(crate) struct Old;

    #[mcp_runtime::tool]
    pub(crate) fn use_old(old: Old) {
        let Old = old;
    }
}

fn main() {
    fn inside() -> &'static str {
        #[tool]
        fn local(a: Local) -> i64 {
            a.0
        }

        #[mcp_runtime::model]
        struct Local(i64);

        items![local].map(|item| item.name()).concat().leak()
    }
    assert_eq!(items![here, old::use_old].map(|item| item.name()), ["here", "use_old"]);
    assert_eq!(inside(), "local");
}
