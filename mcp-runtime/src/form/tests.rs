//! Forms of derived types, as each revision has them, and the answers to them.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Sheet;
use crate::protocol::Revision;

const FIRST: Revision = Revision::V2025_06_18;
const SECOND: Revision = Revision::V2025_11_25;
const THIRD: Revision = Revision::V2026_07_28;

fn sheet<T: JsonSchema + DeserializeOwned>() -> Sheet {
    Sheet::of::<T>().unwrap()
}

fn published<T: JsonSchema + DeserializeOwned>(revision: Revision) -> Value {
    serde_json::from_str(sheet::<T>().schema(revision).get()).unwrap()
}

#[expect(clippy::needless_pass_by_value, reason = "reads better at the callers")]
fn read_in<T: JsonSchema + DeserializeOwned>(revision: Revision, content: Value) -> Result<T, Vec<String>> {
    let problems = sheet::<T>().read(&content.to_string(), revision);
    problems.map_err(|all| all.into_iter().map(|one| format!("{}: {}", one.path, one.message)).collect())
}

fn read<T: JsonSchema + DeserializeOwned>(content: Value) -> Result<T, Vec<String>> {
    read_in(THIRD, content)
}

#[track_caller]
fn refused<T: JsonSchema + DeserializeOwned>(faults: &[&str]) {
    assert_eq!(Sheet::of::<T>().map(|sheet| sheet.schema(SECOND)).unwrap_err(), faults);
}

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

#[derive(Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Plain {
    Option1,
    Option2,
    Option3,
}

#[derive(Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Titled {
    /// First Option
    Value1,
    /// Second Option
    Value2,
    /// Third Option
    Value3,
}

#[derive(Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Legacy {
    Opt1,
    Opt2,
    Opt3,
}

/// What the conformance suite asks for with choices.
#[derive(Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Enums {
    untitled_single: Plain,
    titled_single: Titled,
    #[schemars(extend("enumNames" = ["Option One", "Option Two", "Option Three"]))]
    legacy_enum: Legacy,
    untitled_multi: Vec<Plain>,
    titled_multi: Vec<Titled>,
}

fn pairs() -> Value {
    json!([
        {"const": "value1", "title": "First Option"},
        {"const": "value2", "title": "Second Option"},
        {"const": "value3", "title": "Third Option"},
    ])
}

#[test]
fn five_kinds_of_choices_come_out_as_the_suite_wants_them() {
    for revision in [SECOND, THIRD] {
        assert_eq!(
            published::<Enums>(revision),
            json!({
                "type": "object",
                "properties": {
                    "untitledSingle": {"type": "string", "enum": ["option1", "option2", "option3"]},
                    "titledSingle": {"type": "string", "oneOf": pairs()},
                    "legacyEnum": {
                        "type": "string",
                        "enum": ["opt1", "opt2", "opt3"],
                        "enumNames": ["Option One", "Option Two", "Option Three"],
                    },
                    "untitledMulti": {
                        "type": "array",
                        "items": {"type": "string", "enum": ["option1", "option2", "option3"]},
                    },
                    "titledMulti": {"type": "array", "items": {"anyOf": pairs()}},
                },
                "required": ["untitledSingle", "titledSingle", "legacyEnum", "untitledMulti", "titledMulti"],
            })
        );
    }
}

#[test]
fn choices_are_read() {
    let answer = json!({
        "untitledSingle": "option2", "titledSingle": "value3", "legacyEnum": "opt1",
        "untitledMulti": ["option1", "option3"], "titledMulti": [],
    });
    assert_eq!(
        read::<Enums>(answer),
        Ok(Enums {
            untitled_single: Plain::Option2,
            titled_single: Titled::Value3,
            legacy_enum: Legacy::Opt1,
            untitled_multi: vec![Plain::Option1, Plain::Option3],
            titled_multi: vec![],
        })
    );
    let wrong = json!({
        "untitledSingle": "option9", "titledSingle": 3, "legacyEnum": "Option One", "untitledMulti": ["option4"],
    });
    assert_eq!(read::<Enums>(wrong).unwrap_err().len(), 5);
}

#[derive(Debug, PartialEq, Deserialize, JsonSchema)]
struct Lists {
    /// Some of them.
    #[schemars(length(max = 2))]
    some: Vec<Titled>,
    #[serde(default = "first", skip_serializing_if = "Vec::is_empty")]
    #[schemars(title = "Usual", extend("default" = ["option1"]))]
    usual: Vec<Plain>,
    other: Option<Vec<Plain2>>,
}

fn first() -> Vec<Plain> {
    vec![Plain::Option1]
}

#[test]
fn the_first_revision_has_a_box_for_each_choice_of_a_list() {
    let ticked = |title: &str, ticked: bool| json!({"type": "boolean", "title": title, "description": "Usual", "default": ticked});
    let open = |title: &str, of: &str| json!({"type": "boolean", "title": title, "description": of});
    assert_eq!(
        published::<Lists>(FIRST),
        json!({
            "type": "object",
            "properties": {
                "some[value1]": open("First Option", "Some of them."),
                "some[value2]": open("Second Option", "Some of them."),
                "some[value3]": open("Third Option", "Some of them."),
                "usual[option1]": ticked("option1", true),
                "usual[option2]": ticked("option2", false),
                "usual[option3]": ticked("option3", false),
                "other[A]": open("A", "Things that can be had at once."),
                "other[B]": open("B", "Things that can be had at once."),
            },
        })
    );
}

#[test]
fn boxes_become_lists() {
    let lists = |some, usual, other| Ok(Lists { some, usual, other });
    let read = |answer| read_in::<Lists>(FIRST, answer);
    assert_eq!(read(json!({})), lists(vec![], first(), None));
    assert_eq!(
        read(json!({"some[value3]": true, "some[value1]": "true", "some[value2]": false, "usual[option1]": false})),
        lists(vec![Titled::Value1, Titled::Value3], vec![], None)
    );
    assert_eq!(read(json!({"other[B]": true, "other[A]": null})), lists(vec![], first(), Some(vec![Plain2::B])));
    // What the schema says holds for the list, and a box is nothing but ticked or not.
    let most = read(json!({"some[value1]": true, "some[value2]": true, "some[value3]": true})).unwrap_err();
    assert!(most.len() == 1 && most[0].starts_with("some: must have at most 2"), "{most:?}");
    let wrong = read(json!({"some[value1]": 1, "other[A]": "perhaps"})).unwrap_err();
    assert_eq!(wrong, ["some[value1]: must be true or false", "other[A]: must be true or false"]);
    assert_eq!(read(json!([])).unwrap_err().len(), 1);
    // Boxes are of the first revision only.
    assert!(read_in::<Lists>(SECOND, json!({"some[value1]": true})).is_err());
}

#[test]
fn a_box_has_a_name_of_its_own() {
    #[derive(Deserialize, JsonSchema)]
    #[expect(dead_code, reason = "only its schema is looked at")]
    struct Twice {
        all: Vec<Plain2>,
        #[serde(rename = "all[A]")]
        other: bool,
    }
    refused::<Twice>(&[
        "`all` has a choice that clients of 2025-06-18 see as a field `all[A]`, but there is one already; rename it",
    ]);
}

/// A speed.
#[derive(Debug, PartialEq, Deserialize, JsonSchema)]
enum Speed {
    /// As fast as it goes,
    /// whatever it costs.
    ///
    /// This is for those who read on.
    Fast,
    /// Fine. Not fast.
    Slow,
    #[schemars(title = "In between", description = "Neither.")]
    Medium,
    Any,
}

#[derive(Debug, PartialEq, Deserialize, JsonSchema)]
struct Choosing {
    /// How fast.
    speed: Option<Speed>,
    again: Speed,
    #[schemars(length(min = 1, max = 2))]
    all: BTreeSet<Plain2>,
    two: [Titled; 2],
}

/// Things that can be had at once.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, JsonSchema)]
enum Plain2 {
    A,
    B,
}

fn speeds() -> Value {
    json!([
        {"const": "Any", "title": "Any"},
        {"const": "Fast", "title": "As fast as it goes, whatever it costs"},
        {"const": "Slow", "title": "Fine. Not fast."},
        {"const": "Medium", "title": "In between"},
    ])
}

#[test]
fn docs_of_variants_are_titles() {
    assert_eq!(
        published::<Choosing>(THIRD),
        json!({
            "type": "object",
            "properties": {
                "speed": {"type": "string", "description": "How fast.", "oneOf": speeds()},
                "again": {"type": "string", "description": "A speed.", "oneOf": speeds()},
                "all": {
                    "type": "array",
                    "description": "Things that can be had at once.",
                    "minItems": 1,
                    "maxItems": 2,
                    "items": {"type": "string", "enum": ["A", "B"]},
                },
                "two": {"type": "array", "minItems": 2, "maxItems": 2, "items": {"anyOf": pairs()}},
            },
            "required": ["again", "all", "two"],
        })
    );
}

#[derive(Debug, PartialEq, Deserialize, JsonSchema)]
struct Single {
    titled: Titled,
    speed: Option<Speed>,
}

#[test]
fn the_first_revision_has_titles_in_a_list_of_their_own() {
    assert_eq!(
        published::<Single>(FIRST),
        json!({
            "type": "object",
            "properties": {
                "titled": {
                    "type": "string",
                    "enum": ["value1", "value2", "value3"],
                    "enumNames": ["First Option", "Second Option", "Third Option"],
                },
                "speed": {
                    "type": "string",
                    "description": "A speed.",
                    "enum": ["Any", "Fast", "Slow", "Medium"],
                    "enumNames": ["Any", "As fast as it goes, whatever it costs", "Fine. Not fast.", "In between"],
                },
            },
            "required": ["titled"],
        })
    );
}

/// Somebody to write to.
#[derive(Debug, PartialEq, Deserialize, JsonSchema)]
struct Contact {
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
struct Zoo {
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

#[derive(Deserialize, JsonSchema)]
#[expect(dead_code, reason = "only its schema is looked at")]
struct Wrong {
    address: Contact,
    also: Option<Zoo>,
    map: BTreeMap<String, String>,
    pair: (u8, String),
    list: Vec<String>,
    lists: Vec<Vec<Plain>>,
    open: Vec<Value>,
    nothing: (),
    shape: Shape,
    tagged: Tagged,
    either: Either,
    anything: Value,
    nullable: Maybe<String>,
    nullable_choice: Maybe<Plain>,
    #[schemars(extend("enum" = [1, 2]))]
    level: u8,
    #[schemars(extend("enumNames" = ["One"]))]
    named: Plain,
    #[schemars(extend("enumNames" = [1, 2, 3]))]
    misnamed: Plain,
    tree: Box<Tree>,
    fine: bool,
}

/// An `Option` that must be given: schemars and serde do not see through it.
#[derive(Deserialize, JsonSchema)]
struct Maybe<T>(Option<T>);

#[derive(Deserialize, JsonSchema)]
#[expect(dead_code, reason = "only its schema is looked at")]
enum Shape {
    Point,
    Circle { radius: f64 },
}

#[derive(Deserialize, JsonSchema)]
#[serde(tag = "kind")]
#[expect(dead_code, reason = "only its schema is looked at")]
enum Tagged {
    Circle { radius: f64 },
    Square { side: f64 },
}

#[derive(Deserialize, JsonSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "only its schema is looked at")]
enum Either {
    Number(i64),
    Text(String),
}

#[derive(Deserialize, JsonSchema)]
#[expect(dead_code, reason = "only its schema is looked at")]
struct Tree {
    children: Vec<Tree>,
}

#[test]
fn every_field_that_cannot_be_one_is_named() {
    const NESTED: &str =
        "has fields of its own; a form is flat: put `#[serde(flatten)]` on it, or ask for it in a form of its own";
    const LIST: &str = "is a list of something other than choices; write a `Vec` of an enum without data, or one text";
    const UNION: &str =
        "may be values of several kinds; write an enum whose variants have no data, or an `Option` for each kind";
    const NULLABLE: &str = "may be null, which nobody can fill in; write an `Option` that may be left out";
    let mut expected = vec![
        format!("`address` {NESTED}"),
        format!("`also` {NESTED}"),
        format!("`tree` {NESTED}"),
        "`map` is a map; a form has fields with fixed names: write a field for each".into(),
        "`pair` is a tuple; write a field for each of its parts".into(),
        format!("`list` {LIST}"),
        format!("`lists` {LIST}"),
        format!("`open` {LIST}"),
        "`nothing` has nothing to fill in; take it out".into(),
        format!("`shape` {UNION}"),
        format!("`tagged` {UNION}"),
        format!("`either` {UNION}"),
        "`anything` may be any JSON; write a text, a number, a `bool` or an enum without data".into(),
        format!("`nullable` {NULLABLE}"),
        format!("`nullable_choice` {NULLABLE}"),
        "`level` has choices that are not texts; write an enum whose variants are named".into(),
        "`named` has 3 choices and 1 `enumNames`; write one name for each choice".into(),
        "`misnamed` has `enumNames` that are not a list of texts; write a name for each choice".into(),
    ];
    expected.sort();
    let mut faults = Sheet::of::<Wrong>().unwrap_err();
    faults.sort();
    assert_eq!(faults, expected);
}

#[test]
fn only_a_struct_with_fields_is_a_form() {
    const NAMELESS: &str = "has no fields with names; write a struct with a named field for each part of the answer";
    const SETS: &str =
        "has more than one set of fields; a form has one: write a struct, with `Option` for what may be left out";
    const OPEN: &str = "takes fields of any name; a form has fixed ones: write a field for each instead of a map";
    #[derive(Deserialize, JsonSchema)]
    #[expect(dead_code, reason = "only its schema is looked at")]
    struct Open {
        name: String,
        #[serde(flatten)]
        rest: BTreeMap<String, String>,
    }
    #[derive(Deserialize, JsonSchema)]
    #[expect(dead_code, reason = "only its schema is looked at")]
    struct Several {
        name: String,
        #[serde(flatten)]
        shape: Tagged,
    }
    refused::<bool>(&[NAMELESS]);
    refused::<String>(&[NAMELESS]);
    refused::<()>(&[NAMELESS]);
    refused::<Plain>(&[NAMELESS]);
    refused::<Value>(&[NAMELESS]);
    refused::<Tagged>(&[SETS]);
    refused::<Several>(&[SETS]);
    refused::<BTreeMap<String, bool>>(&[OPEN]);
    refused::<Open>(&[OPEN]);
}

#[test]
fn a_default_must_be_an_answer() {
    fn seven() -> u8 {
        7
    }
    #[derive(Deserialize, JsonSchema)]
    #[expect(dead_code, reason = "only its schema is looked at")]
    struct Party {
        #[serde(default = "seven")]
        #[schemars(range(max = 5))]
        guests: u8,
    }
    refused::<Party>(&["the default of `guests` must be at most 5, got 7"]);
}

#[test]
fn what_nothing_enforces_is_refused() {
    #[derive(Deserialize, JsonSchema)]
    #[expect(dead_code, reason = "only its schema is looked at")]
    struct Odd {
        #[schemars(extend("pattern" = "(?=x)"))]
        text: String,
        #[schemars(extend("shiny" = true))]
        other: bool,
    }
    refused::<Odd>(&[
        "the schema of `other` says `shiny`, which nothing here can enforce; take it out of the type's schema",
        "the schema of `text` has a `pattern` that cannot be run: it is no regular expression, or it looks around or back",
    ]);
}
