//! Tools for tests.

use super::{About, Declared, Hints, Place, Start, TaskSupport, Tool};

/// Never ends by itself: the test decides when a call lands.
pub(crate) static HELD: Tool = Tool::for_test("held", |_, _| Ok(Box::pin(std::future::pending())));

impl Tool {
    /// A tool without parameters that says nothing about itself.
    pub(crate) const fn for_test(name: &'static str, call: Start) -> Self {
        Self {
            about: About {
                place: Place { module: "tests", file: file!(), line: 0, name },
                name,
                title: "A tool",
                description: "Is called.",
                tags: &[],
                icons: &[],
                meta: &[],
                params: &[],
                lends: &[],
                timeout: None,
                allows: &[],
            },
            input_schema: None,
            task: TaskSupport::Forbidden,
            hints: Hints { read_only: None, destructive: None, idempotent: None, open_world: None },
            output: || Declared::Content,
            call,
        }
    }
}
