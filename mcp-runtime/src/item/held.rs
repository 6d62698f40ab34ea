//! A tool for tests, which never ends by itself: the test decides when a call lands.

use super::{About, Declared, Hints, Place, Tool};
use crate::arguments::{Arguments, Refused};
use crate::context::Call;
use crate::reply::Running;

pub(crate) static HELD: Tool = Tool {
    about: About {
        place: Place { module: "tests", file: file!(), line: line!(), function: "held" },
        name: "held",
        title: "Held",
        description: "Is held.",
        tags: &[],
        icons: &[],
        meta: &[],
        params: &[],
        lends: &[],
        timeout: None,
    },
    input_schema: None,
    hints: Hints { read_only: None, destructive: None, idempotent: None, open_world: None },
    output: |_| Declared::Content,
    call: held,
};

fn held(_: Arguments<'_>, _: Call) -> Result<Running, Refused> {
    Ok(Box::pin(std::future::pending()))
}
