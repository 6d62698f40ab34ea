//! Makes a schema as models and hosts like to read it, without changing what it means.

mod inline;
mod merge;
mod nulls;
mod tidy;
mod walk;

use serde_json::Value;

/// Who writes the values that a schema describes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    /// The client. A field that may be absent need not be `null` as well.
    Input,
    /// We. A field that is not there is written as `null`.
    Output,
}

/// The schema without noise, with types written out where they are used once or are small.
///
/// What is valid stays valid and nothing else becomes so, but for one thing: in an input, `null` for a field that may be
/// absent is not mentioned any more.
pub(crate) fn lean(mut schema: Value, direction: Direction) -> Value {
    tidy::root(&mut schema);
    // A reference into the middle of something would lose its target.
    if !inline::has_plain_references(&schema) {
        return schema;
    }
    tidy::choices(&mut schema);
    strip(&mut schema, direction);
    inline::inline(&mut schema);
    strip(&mut schema, direction);
    tidy::choices(&mut schema);
    schema
}

/// Whether what becomes of an input does not depend on what stands beside it.
pub(crate) fn is_closed(schema: &Value) -> bool {
    inline::has_plain_references(schema) && !inline::goes_to_root(schema) && !nulls::are_undecided(schema)
}

fn strip(schema: &mut Value, direction: Direction) {
    match direction {
        Direction::Input => nulls::strip(schema),
        Direction::Output => {}
    }
}
