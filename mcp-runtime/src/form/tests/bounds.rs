//! Bounds, formats and the order of fields.

use super::*;

/// Somebody to write to.
#[derive(Debug, PartialEq, Deserialize, JsonSchema)]
pub(super) struct Contact {
    /// # Full name
    ///
    /// As in the passport.
    #[schemars(length(min = 2, max = 50))]
    name: String,
    #[schemars(email)]
    email: String,
    #[schemars(url)]
    page: Option<String>,
    #[schemars(extend("format" = "date"))]
    born: Option<String>,
    #[schemars(extend("format" = "date-time"))]
    since: Option<String>,
    #[schemars(extend("format" = "uuid"))]
    id: Option<String>,
    #[schemars(regex(pattern = "^[A-Z]{3}$"))]
    code: Option<String>,
    letter: Option<char>,
    #[schemars(range(min = 18, max = 120))]
    age: u8,
    #[schemars(range(min = 0.5), extend("multipleOf" = 0.5))]
    hours: Option<f32>,
    agreed: bool,
}

fn contact(revision: Revision) -> Value {
    let mut schema = json!({
        "type": "object",
        "properties": {
            "name": {
                "type": "string", "title": "Full name", "description": "As in the passport.",
                "minLength": 2, "maxLength": 50,
            },
            "email": {"type": "string", "format": "email"},
            "page": {"type": "string", "format": "uri"},
            "born": {"type": "string", "format": "date"},
            "since": {"type": "string", "format": "date-time"},
            "id": {"type": "string"},
            "code": {"type": "string"},
            "letter": {"type": "string", "minLength": 1, "maxLength": 1},
            "age": {"type": "integer", "minimum": 18, "maximum": 120},
            "hours": {"type": "number", "minimum": 0.5},
            "agreed": {"type": "boolean"},
        },
        "required": ["name", "email", "age", "agreed"],
    });
    if revision == SECOND {
        schema["properties"]["code"]["pattern"] = "^[A-Z]{3}$".into();
    }
    schema
}

#[test]
fn bounds_and_formats_are_published_as_far_as_a_revision_knows_them() {
    for revision in [FIRST, SECOND, THIRD] {
        assert_eq!(published::<Contact>(revision), contact(revision), "{revision}");
    }
}

#[test]
fn what_is_not_published_holds_all_the_same() {
    let right = json!({"name": "Ada", "email": "a@example.com", "age": 36, "agreed": true});
    assert_eq!(read::<Contact>(right.clone()).map(|answer| answer.age), Ok(36));
    for (field, value, message) in [
        ("id", json!("x"), "id: must be a UUID like"),
        ("code", json!("abc"), "code: must match"),
        ("hours", json!(0.7), "hours: must be a multiple of 0.5"),
        ("born", json!("yesterday"), "born: must be a date like"),
        ("page", json!("example"), "page: must be an absolute URI"),
        ("age", json!(17), "age: must be at least 18"),
        ("name", json!("A"), "name: must be at least 2 characters long"),
    ] {
        let mut wrong = right.clone();
        wrong[field] = value;
        let told = read::<Contact>(wrong).unwrap_err();
        assert!(told.len() == 1 && told[0].starts_with(message), "{told:?}");
    }
}

#[test]
fn everything_that_is_wrong_is_told() {
    let told = read::<Contact>(json!({"name": 1, "email": "nobody", "age": 200})).unwrap_err();
    let paths: BTreeSet<&str> = told.iter().filter_map(|line| line.split(':').next()).collect();
    assert_eq!(paths, BTreeSet::from(["agreed", "age", "email", "name"]), "{told:?}");
    assert_eq!(read::<Contact>(json!(["Ada"])).unwrap_err().len(), 1);
}

#[test]
fn a_sloppy_answer_is_repaired() {
    let sloppy = json!({
        "name": "Ada", "email": "a@example.com", "age": "36", "agreed": "true", "hours": "1.5", "page": null,
        "extra": {"ignored": true},
    });
    let answer = read::<Contact>(sloppy).unwrap();
    assert_eq!((answer.age, answer.agreed, answer.hours, answer.page), (36, true, Some(1.5), None));
}

#[test]
fn what_only_the_type_refuses_is_told_too() {
    #[derive(Debug, Deserialize, JsonSchema)]
    #[expect(dead_code, reason = "nothing is read")]
    struct Big {
        number: u32,
    }
    let told = read::<Big>(json!({"number": 4_294_967_296_u64})).unwrap_err();
    assert_eq!(told, [": must be an integer from 0 to 4294967295, got 4294967296"]);
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Zoo {
    zebra: bool,
    #[serde(rename = "ape", alias = "monkey")]
    renamed: Option<bool>,
    lion: bool,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(transparent)]
struct Wrapped(Zoo);

#[test]
fn fields_stand_in_the_order_of_the_source() {
    let expected = r#"{"type":"object","properties":{"zebra":{"type":"boolean"},"ape":{"type":"boolean"},"lion":{"type":"boolean"}},"required":["zebra","lion"]}"#;
    assert_eq!(sheet::<Zoo>().schema(THIRD).get(), expected);
    assert_eq!(sheet::<Wrapped>().schema(THIRD).get(), expected);
    let Wrapped(zoo) = read(json!({"zebra": true, "lion": false})).unwrap();
    assert!(zoo.zebra && zoo.renamed.is_none() && !zoo.lion);
    let told = read::<Zoo>(json!({"zebra": true, "lion": true, "lino": true})).unwrap_err();
    assert!(told[0].starts_with("lino: is not a known field"), "{told:?}");
}

#[derive(Debug, Deserialize, JsonSchema)]
struct Flat {
    name: String,
    #[serde(flatten)]
    zoo: Zoo,
}

#[test]
fn flattened_fields_are_fields() {
    let schema = published::<Flat>(THIRD);
    assert_eq!(
        schema["properties"].as_object().map(|all| all.keys().cloned().collect::<Vec<_>>().join(" ")).unwrap(),
        "ape lion name zebra"
    );
    let answer = read::<Flat>(json!({"name": "x", "zebra": true, "lion": true})).unwrap();
    assert!(answer.name == "x" && answer.zoo.lion);
}

#[test]
fn a_form_may_have_nothing_to_fill_in() {
    #[derive(Debug, Deserialize, JsonSchema)]
    struct Confirmed {}
    for revision in [FIRST, SECOND, THIRD] {
        assert_eq!(sheet::<Confirmed>().schema(revision).get(), r#"{"type":"object","properties":{}}"#);
    }
    assert!(read::<Confirmed>(json!({})).is_ok());
}
