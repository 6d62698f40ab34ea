//! What cannot be a form.

use super::bounds::{Contact, Zoo};
use super::choices::Plain;
use super::*;

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
