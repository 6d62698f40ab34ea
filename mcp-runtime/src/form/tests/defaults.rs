//! Defaults, published and filled in.

use super::*;

#[derive(Debug, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Status {
    Active,
    Inactive,
    #[default]
    Pending,
}

/// What the conformance suite asks for with defaults.
#[derive(Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(default)]
struct Defaults {
    /// User name
    name: String,
    age: i64,
    score: f64,
    status: Status,
    verified: bool,
}

impl Default for Defaults {
    fn default() -> Self {
        Self { name: "John Doe".into(), age: 30, score: 95.5, status: Status::Pending, verified: true }
    }
}

#[test]
fn defaults_come_out_as_the_suite_wants_them() {
    for revision in [SECOND, THIRD] {
        assert_eq!(
            published::<Defaults>(revision),
            json!({
                "type": "object",
                "properties": {
                    "name": {"type": "string", "description": "User name", "default": "John Doe"},
                    "age": {"type": "integer", "default": 30},
                    "score": {"type": "number", "default": 95.5},
                    "status": {"type": "string", "enum": ["active", "inactive", "pending"], "default": "pending"},
                    "verified": {"type": "boolean", "default": true},
                },
            })
        );
    }
}

#[test]
fn the_first_revision_has_defaults_of_booleans_only() {
    assert_eq!(
        published::<Defaults>(FIRST),
        json!({
            "type": "object",
            "properties": {
                "name": {"type": "string", "description": "User name"},
                "age": {"type": "integer"},
                "score": {"type": "number"},
                "status": {"type": "string", "enum": ["active", "inactive", "pending"]},
                "verified": {"type": "boolean", "default": true},
            },
        })
    );
}

#[test]
fn what_was_left_out_has_its_default() {
    assert_eq!(read::<Defaults>(json!({})), Ok(Defaults::default()));
    assert_eq!(read::<Defaults>(json!({"age": 31, "status": "active"})).map(|answer| answer.age), Ok(31));
}
