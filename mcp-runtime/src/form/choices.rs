//! The choices of a field and how they are called.

use serde_json::Value;

use super::Keywords;
use super::field::NULLABLE;

/// The keyword that names choices in the oldest way.
pub(super) const NAMES: &str = "enumNames";

const NOT_TEXT: &str = "has choices that are not texts; write an enum whose variants are named";

/// The values that can be chosen, each with its title, if it has one.
#[derive(Debug, Clone)]
pub(super) struct Choices {
    pub(super) values: Vec<String>,
    pub(super) titles: Titles,
}

/// As many as there are values, or none.
#[derive(Debug, Clone)]
pub(super) enum Titles {
    None,
    /// From the docs of the variants.
    Beside(Vec<String>),
    /// As their author wants to have them written: in `enumNames`, where a revision and a field have it.
    Named(Vec<String>),
}

struct Choice {
    value: Value,
    title: Option<String>,
}

/// The choices that a schema gives, if it gives any. `resolved` follows the references of an alternative.
pub(super) fn read(schema: &Keywords, resolved: impl Fn(&Value) -> Keywords) -> Result<Option<Choices>, String> {
    let alternatives = schema.get("oneOf").or_else(|| schema.get("anyOf")).and_then(Value::as_array);
    let found = match (plain(schema), alternatives) {
        (Some(plain), _) => plain,
        (None, Some(alternatives)) => {
            let alternatives: Vec<Keywords> = alternatives.iter().map(resolved).collect();
            if alternatives.iter().any(|one| one.get("type").is_some_and(|kind| kind == "null")) {
                return Err(NULLABLE.into());
            }
            let all: Option<Vec<_>> = alternatives.iter().map(documented).collect();
            let Some(all) = all else { return Ok(None) };
            all.into_iter().flatten().collect()
        }
        (None, None) => return Ok(None),
    };
    let titles: Vec<Option<String>> = found.iter().map(|choice| choice.title.clone()).collect();
    let values = found.into_iter().map(|choice| text(choice.value)).collect::<Result<Vec<_>, _>>()?;
    let titles = match schema.get(NAMES) {
        Some(names) => Titles::Named(strings(names, values.len())?),
        None => beside(&values, titles),
    };
    Ok(Some(Choices { values, titles }))
}

/// The constants of a schema, without titles.
fn plain(schema: &Keywords) -> Option<Vec<Choice>> {
    let listed = schema.get("enum").and_then(Value::as_array).cloned();
    let values = listed.or_else(|| schema.get("const").map(|value| vec![value.clone()]))?;
    Some(values.into_iter().map(|value| Choice { value, title: None }).collect())
}

/// The constants of one alternative: one with words of its own is called by them.
fn documented(alternative: &Keywords) -> Option<Vec<Choice>> {
    let mut choices = plain(alternative)?;
    let said = |keyword| alternative.get(keyword).and_then(Value::as_str);
    if let [only] = choices.as_mut_slice() {
        only.title = said("title").map(str::to_owned).or_else(|| said("description").map(label));
    }
    Some(choices)
}

/// The first paragraph as a label: on one line, and no sentence.
fn label(description: &str) -> String {
    let lines: Vec<&str> = description.lines().map(str::trim).take_while(|line| !line.is_empty()).collect();
    let text = lines.join(" ");
    text.strip_suffix('.').filter(|rest| !rest.contains('.')).unwrap_or(&text).to_owned()
}

fn text(value: Value) -> Result<String, String> {
    match value {
        Value::String(text) => Ok(text),
        Value::Null => Err(NULLABLE.into()),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => Err(NOT_TEXT.into()),
    }
}

fn strings(names: &Value, count: usize) -> Result<Vec<String>, String> {
    let names: Option<Vec<String>> =
        names.as_array().and_then(|names| names.iter().map(|name| Some(name.as_str()?.to_owned())).collect());
    let names =
        names.ok_or_else(|| format!("has `{NAMES}` that are not a list of texts; write a name for each choice"))?;
    match names.len() {
        given if given == count => Ok(names),
        given => Err(format!("has {count} choices and {given} `{NAMES}`; write one name for each choice")),
    }
}

/// A choice without a title among others that have one is called as it is.
fn beside(values: &[String], titles: Vec<Option<String>>) -> Titles {
    if titles.iter().all(Option::is_none) {
        return Titles::None;
    }
    Titles::Beside(
        titles.into_iter().zip(values).map(|(title, value)| title.unwrap_or_else(|| value.clone())).collect(),
    )
}
