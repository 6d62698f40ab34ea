//! The schemas of an item: put together from its parameters, made lean, compiled to what enforces them.

mod group;
mod types;

use std::collections::BTreeMap;
use std::sync::Arc;

use schemars::generate::SchemaSettings;
use schemars::{Schema, SchemaGenerator};
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::{Map, Value, json};

use self::group::{Group, Repeated, names};
pub(crate) use self::types::Types;
use crate::gather::gather;
use crate::item::{Declared, Tool};
use crate::json::Object;
use crate::param::Param;
use crate::protocol::Revision;
use crate::schema::{Check, Direction, HandWritten, Mirrored, Properties, Rules, lean, mirrored, write_types};

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
    fn of(schema: fn(&mut SchemaGenerator) -> Schema, faults: &mut Vec<String>) -> Self {
        let mut generator = SchemaSettings::draft2020_12().for_serialize().into_generator();
        let schema = lean(schema(&mut generator).to_value(), Direction::Output);
        let (json, check) = (schema.to_string(), compiled(&schema, faults));
        let is_wrapped = !is_object(&schema, &schema, 0);
        let of_object = if is_wrapped { wrapped(schema) } else { typed(schema) };
        Self { json, json_of_object: of_object.to_string(), check, is_wrapped }
    }

    pub(crate) fn json(&self, revision: Revision) -> &str {
        if revision.is_modern() { &self.json } else { &self.json_of_object }
    }
}

/// What a client may fill in for a tool, which may bring its own schema.
pub(crate) fn tool(tool: &'static Tool, types: &mut Types, faults: &mut Vec<String>) -> Input {
    let Some(schema) = tool.input_schema.map(|schema| schema()) else {
        return made(tool.about.params, repeated, types, faults);
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
            input(&[], types, faults)
        }
    }
}

/// The schema of parameters. What is wrong with them goes to `faults`.
pub(crate) fn input(params: &'static [Param], types: &mut Types, faults: &mut Vec<String>) -> Input {
    made(params, |_, _| Vec::new(), types, faults)
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

fn made(params: &'static [Param], repeated: Repeated, types: &mut Types, faults: &mut Vec<String>) -> Input {
    let apart = types.apart(params);
    let groups = apart.unwrap_or_else(|| vec![Arc::new(Group::of(params, repeated, faults))]);
    Input::joined(params, &groups)
}

impl Input {
    fn joined(params: &'static [Param], groups: &[Arc<Group>]) -> Self {
        let required: Vec<bool> = groups.iter().flat_map(|group| &group.required).copied().collect();
        Self {
            json: json(params, &required, groups),
            rules: Rules::Made(Properties::joined(groups.iter().map(|group| &group.rules))),
            required,
            hints: groups.iter().flat_map(|group| &group.hints).cloned().collect(),
            mirrored: groups.iter().flat_map(|group| &group.mirrored).cloned().collect(),
        }
    }
}

/// The schema of an object with the parameters in the order of the function.
fn json(params: &'static [Param], required: &[bool], groups: &[Arc<Group>]) -> String {
    let mut out = Vec::new();
    let mut object = Object::open(&mut out);
    object.raw("type", "\"object\"");
    if !params.is_empty() {
        object.with("properties", |out| {
            let mut object = Object::open(out);
            let schemas = groups.iter().flat_map(|group| &group.schemas);
            for (Param { name, description, .. }, schema) in params.iter().zip(schemas) {
                object.entry(name, &Described { schema, description });
            }
            object.close();
        });
    }
    let required: Vec<&str> = names(params, required).collect();
    object.some("required", Some(&required).filter(|required| !required.is_empty()));
    object.raw("additionalProperties", "false");
    let definitions: BTreeMap<&String, &Value> = gather(groups.iter().flat_map(|group| &group.definitions));
    object.some("$defs", Some(&definitions).filter(|definitions| !definitions.is_empty()));
    object.close();
    String::from_utf8(out).expect("JSON is UTF-8")
}

/// The schema of a type, with what is said about one value of it instead of what is said about the type.
struct Described<'s> {
    schema: &'s Value,
    description: &'s str,
}

impl Serialize for Described<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        const WORDS: &str = "description";
        let Self { schema, description } = self;
        if description.is_empty() {
            return schema.serialize(serializer);
        }
        let around: Map<_, _> = gather(schema.is_boolean().then(|| ("allOf".to_owned(), json!([schema]))));
        let keywords = schema.as_object().unwrap_or(&around);
        let mut map = serializer.serialize_map(None)?;
        let mut before = keywords.iter().filter(|(keyword, _)| keyword.as_str() < WORDS);
        before.try_for_each(|(keyword, value)| map.serialize_entry(keyword, value))?;
        map.serialize_entry(WORDS, description)?;
        let mut after = keywords.iter().filter(|(keyword, _)| keyword.as_str() > WORDS);
        after.try_for_each(|(keyword, value)| map.serialize_entry(keyword, value))?;
        map.end()
    }
}

/// A keyword that nothing enforces would be a promise that nobody keeps.
fn compiled(schema: &Value, faults: &mut Vec<String>) -> Check {
    Check::compile(schema).unwrap_or_else(|unchecked| {
        faults.extend(unchecked.iter().map(ToString::to_string));
        Check::compile(&Value::Bool(true)).expect("a schema without keywords compiles")
    })
}

fn insert(object: &mut Value, key: &str, value: Option<Value>) {
    if let (Some(object), Some(value)) = (object.as_object_mut(), value) {
        object.insert(key.into(), value);
    }
}

/// The schema of what a tool gives back, if it has one.
pub(crate) fn structure(tool: &Tool, types: &mut Types, faults: &mut Vec<String>) -> Option<Arc<Structure>> {
    match (tool.output)() {
        Declared::Structured(schema) => Some(types.structure(schema, faults)),
        Declared::Content => None,
    }
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
fn typed(mut schema: Value) -> Value {
    insert(&mut schema, "type", Some("object".into()));
    schema
}

fn wrapped(mut inner: Value) -> Value {
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
    use crate::param::Need;
    use crate::schema::Problem;

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

    #[derive(Deserialize, JsonSchema)]
    #[expect(dead_code, reason = "only its schema is looked at")]
    struct Tree {
        unit: Option<Unit>,
        children: Vec<Tree>,
    }

    #[derive(Deserialize, JsonSchema)]
    #[expect(dead_code, reason = "only its schema is looked at")]
    struct Plan {
        /// As it was.
        before: Step,
        after: Option<Step>,
        pair: (Unit, Unit),
    }

    /// What happens next.
    #[derive(Deserialize, JsonSchema)]
    #[expect(dead_code, reason = "only its schema is looked at")]
    enum Step {
        Wait(u8),
        Go { to: String, unit: Option<Unit> },
        Stop,
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
        let input = made(Vec::leak(params), repeated, &mut Types::default(), &mut faults);
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
        assert_eq!(input(Vec::leak(params), &mut Types::default(), &mut faults).mirrored, []);
        assert_eq!(faults, Vec::<String>::new());
    }

    /// Types of all kinds, some within others.
    const KINDS: [fn(&mut SchemaGenerator) -> Schema; 9] = [
        SchemaGenerator::subschema_for::<String>,
        SchemaGenerator::subschema_for::<Option<u32>>,
        SchemaGenerator::subschema_for::<Value>,
        SchemaGenerator::subschema_for::<Unit>,
        SchemaGenerator::subschema_for::<Option<Unit>>,
        SchemaGenerator::subschema_for::<Vec<Tree>>,
        SchemaGenerator::subschema_for::<Plan>,
        SchemaGenerator::subschema_for::<Option<Plan>>,
        SchemaGenerator::subschema_for::<Options>,
    ];

    /// What is wrong with some values as the first and as the second argument.
    fn complaints(rules: &Rules) -> Vec<Problem> {
        let Rules::Made(properties) = rules else { panic!("{rules:?}") };
        let mut problems = Vec::new();
        for number in 0..2 {
            for json in ["null", "-1", "\"Metric\"", "[{\"children\":[{}]}]", "{\"before\":{\"Go\":{}}}"] {
                properties.get(number).unwrap().problems("it", json, &mut problems);
            }
        }
        problems
    }

    #[test]
    fn parameters_are_the_same_in_company() {
        let mut types = Types::default();
        let mut apart = 0;
        let needs = [Need::Required, Need::Optional, Need::Default(|| json!(null))];
        for (first, second) in KINDS.iter().flat_map(|one| KINDS.iter().map(move |other| (*one, *other))) {
            for need in needs {
                let second = Param { description: "The second.", ..param("b", need, second, &[]) };
                let params: &'static [Param] = Vec::leak(vec![param("a", Need::Optional, first, &[]), second]);
                let together = Input::joined(params, &[Arc::new(Group::of(params, repeated, &mut Vec::new()))]);
                let made = made(params, repeated, &mut types, &mut Vec::new());
                assert_eq!(made.json, together.json);
                assert_eq!(
                    (made.required, made.hints, made.mirrored),
                    (together.required, together.hints, together.mirrored)
                );
                assert_eq!(complaints(&made.rules), complaints(&together.rules));
                apart += usize::from(types.apart(params).is_some());
            }
        }
        assert!(apart > 80 && apart < 160, "{apart}");
    }

    #[derive(Deserialize, JsonSchema)]
    #[expect(dead_code, reason = "only its schema is looked at")]
    struct Unenforced {
        #[schemars(regex(pattern = "(?=a)"))]
        word: String,
    }

    #[test]
    fn what_is_wrong_with_a_type_is_told_for_each_item() {
        let mut types = Types::default();
        let mut faults = Vec::new();
        let params: &'static [Param] =
            Vec::leak(vec![param("a", Need::Required, SchemaGenerator::subschema_for::<Unenforced>, &[])]);
        for _ in 0..2 {
            made(params, repeated, &mut types, &mut faults);
            types.structure(SchemaGenerator::root_schema_for::<Unenforced>, &mut faults);
        }
        let told = |place: &str| faults.iter().filter(|fault| fault.contains(place)).count();
        assert_eq!((faults.len(), told("`a.word`"), told("`word`")), (4, 2, 2), "{faults:?}");
    }
}
