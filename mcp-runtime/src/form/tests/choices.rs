//! Choices: one or several, with titles and without.

use super::*;

#[derive(Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum Plain {
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
