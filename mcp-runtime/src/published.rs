//! The schemas of an item: put together from its parameters, made lean, compiled to what enforces them.

use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use crate::item::{Declared, Tool};
use crate::json::Object;
use crate::param::{Need, Param};
use crate::protocol::Revision;
use crate::schema::{Check, Direction, HandWritten, Mirrored, Problem, Properties, Rules, lean, mirrored, write_types};

/// What a client may fill in: as published, and as enforced.
#[derive(Debug)]
pub(crate) struct Input {
    pub(crate) json: String,
    pub(crate) rules: Rules,
    /// By parameter: whether it must be given.
    pub(crate) required: Vec<bool>,
    /// By parameter: what its schema says, in words.
    pub(crate) hints: Vec<String>,
    /// What clients repeat in HTTP headers.
    #[cfg_attr(not(feature = "http"), allow(dead_code, reason = "there are no headers without HTTP"))]
    pub(crate) mirrored: Vec<Mirrored>,
}

/// What a tool gives back: as published, and as enforced.
#[derive(Debug)]
pub(crate) struct Structure {
    json: String,
    /// For revisions whose structured content must be an object.
    json_of_object: String,
    pub(crate) check: Check,
    /// Whether those revisions get `{"result": …}` around it.
    pub(crate) is_wrapped: bool,
}

impl Structure {
    pub(crate) fn json(&self, revision: Revision) -> &str {
        if revision.is_modern() { &self.json } else { &self.json_of_object }
    }
}

/// What a client may fill in for a tool, which may bring its own schema.
pub(crate) fn tool(tool: &'static Tool, faults: &mut Vec<String>) -> Input {
    let Some(schema) = tool.input_schema.map(|schema| schema()) else {
        return made(tool.about.params, repeated, faults);
    };
    match HandWritten::compile(&schema) {
        Ok(rules) => Input {
            json: schema.to_string(),
            rules: Rules::HandWritten(rules),
            required: vec![true],
            hints: vec![],
            mirrored: mirrored(&schema).unwrap_or_else(|wrong| noted(wrong, faults)),
        },
        Err(fault) => {
            faults.push(fault);
            input(&[], faults)
        }
    }
}

/// The schema of parameters. What is wrong with them goes to `faults`.
pub(crate) fn input(params: &'static [Param], faults: &mut Vec<String>) -> Input {
    made(params, |_, _| Vec::new(), faults)
}

/// What clients repeat in headers; a schema that was made says its type where it stands.
fn repeated(root: &mut Value, faults: &mut Vec<String>) -> Vec<Mirrored> {
    let mirrored = mirrored(root).unwrap_or_else(|wrong| noted(wrong, faults));
    write_types(root, &mirrored);
    mirrored
}

fn noted<T>(wrong: Vec<String>, faults: &mut Vec<String>) -> Vec<T> {
    faults.extend(wrong);
    Vec::new()
}

fn made(
    params: &'static [Param],
    repeated: impl FnOnce(&mut Value, &mut Vec<String>) -> Vec<Mirrored>,
    faults: &mut Vec<String>,
) -> Input {
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
    let mut root = lean(root, Direction::Input);
    let mirrored = repeated(&mut root, faults);
    let check = compiled(&root, faults);
    defaults(params, &check, faults);
    let property = |param: &Param| root.pointer("/properties").and_then(|all| all.get(param.name));
    let hints = params.iter().map(|param| hint(param, property(param))).collect();
    let rules = Rules::Made(Properties::new(check, params.iter().map(|param| param.name)));
    Input { json: ordered(&root, params), rules, required, hints, mirrored }
}

fn names<'p>(params: &'static [Param], required: &'p [bool]) -> impl Iterator<Item = &'static str> + use<'p> {
    params.iter().zip(required).filter(|(_, required)| **required).map(|(param, _)| param.name)
}

fn insert(object: &mut Value, key: &str, value: Option<Value>) {
    if let (Some(object), Some(value)) = (object.as_object_mut(), value) {
        object.insert(key.into(), value);
    }
}

fn definitions(generator: &mut SchemaGenerator) -> Option<Value> {
    let definitions = generator.take_definitions(true);
    (!definitions.is_empty()).then_some(Value::Object(definitions))
}

/// The schema of one parameter, and whether it must be given.
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
    insert(&mut schema, "description", Some(param.description.into()).filter(|_| !param.description.is_empty()));
    for (keyword, value) in param.keywords {
        insert(&mut schema, keyword, Some(value()));
    }
    (schema, is_required)
}

/// All values that there are: a list of them, or one by one if each has a description.
fn choices(schema: Option<&Value>) -> Option<Vec<&Value>> {
    let schema = schema?;
    if let Some(values) = schema.get("enum").and_then(Value::as_array) {
        return Some(values.iter().collect());
    }
    if let Some(value) = schema.get("const") {
        return Some(vec![value]);
    }
    let parts = schema.get("oneOf")?.as_array()?;
    let values: Option<Vec<Vec<&Value>>> = parts.iter().map(|part| choices(Some(part))).collect();
    values.map(|values| values.concat())
}

/// "1 to 12, default 2", "one of `a`, `b`": what a form would show. Bounds only if the author wrote them.
fn hint(param: &Param, schema: Option<&Value>) -> String {
    let at = |key: &str| schema.and_then(|schema| schema.get(key));
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

/// A keyword that nothing enforces would be a promise that nobody keeps.
fn compiled(schema: &Value, faults: &mut Vec<String>) -> Check {
    Check::compile(schema).unwrap_or_else(|unchecked| {
        faults.extend(unchecked.iter().map(ToString::to_string));
        Check::compile(&Value::Bool(true)).expect("a schema without keywords compiles")
    })
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

/// The schema with its parameters in the order of the function.
fn ordered(root: &Value, params: &[Param]) -> String {
    let mut out = Vec::new();
    let mut object = Object::open(&mut out);
    object.raw("type", "\"object\"");
    if let Some(properties) = root.get("properties") {
        object.with("properties", |out| {
            let mut object = Object::open(out);
            for param in params {
                if let Some(schema) = properties.get(param.name) {
                    object.entry(param.name, schema);
                }
            }
            object.close();
        });
    }
    for key in ["required", "additionalProperties", "$defs"] {
        object.some(key, root.get(key));
    }
    object.close();
    String::from_utf8(out).expect("JSON is UTF-8")
}

/// The schema of what a tool gives back, if it has one.
pub(crate) fn structure(tool: &Tool, faults: &mut Vec<String>) -> Option<Structure> {
    let mut generator = SchemaSettings::draft2020_12().for_serialize().into_generator();
    let Declared::Structured(schema) = (tool.output)(&mut generator) else {
        return None;
    };
    let schema = lean(schema.to_value(), Direction::Output);
    let is_wrapped = !is_object(&schema, &schema, 0);
    let of_object = if is_wrapped { wrapped(&schema) } else { typed(&schema) };
    let check = compiled(&schema, faults);
    Some(Structure { json: schema.to_string(), json_of_object: of_object.to_string(), check, is_wrapped })
}

/// Whether everything that fits the schema is an object.
fn is_object(schema: &Value, root: &Value, depth: usize) -> bool {
    const DEPTH: usize = 32;
    if depth > DEPTH {
        return false;
    }
    let all = |key: &str| {
        let alternatives = schema.get(key).and_then(Value::as_array);
        alternatives.is_some_and(|all| all.iter().all(|one| is_object(one, root, depth.saturating_add(1))))
    };
    let referred =
        schema.get("$ref").and_then(Value::as_str).and_then(|target| root.pointer(target.strip_prefix('#')?));
    schema.get("type").is_some_and(|name| name == "object")
        || all("oneOf")
        || all("anyOf")
        || referred.is_some_and(|target| is_object(target, root, depth.saturating_add(1)))
}

/// Revisions before 2026-07-28 want `"type": "object"` written at the root.
fn typed(schema: &Value) -> Value {
    let mut schema = schema.clone();
    insert(&mut schema, "type", Some("object".into()));
    schema
}

fn wrapped(schema: &Value) -> Value {
    let mut inner = schema.clone();
    moved(&mut inner);
    let definitions = inner.as_object_mut().and_then(|inner| inner.remove("$defs"));
    let mut outer = json!({ "type": "object", "properties": { "result": inner }, "required": ["result"] });
    insert(&mut outer, "$defs", definitions);
    outer
}

/// What referred to the root refers to where the root has gone.
fn moved(schema: &mut Value) {
    match schema {
        Value::Object(object) => {
            if let Some(target) = object.get_mut("$ref").filter(|target| *target == "#") {
                *target = "#/properties/result".into();
            }
            object.values_mut().for_each(moved);
        }
        Value::Array(items) => items.iter_mut().for_each(moved),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use schemars::{JsonSchema, Schema};
    use serde::Deserialize;

    use super::*;

    /// How a thing is measured, said at such length that it is not written out twice: not for the first nor for the second
    /// argument that is of this type, because that would make every listing longer than it has to be.
    #[derive(Deserialize, JsonSchema)]
    enum Unit {
        /// Meters and kilograms.
        Metric,
        /// Feet and pounds.
        Imperial,
    }

    #[derive(Deserialize, JsonSchema)]
    #[expect(dead_code, reason = "only its schema is looked at")]
    struct Options {
        #[schemars(extend("x-mcp-header" = "Limit"))]
        limit: Option<u32>,
        /// Said at such length that the type is not written out twice: there is a limit to what a listing should repeat,
        /// and this is beyond it by far.
        comment: String,
    }

    fn param(
        name: &'static str,
        need: Need,
        schema: fn(&mut SchemaGenerator) -> Schema,
        keywords: crate::param::Pairs,
    ) -> Param {
        Param { name, aliases: &[], description: "", need, schema, keywords, complete: None }
    }

    fn published(params: Vec<Param>) -> (Input, Value, Vec<String>) {
        let mut faults = Vec::new();
        let input = made(Vec::leak(params), repeated, &mut faults);
        let json = serde_json::from_str(&input.json).unwrap();
        (input, json, faults)
    }

    #[test]
    fn arguments_are_repeated_in_headers() {
        let unit = SchemaGenerator::subschema_for::<Unit>;
        let (input, json, faults) = published(vec![
            param(
                "region",
                Need::Required,
                SchemaGenerator::subschema_for::<String>,
                &[("x-mcp-header", || "Region".into())],
            ),
            param("unit", Need::Required, unit, &[("x-mcp-header", || "Unit".into())]),
            param("other", Need::Optional, unit, &[]),
            param("options", Need::Required, SchemaGenerator::subschema_for::<Options>, &[]),
        ]);
        assert_eq!(faults, Vec::<String>::new());
        let mut headers: Vec<_> = input.mirrored.iter().map(|one| (one.header.as_str(), one.path.join("."))).collect();
        headers.sort_unstable();
        let expected = [("Limit", "options.limit"), ("Region", "region"), ("Unit", "unit")];
        let expected = expected.map(|(header, path)| (format!("Mcp-Param-{header}"), path.to_owned()));
        assert_eq!(headers, expected.each_ref().map(|(header, path)| (header.as_str(), path.clone())));
        assert_eq!(json["properties"]["unit"]["x-mcp-header"], "Unit");
        // The type is behind a reference; a client looks at the property.
        assert_eq!(json["properties"]["unit"]["$ref"], "#/$defs/Unit");
        assert_eq!(json["properties"]["unit"]["type"], "string");
        assert_eq!(json["properties"]["other"].get("type"), None);
    }

    #[test]
    fn headers_that_no_client_could_send() {
        let options = SchemaGenerator::subschema_for::<Options>;
        let (_, _, faults) = published(vec![
            param("a", Need::Required, options, &[]),
            param("b", Need::Required, options, &[]),
            param("c", Need::Optional, SchemaGenerator::subschema_for::<f32>, &[("x-mcp-header", || "C".into())]),
        ]);
        let [first, second] = faults.as_slice() else { panic!("{faults:?}") };
        let (place, number) = if first.contains("$defs") { (first, second) } else { (second, first) };
        assert!(place.starts_with("`x-mcp-header` stands at `#/$defs/Options/properties/limit`"), "{place}");
        assert!(number.starts_with("the `x-mcp-header` of `c` repeats a number"), "{number}");
    }

    #[test]
    fn only_tools_repeat_anything() {
        let params = vec![param("a", Need::Required, SchemaGenerator::subschema_for::<Vec<Options>>, &[])];
        let mut faults = Vec::new();
        assert_eq!(input(Vec::leak(params), &mut faults).mirrored, []);
        assert_eq!(faults, Vec::<String>::new());
    }
}
