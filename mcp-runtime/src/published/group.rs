//! Parameters whose schemas are made together: made lean, and compiled to what enforces them.

use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use super::{compiled, insert};
use crate::param::{Need, Param};
use crate::schema::{Check, Direction, Mirrored, Problem, Properties, is_closed, lean, mentions_headers};

/// What is repeated in headers, of a schema for all of a group.
pub(super) type Repeated = fn(&mut Value, &mut Vec<String>) -> Vec<Mirrored>;

/// Parameters by number, without their names and descriptions.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) schemas: Vec<Value>,
    /// What the schemas refer to still.
    pub(super) definitions: Map<String, Value>,
    /// The names of all types within, before any was written out.
    pub(super) types: Vec<String>,
    pub(super) rules: Properties,
    pub(super) required: Vec<bool>,
    pub(super) hints: Vec<String>,
    pub(super) mirrored: Vec<Mirrored>,
}

impl Group {
    /// One parameter, if it comes out the same in all company but that of types with the same names.
    ///
    /// One with faults does not, so that those of all parameters are told together.
    pub(super) fn alone(param: &'static Param) -> Option<Self> {
        let params = std::slice::from_ref(param);
        let (root, required) = root(params);
        if !is_closed(&root) || mentions_headers(&root) {
            return None;
        }
        let mut faults = Vec::new();
        let group = Self::made(params, root, required, |_, _| Vec::new(), &mut faults);
        faults.is_empty().then_some(group)
    }

    /// All of them together.
    pub(super) fn of(params: &'static [Param], repeated: Repeated, faults: &mut Vec<String>) -> Self {
        let (root, required) = root(params);
        Self::made(params, root, required, repeated, faults)
    }

    fn made(
        params: &'static [Param],
        root: Value,
        required: Vec<bool>,
        repeated: Repeated,
        faults: &mut Vec<String>,
    ) -> Self {
        let types = root.get("$defs").and_then(Value::as_object).into_iter().flat_map(Map::keys).cloned().collect();
        let mut root = lean(root, Direction::Input);
        let mirrored = repeated(&mut root, faults);
        let check = compiled(&root, faults);
        defaults(params, &check, faults);
        let schemas: Vec<Value> = params.iter().map(|param| taken(&mut root, "properties", param.name)).collect();
        Self {
            hints: params.iter().zip(&schemas).map(|(param, schema)| hint(param, schema)).collect(),
            schemas,
            definitions: root.get_mut("$defs").and_then(Value::as_object_mut).map(std::mem::take).unwrap_or_default(),
            types,
            rules: Properties::new(check, params.iter().map(|param| param.name)),
            required,
            mirrored,
        }
    }
}

/// The schema of an object with these parameters, and which of them must be given.
fn root(params: &'static [Param]) -> (Value, Vec<bool>) {
    let mut generator = SchemaSettings::draft2020_12().into_generator();
    let mut properties = Map::new();
    let mut required = Vec::with_capacity(params.len());
    for param in params {
        let (schema, is_required) = property(param, &mut generator);
        properties.insert(param.name.into(), schema);
        required.push(is_required);
    }
    let names: Vec<&str> = names(params, &required).collect();
    let mut root = json!({ "type": "object", "additionalProperties": false });
    insert(&mut root, "properties", Some(Value::Object(properties)).filter(|_| !params.is_empty()));
    insert(&mut root, "required", Some(json!(names)).filter(|_| !names.is_empty()));
    insert(&mut root, "$defs", definitions(&mut generator));
    (root, required)
}

fn taken(schema: &mut Value, keyword: &str, name: &str) -> Value {
    schema.get_mut(keyword).and_then(|named| named.get_mut(name)).map(Value::take).unwrap_or_default()
}

/// Those that must be given.
pub(super) fn names<'p>(
    params: &'static [Param],
    required: &'p [bool],
) -> impl Iterator<Item = &'static str> + use<'p> {
    params.iter().zip(required).filter(|(_, required)| **required).map(|(param, _)| param.name)
}

fn definitions(generator: &mut SchemaGenerator) -> Option<Value> {
    let definitions = generator.take_definitions(true);
    (!definitions.is_empty()).then_some(Value::Object(definitions))
}

/// The schema of one parameter without its description, and whether it must be given.
fn property(param: &Param, generator: &mut SchemaGenerator) -> (Value, bool) {
    let mut schema = (param.schema)(generator).to_value();
    let mut is_required = param.is_required();
    if let Need::Declared = param.need {
        let required = schema.get("required").and_then(Value::as_array);
        is_required = required.is_some_and(|names| names.iter().any(|name| name == param.name));
        let field = schema.get_mut("properties").and_then(|fields| fields.get_mut(param.name));
        schema = field.map(Value::take).unwrap_or_default();
    }
    if schema == Value::Bool(true) || schema.is_null() {
        schema = json!({});
    }
    if let Some(default) = schema.get_mut("default") {
        prune(default);
    }
    insert(&mut schema, "default", default(param));
    for (keyword, value) in param.keywords {
        insert(&mut schema, keyword, Some(value()));
    }
    (schema, is_required)
}

/// All values that there are: a list of them, or one by one if each has a description.
fn choices(schema: &Value) -> Option<Vec<&Value>> {
    if let Some(values) = schema.get("enum").and_then(Value::as_array) {
        return Some(values.iter().collect());
    }
    if let Some(value) = schema.get("const") {
        return Some(vec![value]);
    }
    let parts = schema.get("oneOf")?.as_array()?;
    let values: Option<Vec<Vec<&Value>>> = parts.iter().map(choices).collect();
    values.map(|values| values.concat())
}

/// "1 to 12, default 2", "one of `a`, `b`": what a form would show. Bounds only if the author wrote them.
fn hint(param: &Param, schema: &Value) -> String {
    let at = |key: &str| schema.get(key);
    let said = |key: &str| at(key).filter(|_| param.keywords.iter().any(|(said, _)| *said == key));
    let plain = |value: &Value| value.as_str().map_or_else(|| value.to_string(), |text| format!("`{text}`"));
    let choices = choices(schema)
        .map(|values| format!("one of {}", values.into_iter().map(plain).collect::<Vec<_>>().join(", ")));
    let range = match (said("minimum"), said("maximum")) {
        (Some(least), Some(most)) => Some(format!("{least} to {most}")),
        (Some(least), None) => Some(format!("{least} or more")),
        (None, Some(most)) => Some(format!("{most} or less")),
        (None, None) => None,
    };
    let default = at("default").map(|default| format!("default {}", plain(default)));
    [choices, range, default].into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// The default of a parameter, as a client could send it.
fn default(param: &Param) -> Option<Value> {
    let Need::Default(default) = param.need else {
        return None;
    };
    let mut value = default();
    prune(&mut value);
    Some(value)
}

/// Leaves out members that are null: in what a client sends, `None` is absent.
fn prune(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.retain(|_, member| !member.is_null());
            members.values_mut().for_each(prune);
        }
        Value::Array(items) => items.iter_mut().for_each(prune),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// A default must satisfy the schema that publishes it.
fn defaults(params: &'static [Param], check: &Check, faults: &mut Vec<String>) {
    for param in params {
        if let (Some(default), Some(place)) = (default(param), check.property(param.name)) {
            let mut problems = Vec::new();
            place.problems(param.name, &default.to_string(), &mut problems);
            let fault = |problem: Problem| format!("the default of `{}` {}", problem.path, problem.message);
            faults.extend(problems.into_iter().map(fault));
        }
    }
}
