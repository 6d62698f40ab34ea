//! Several choices for clients of 2025-06-18, which cannot be asked for a list: a box to tick for each choice, and the list that
//! comes of it.

use std::collections::BTreeSet;

use serde_json::Value;

use super::Keywords;
use super::choices::{Choices, Titles};
use super::field::{Field, Kind};
use crate::gather::gather;
use crate::schema::Problem;

/// A box for each choice. None has to be ticked: that is an empty list.
pub(super) fn properties(field: &Field, choices: &Choices) -> Vec<(String, Keywords)> {
    let description: Vec<&str> =
        [&field.title, &field.description].into_iter().flatten().filter_map(Value::as_str).collect();
    let description = if description.is_empty() { field.name.clone() } else { description.join(": ") };
    let one = |value: &String, title: &String| {
        let mut property = gather::<Keywords, _>([
            ("type".to_owned(), "boolean".into()),
            ("title".to_owned(), title.as_str().into()),
            ("description".to_owned(), description.as_str().into()),
        ]);
        let ticked = field.default.as_ref().and_then(Value::as_array).map(|list| list.iter().any(|one| one == value));
        property.extend(ticked.map(|ticked| ("default".to_owned(), ticked.into())));
        (name(field, value), property)
    };
    let titles = match &choices.titles {
        Titles::Beside(titles) | Titles::Named(titles) => titles,
        Titles::None => &choices.values,
    };
    choices.values.iter().zip(titles).map(|(value, title)| one(value, title)).collect()
}

fn name(field: &Field, value: &str) -> String {
    format!("{}[{value}]", field.name)
}

/// The fields with lists of choices.
fn lists(fields: &[Field]) -> impl Iterator<Item = (&Field, &Choices)> {
    fields.iter().filter_map(|field| match &field.kind {
        Kind::Many(choices, _) => Some((field, choices)),
        Kind::Text(_) | Kind::Integer(_) | Kind::Number(_) | Kind::Bool | Kind::One(_) => None,
    })
}

/// What would be called like something else, if a list became boxes.
pub(super) fn ambiguous(fields: &[Field]) -> Vec<String> {
    let mut taken: BTreeSet<String> = gather(fields.iter().map(|field| field.name.clone()));
    let mut faults = Vec::new();
    for (field, choices) in lists(fields) {
        for name in choices.values.iter().map(|value| name(field, value)) {
            if !taken.insert(name.clone()) {
                let list = &field.name;
                faults.push(format!(
                    "`{list}` has a choice that clients of 2025-06-18 see as a field `{name}`, but there is one already; \
                     rename it"
                ));
            }
        }
    }
    faults
}

/// The answer with lists in place of boxes. What is no object is for others to refuse.
pub(super) fn gathered(fields: &[Field], json: &str) -> Result<String, Vec<Problem>> {
    let Ok(mut answer) = serde_json::from_str::<Keywords>(json) else { return Ok(json.to_owned()) };
    let mut problems = Vec::new();
    for (field, choices) in lists(fields) {
        let mut ticked = Vec::new();
        let mut is_given = field.is_required;
        for value in &choices.values {
            let name = name(field, value);
            let given = answer.remove(&name).filter(|given| !given.is_null());
            is_given |= given.is_some();
            match given.map(|given| tick(&given)) {
                Some(Some(true)) => ticked.push(Value::from(value.as_str())),
                Some(Some(false)) | None => {}
                Some(None) => problems.push(Problem { path: name, message: "must be true or false".to_owned() }),
            }
        }
        if is_given {
            answer.entry(&field.name).or_insert(ticked.into());
        }
    }
    if problems.is_empty() { Ok(Value::from(answer).to_string()) } else { Err(problems) }
}

fn tick(given: &Value) -> Option<bool> {
    given.as_bool().or_else(|| given.as_str()?.parse().ok())
}
