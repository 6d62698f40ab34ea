//! The fields of a form, as they were made from a type, and what holds for the answer.

use std::borrow::Cow;

use schemars::{JsonSchema, generate::SchemaSettings};
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_json::value::RawValue;

use super::field::Field;
use super::{Keywords, boxes, choices, order, publish};
use crate::protocol::Revision;
use crate::schema::{Check, Direction, Problem, lean, unreadable};

/// A flat list of fields, as a client can show it.
///
/// What a form cannot say (other formats, steps, distinct items) is not published, but holds for the answer all the same.
#[derive(Debug)]
pub(crate) struct Sheet {
    fields: Vec<Field>,
    check: Check,
}

impl Sheet {
    /// The form whose answer is a `T`, or all that keeps `T` from being one.
    pub(crate) fn of<T: JsonSchema + DeserializeOwned>() -> Result<Self, Vec<String>> {
        let schema = SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<T>();
        Self::made(lean(schema.to_value(), Direction::Input), order::declared::<T>())
    }

    fn made(mut root: Value, order: &[&str]) -> Result<Self, Vec<String>> {
        if let Some(fault) = root.as_object().and_then(shapeless) {
            return Err(vec![fault.into()]);
        }
        let mut faults = Vec::new();
        let fields = fields(&root, order, &mut faults);
        faults.extend(boxes::ambiguous(&fields));
        drop_names(&mut root);
        match Check::compile(&root) {
            Ok(check) => {
                faults.extend(fields.iter().flat_map(|field| defaults(field, &check)));
                if faults.is_empty() { Ok(Self { fields, check }) } else { Err(faults) }
            }
            Err(unchecked) => {
                faults.extend(unchecked.iter().map(ToString::to_string));
                Err(faults)
            }
        }
    }

    /// The schema that goes to a client of this revision.
    pub(crate) fn schema(&self, revision: Revision) -> Box<RawValue> {
        publish::schema(&self.fields, revision)
    }

    /// The answer of a client of this revision as a `T`, or everything that is wrong with it.
    pub(crate) fn read<T: DeserializeOwned>(&self, content: &str, revision: Revision) -> Result<T, Vec<Problem>> {
        let content = match publish::is_first(revision) {
            true => Cow::Owned(boxes::gathered(&self.fields, content)?),
            false => Cow::Borrowed(content),
        };
        let json = self.checked(&content)?;
        serde_json::from_str(&json).map_err(|error| vec![Problem { path: String::new(), message: unreadable(&error) }])
    }

    /// The answer as it came if that is right, else repaired as far as that loses nothing.
    fn checked<'a>(&self, json: &'a str) -> Result<Cow<'a, str>, Vec<Problem>> {
        let problems = self.check.problems(json);
        if problems.is_empty() {
            return Ok(Cow::Borrowed(json));
        }
        let Some(repaired) = self.check.root().coerce(json) else {
            return Err(problems);
        };
        let problems = self.check.problems(&repaired);
        if problems.is_empty() { Ok(Cow::Owned(repaired)) } else { Err(problems) }
    }
}

/// Why a schema is not that of a struct with named fields.
fn shapeless(root: &Keywords) -> Option<&'static str> {
    let has = |keywords: &[&str]| keywords.iter().any(|keyword| root.contains_key(*keyword));
    if has(&["oneOf", "anyOf", "allOf", "$ref"]) {
        return Some(
            "has more than one set of fields; a form has one: write a struct, with `Option` for what may be left out",
        );
    }
    if root.get("type").is_none_or(|kind| kind != "object") {
        return Some("has no fields with names; write a struct with a named field for each part of the answer");
    }
    let is_open = root.get("additionalProperties").is_some_and(|rest| *rest != false) || has(&["patternProperties"]);
    is_open.then_some("takes fields of any name; a form has fixed ones: write a field for each instead of a map")
}

/// The fields in the order of the source; what cannot be one goes to `faults`.
fn fields(root: &Value, order: &[&str], faults: &mut Vec<String>) -> Vec<Field> {
    let required = |name: &str| {
        let names = root.get("required").and_then(Value::as_array);
        names.is_some_and(|names| names.iter().any(|required| required == name))
    };
    let mut fields = Vec::new();
    for (name, schema) in root.get("properties").and_then(Value::as_object).into_iter().flatten() {
        match Field::read(name, schema, root) {
            Ok(field) => fields.push(Field { is_required: required(name), ..field }),
            Err(fault) => faults.push(format!("`{name}` {fault}")),
        }
    }
    fields.sort_by_key(|field| order.iter().position(|name| *name == field.name).unwrap_or(order.len()));
    fields
}

/// The names of choices beside them are for people: there is nothing in them to check.
fn drop_names(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            // Not a property of that name, which would be an object.
            members.retain(|name, member| name != choices::NAMES || !member.is_array());
            members.values_mut().for_each(drop_names);
        }
        Value::Array(items) => items.iter_mut().for_each(drop_names),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// A default must be an answer that would be taken.
fn defaults(field: &Field, check: &Check) -> Vec<String> {
    let mut problems = Vec::new();
    if let (Some(default), Some(place)) = (&field.default, check.property(&field.name)) {
        place.problems(&field.name, &default.to_string(), &mut problems);
    }
    problems.iter().map(|Problem { path, message }| format!("the default of `{path}` {message}")).collect()
}
