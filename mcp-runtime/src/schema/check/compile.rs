//! Turns a schema into nodes, and notes every keyword that nothing would check.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::super::format::Format;
use super::super::pattern::Pattern;
use super::super::pointer::{Pointer, decoded};
use super::Unchecked;
use super::analyse;
use super::kinds::Kinds;
use super::node::{Alternatives, Applied, Arrays, Choice, Id, Limit, Node, Objects};

/// The nodes of `schema`, its root first.
pub(crate) fn nodes(schema: &Value) -> Result<Vec<Node>, Vec<Unchecked>> {
    let mut compiler = Compiler { root: schema, nodes: Vec::new(), known: BTreeMap::new(), unchecked: Vec::new() };
    compiler.target("#");
    if compiler.unchecked.is_empty() { Ok(analyse::completed(compiler.nodes)) } else { Err(compiler.unchecked) }
}

struct Compiler<'s> {
    root: &'s Value,
    nodes: Vec<Node>,
    /// What references name already, complete or not.
    known: BTreeMap<String, Id>,
    unchecked: Vec<Unchecked>,
}

/// Keywords that belong together and are read from the same object.
type Keywords = Map<String, Value>;

impl Compiler<'_> {
    /// The node of what a reference names.
    fn target(&mut self, reference: &str) -> Option<Id> {
        if let Some(id) = self.known.get(reference) {
            return Some(*id);
        }
        let pointer = reference.strip_prefix('#').and_then(decoded)?;
        let schema = self.root.pointer(&pointer)?;
        let id = self.reserve();
        self.known.insert(reference.to_owned(), id);
        self.fill(id, schema, Pointer::At(reference));
        Some(id)
    }

    fn reserve(&mut self) -> Id {
        let id = self.nodes.len();
        self.nodes.push(Node::default());
        id
    }

    fn schema(&mut self, schema: &Value, path: Pointer<'_>) -> Id {
        let id = self.reserve();
        self.fill(id, schema, path);
        id
    }

    fn fill(&mut self, id: Id, schema: &Value, path: Pointer<'_>) {
        let node = match schema {
            Value::Bool(true) => Node::default(),
            Value::Bool(false) => Node::never(),
            Value::Object(keywords) => self.node(keywords, path),
            Value::Null | Value::Number(_) | Value::String(_) | Value::Array(_) => {
                self.unchecked(path, "a schema that is neither an object nor a boolean", schema);
                Node::default()
            }
        };
        if let Some(place) = self.nodes.get_mut(id) {
            *place = node;
        }
    }

    fn node(&mut self, keywords: &Keywords, path: Pointer<'_>) -> Node {
        let mut node = Node::default();
        for (keyword, value) in keywords {
            if self.read(&mut node, keyword, value, keywords, path).is_none() {
                self.unchecked(path, keyword, value);
            }
        }
        if let Some(objects) = &mut node.object {
            self.dependencies(objects, keywords, path);
        }
        node.alias = alias(&node);
        node
    }

    /// Reads one keyword; `None` if nothing would check it.
    fn read(&mut self, node: &mut Node, keyword: &str, value: &Value, all: &Keywords, path: Pointer<'_>) -> Option<()> {
        let below = Pointer::Name(&path, keyword);
        match keyword {
            "type" => node.kinds = kinds(value)?,
            "enum" => node.choices.push(Choice { values: value.as_array()?.clone() }),
            "const" => node.choices.push(Choice { values: vec![value.clone()] }),
            "minimum" => node.number.minimum = Some(limit(value)?),
            "maximum" => node.number.maximum = Some(limit(value)?),
            "exclusiveMinimum" => node.number.above = Some(limit(value)?),
            "exclusiveMaximum" => node.number.below = Some(limit(value)?),
            "multipleOf" => node.number.multiple_of = Some(limit(value)?),
            "minLength" => node.string.length.min = Some(count(value)?),
            "maxLength" => node.string.length.max = Some(count(value)?),
            "pattern" => node.string.pattern = Some(Pattern::new(value.as_str()?)?),
            "format" => node.string.format = Format::named(value.as_str()?),
            "items" => arrays(node).items = Some(self.schema(value, below)),
            "prefixItems" => arrays(node).prefix = self.list(value, below)?,
            "minItems" => arrays(node).length.min = Some(count(value)?),
            "maxItems" => arrays(node).length.max = Some(count(value)?),
            "uniqueItems" => arrays(node).unique = value.as_bool()?,
            "contains" => arrays(node).contains = Some(self.schema(value, below)),
            "minContains" => arrays(node).matching.min = Some(count(value)?),
            "maxContains" => arrays(node).matching.max = Some(count(value)?),
            "properties" => {
                for (name, schema) in value.as_object()? {
                    let id = self.schema(schema, Pointer::Name(&below, name));
                    objects(node).mention(name).node = Some(id);
                }
            }
            "required" => {
                for name in strings(value)? {
                    objects(node).mention(name).required = true;
                }
            }
            "additionalProperties" => objects(node).additional = Some(self.schema(value, below)),
            "unevaluatedProperties" => objects(node).unevaluated = Some(self.schema(value, below)),
            "patternProperties" => {
                for (text, schema) in value.as_object()? {
                    let id = self.schema(schema, Pointer::Name(&below, text));
                    objects(node).patterns.push((Pattern::new(text)?, id));
                }
            }
            "propertyNames" => objects(node).names = Some(self.schema(value, below)),
            "minProperties" => objects(node).size.min = Some(count(value)?),
            "maxProperties" => objects(node).size.max = Some(count(value)?),
            // Complete only when all names are known.
            "dependentRequired" | "dependentSchemas" => mention_all(objects(node), value)?,
            "$ref" => {
                let target = self.target(value.as_str()?)?;
                node.applied.push(Applied::All(vec![target]));
            }
            "allOf" => node.applied.push(Applied::All(self.list(value, below)?)),
            "anyOf" => node.applied.push(Applied::Any(self.alternatives(value, below)?)),
            "oneOf" => node.applied.push(Applied::One(self.alternatives(value, below)?)),
            "not" => node.applied.push(Applied::Not(self.schema(value, below))),
            "if" => {
                let condition = self.schema(value, below);
                let then = all.get("then").map(|then| self.schema(then, Pointer::Name(&path, "then")));
                let otherwise = all.get("else").map(|otherwise| self.schema(otherwise, Pointer::Name(&path, "else")));
                node.applied.push(Applied::If { condition, then, otherwise });
            }
            // Read with `if`, and without meaning when there is none.
            "then" | "else" => {}
            // Only a resource of its own would change what references mean.
            "$id" if !matches!(path, Pointer::At("#")) => return None,
            _ if is_annotation(keyword) => {}
            _ => return None,
        }
        Some(())
    }

    fn list(&mut self, value: &Value, path: Pointer<'_>) -> Option<Vec<Id>> {
        let schemas = value.as_array()?.iter().enumerate();
        Some(schemas.map(|(index, schema)| self.schema(schema, Pointer::Index(&path, index))).collect())
    }

    fn alternatives(&mut self, value: &Value, path: Pointer<'_>) -> Option<Alternatives> {
        Some(Alternatives { branches: self.list(value, path)?, ..Alternatives::default() })
    }

    fn dependencies(&mut self, objects: &mut Objects, keywords: &Keywords, path: Pointer<'_>) {
        let path = Pointer::Name(&path, "dependentSchemas");
        let members = |keyword| keywords.get(keyword).and_then(Value::as_object).into_iter().flatten();
        for (name, others) in members("dependentRequired") {
            let others: Vec<usize> =
                strings(others).unwrap_or_default().into_iter().filter_map(|other| objects.index(other)).collect();
            objects.dependent.extend(objects.index(name).map(|index| (index, others)));
        }
        for (name, schema) in members("dependentSchemas") {
            let id = self.schema(schema, Pointer::Name(&path, name));
            objects.dependent_schemas.extend(objects.index(name).map(|index| (index, id)));
        }
    }

    fn unchecked(&mut self, path: Pointer<'_>, keyword: &str, value: &Value) {
        let is_pattern = matches!(keyword, "pattern" | "patternProperties");
        // Unicode classes are all that the feature adds: no engine here looks around or back.
        let takes_feature = is_pattern && cfg!(not(feature = "regex")) && value.to_string().contains(r"\\p{");
        self.unchecked.push(Unchecked {
            path: path.to_string(),
            keyword: keyword.to_owned(),
            feature: takes_feature.then_some("regex"),
        });
    }
}

/// Keywords that say something to a reader and assert nothing.
fn is_annotation(keyword: &str) -> bool {
    const ANNOTATIONS: [&str; 18] = [
        "$schema",
        "$id",
        "$defs",
        "definitions",
        "$comment",
        "$anchor",
        "title",
        "description",
        "default",
        "examples",
        "example",
        "deprecated",
        "readOnly",
        "writeOnly",
        "contentEncoding",
        "contentMediaType",
        "contentSchema",
        "discriminator",
    ];
    keyword.starts_with("x-") || ANNOTATIONS.contains(&keyword)
}

fn arrays(node: &mut Node) -> &mut Arrays {
    node.array.get_or_insert_default()
}

fn objects(node: &mut Node) -> &mut Objects {
    node.object.get_or_insert_default()
}

fn kinds(value: &Value) -> Option<Kinds> {
    match value {
        Value::String(name) => Kinds::named(name),
        Value::Array(names) => {
            names.iter().try_fold(Kinds::NONE, |sum, name| Some(sum | Kinds::named(name.as_str()?)?))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => None,
    }
}

fn limit(value: &Value) -> Option<Limit> {
    let Value::Number(number) = value else { return None };
    Some(Limit { text: number.to_string(), small: number.as_i64() })
}

/// A count, which may be spelled like `2.0`.
fn count(value: &Value) -> Option<u64> {
    let limit = limit(value)?;
    limit.decimal().plain()?.parse().ok()
}

fn strings(value: &Value) -> Option<Vec<&str>> {
    value.as_array()?.iter().map(Value::as_str).collect()
}

fn mention_all(objects: &mut Objects, value: &Value) -> Option<()> {
    for (name, others) in value.as_object()? {
        objects.mention(name);
        for other in strings(others).unwrap_or_default() {
            objects.mention(other);
        }
    }
    Some(())
}

/// The one reference of a node that says nothing else.
fn alias(node: &Node) -> Option<Id> {
    let [Applied::All(targets)] = node.applied.as_slice() else { return None };
    let [target] = targets.as_slice() else { return None };
    (node.kinds == Kinds::ALL && node.says_nothing()).then_some(*target)
}
