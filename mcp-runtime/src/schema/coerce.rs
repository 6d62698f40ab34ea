//! Repairs what models write when they are sloppy, where that loses nothing and the schema leaves no doubt.
//!
//! A string becomes a number, a boolean, a list or an object where the schema rules strings out; an integer that is spelled
//! with a fraction of zero loses it; and `null` for a field that may be absent makes it absent. A string is never made of
//! anything, and no value that is right is touched.

use super::check::{Alternatives, Applied, Check, Kinds, branches, conjuncts, kind};
use super::number::Decimal;
use crate::json::scan::{Broken, Cursor, Shape, deeper, number_length};

/// The repaired text of a value, if there was something to repair.
pub(super) fn coerced(check: &Check, id: usize, json: &str) -> Option<String> {
    let mut repair = Repair {
        check,
        fuel: json.len().saturating_mul(64).saturating_add(10_000),
        out: String::new(),
        changed: false,
    };
    let mut at = Cursor::new(json);
    repair.value(&[id], &mut at, 0).ok()?;
    at.finish().ok()?;
    repair.changed.then_some(repair.out)
}

struct Repair<'c> {
    check: &'c Check,
    /// How much more text may be tried: alternatives within alternatives multiply.
    fuel: usize,
    out: String,
    changed: bool,
}

impl Repair<'_> {
    /// Writes the value at `at`, to which all of `schemas` apply.
    fn value(&mut self, schemas: &[usize], at: &mut Cursor<'_>, depth: usize) -> Result<(), Broken> {
        let start = *at;
        let schemas = self.applying(schemas, start, depth)?;
        let accepted = self.accepted(&schemas);
        match start.shape()? {
            Shape::Null | Shape::Bool => self.out.push_str(at.word()?),
            Shape::Number => self.number(accepted, at.number()?),
            Shape::String => self.string(&schemas, accepted, at, depth)?,
            Shape::Array => self.array(&schemas, at, deeper(depth)?)?,
            Shape::Object => self.object(&schemas, at, deeper(depth)?)?,
        }
        Ok(())
    }

    fn number(&mut self, accepted: Kinds, text: &str) {
        let spelled_oddly =
            (text == "-0" || text.contains(['.', 'e', 'E'])) && accepted & Kinds::NUMBER == Kinds::INTEGER;
        match Decimal::new(text).plain().filter(|_| spelled_oddly) {
            Some(digits) => self.repaired(&digits),
            None => self.out.push_str(text),
        }
    }

    fn string(&mut self, schemas: &[usize], accepted: Kinds, at: &mut Cursor<'_>, depth: usize) -> Result<(), Broken> {
        let quoted = at.string()?;
        if accepted.meets(Kinds::STRING) {
            self.out.push_str(quoted.source());
            return Ok(());
        }
        let text = quoted.text()?;
        if let Some(scalar) = scalar(accepted, &text) {
            self.repaired(&scalar);
        } else if is_container(accepted, &text) {
            self.changed = true;
            self.value(schemas, &mut Cursor::new(&text), depth)?;
        } else {
            self.out.push_str(quoted.source());
        }
        Ok(())
    }

    fn array(&mut self, schemas: &[usize], at: &mut Cursor<'_>, depth: usize) -> Result<(), Broken> {
        self.out.push('[');
        at.array(|index, item| {
            if index > 0 {
                self.out.push(',');
            }
            let of_item: Vec<usize> = schemas.iter().filter_map(|id| self.item(*id, index)).collect();
            self.value(&of_item, item, depth)
        })?;
        self.out.push(']');
        Ok(())
    }

    fn item(&self, id: usize, index: usize) -> Option<usize> {
        let rules = self.check.node(id)?.array.as_deref()?;
        rules.prefix.get(index).copied().or(rules.items)
    }

    fn object(&mut self, schemas: &[usize], at: &mut Cursor<'_>, depth: usize) -> Result<(), Broken> {
        self.out.push('{');
        let mut separator = "";
        at.object::<Broken>(|name, value| {
            let key = name.text()?;
            let of_field: Vec<usize> = schemas.iter().flat_map(|id| self.field(*id, &key)).collect();
            if value.shape()? == Shape::Null && self.may_be_dropped(schemas, &of_field, &key) {
                value.word()?;
                self.changed = true;
                return Ok(());
            }
            self.out.extend([separator, name.source(), ":"]);
            separator = ",";
            self.value(&of_field, value, depth)
        })?;
        self.out.push('}');
        Ok(())
    }

    /// What one schema says about a field.
    fn field(&self, id: usize, name: &str) -> Vec<usize> {
        let Some(rules) = self.check.node(id).and_then(|node| node.object.as_deref()) else { return Vec::new() };
        let own = rules.field(name).and_then(|field| field.node);
        let patterns = rules.patterns.iter().filter(|(pattern, _)| pattern.matches(name)).map(|(_, id)| *id);
        let mut found: Vec<usize> = own.into_iter().chain(patterns).collect();
        if found.is_empty() {
            found.extend(rules.additional);
        }
        found
    }

    /// Whether a field that is `null` may just as well be absent, and may not be `null`.
    fn may_be_dropped(&self, schemas: &[usize], of_field: &[usize], name: &str) -> bool {
        let rules = || schemas.iter().filter_map(|id| self.check.node(*id)?.object.as_deref()?.field(name));
        let is_known = rules().any(|field| field.node.is_some());
        is_known && rules().all(|field| !field.required) && !self.accepted(of_field).meets(Kinds::NULL)
    }

    /// The kinds that all of the schemas accept.
    fn accepted(&self, schemas: &[usize]) -> Kinds {
        schemas.iter().filter_map(|id| self.check.node(*id)).fold(Kinds::ALL, |left, node| left & node.accepts)
    }

    /// The schemas with all that they refer to, and the alternative of each that the value is meant for.
    fn applying(&mut self, schemas: &[usize], start: Cursor<'_>, depth: usize) -> Result<Vec<usize>, Broken> {
        let mut found: Vec<usize> = Vec::new();
        let mut waiting: Vec<usize> = schemas.to_vec();
        let kind = kind(start)?;
        while let Some(id) = waiting.pop() {
            for id in conjuncts(self.check.nodes(), id) {
                if found.contains(&id) {
                    continue;
                }
                found.push(id);
                for keyword in self.check.node(id).into_iter().flat_map(|node| &node.applied) {
                    if let Applied::Any(alternatives) | Applied::One(alternatives) = keyword {
                        waiting.extend(self.meant(alternatives, start, kind, depth)?);
                    }
                }
            }
        }
        Ok(found)
    }

    /// The alternative that the value is meant for: the only one that is possible, or the first that it fits when repaired.
    fn meant(
        &mut self,
        alternatives: &Alternatives,
        start: Cursor<'_>,
        kind: Kinds,
        depth: usize,
    ) -> Result<Option<usize>, Broken> {
        let candidates = branches(self.check.nodes(), alternatives, start, kind)?;
        if let [] | [_] = candidates.as_slice() {
            return Ok(candidates.first().copied());
        }
        for id in candidates {
            let mut trial = start;
            let text = trial.skip(depth)?;
            let cost = text.len().saturating_add(16);
            self.fuel = self.fuel.checked_sub(cost).ok_or(Broken::Depth)?;
            let mut attempt = Repair { check: self.check, fuel: self.fuel, out: String::new(), changed: false };
            attempt.value(&[id], &mut start.clone(), depth)?;
            self.fuel = attempt.fuel;
            if self.check.place(id).accepts(&attempt.out) {
                return Ok(Some(id));
            }
        }
        Ok(None)
    }

    fn repaired(&mut self, text: &str) {
        self.out.push_str(text);
        self.changed = true;
    }
}

/// What a string says that is exactly a number or a boolean.
fn scalar(accepted: Kinds, text: &str) -> Option<String> {
    if matches!(text, "true" | "false") {
        return accepted.meets(Kinds::BOOL).then(|| text.to_owned());
    }
    let is_number = number_length(text.as_bytes()) == Some(text.len());
    match accepted & Kinds::NUMBER {
        _ if !is_number => None,
        Kinds::INTEGER => Decimal::new(text).plain(),
        Kinds::NUMBER => text.parse::<f64>().is_ok_and(f64::is_finite).then(|| text.to_owned()),
        _ => None,
    }
}

/// Whether a string is the JSON text of a list or an object, if that is what is wanted.
fn is_container(accepted: Kinds, text: &str) -> bool {
    let mut at = Cursor::new(text);
    let wanted = match at.shape() {
        Ok(Shape::Array) => Kinds::ARRAY,
        Ok(Shape::Object) => Kinds::OBJECT,
        Ok(Shape::Null | Shape::Bool | Shape::Number | Shape::String) | Err(_) => Kinds::NONE,
    };
    accepted.meets(wanted) && at.skip(0).is_ok() && at.finish().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    #[expect(clippy::needless_pass_by_value, reason = "reads better at the callers")]
    fn repaired(schema: Value, json: &str) -> Option<String> {
        Check::compile(&schema).unwrap().root().coerce(json)
    }

    fn all(schema: &Value, cases: &[(&str, Option<&str>)]) {
        for (json, expected) in cases {
            assert_eq!(repaired(schema.clone(), json).as_deref(), *expected, "{schema} {json}");
        }
    }

    #[test]
    fn a_string_that_is_exactly_an_integer_becomes_one() {
        let schema = json!({"type": "integer"});
        all(
            &schema,
            &[
                ("\"3\"", Some("3")),
                ("\"-2\"", Some("-2")),
                ("\"3.0\"", Some("3")),
                ("\"\\u0033\"", Some("3")),
                ("3.0", Some("3")),
                ("-0", Some("0")),
                ("-0.0", Some("0")),
                ("1e3", Some("1000")),
            ],
        );
        for text in [" 3", "3 ", "0x3", "3abc", "3.5", "+3", "03", "", "NaN", "1e999", "true", "null", "[3]"] {
            assert_eq!(repaired(schema.clone(), &json!(text).to_string()), None, "{text}");
        }
        all(&schema, &[("3", None), ("3.5", None), ("null", None), ("[]", None)]);
    }

    #[test]
    fn a_string_that_is_exactly_a_number_becomes_one() {
        all(
            &json!({"type": "number"}),
            &[
                ("\"3.5\"", Some("3.5")),
                ("\"1e3\"", Some("1e3")),
                ("\"1e999\"", None),
                ("\"NaN\"", None),
                ("3.0", None),
            ],
        );
    }

    #[test]
    fn a_string_becomes_a_boolean() {
        all(
            &json!({"type": "boolean"}),
            &[
                ("\"true\"", Some("true")),
                ("\"false\"", Some("false")),
                ("\"True\"", None),
                ("\"1\"", None),
                ("1", None),
            ],
        );
    }

    #[test]
    fn json_text_becomes_a_list_or_an_object_and_is_repaired_itself() {
        let list = json!({"type": "array", "items": {"type": "integer"}});
        all(
            &list,
            &[
                ("\"[1, \\\"2\\\"]\"", Some("[1,2]")),
                ("[\"1\"]", Some("[1]")),
                ("\"[1,\"", None),
                ("\"{}\"", None),
                ("\"1,2\"", None),
            ],
        );
        let map = json!({"type": "object", "additionalProperties": {"type": "boolean"}});
        all(
            &map,
            &[
                ("\"{\\\"a\\\": \\\"true\\\"}\"", Some("{\"a\":true}")),
                ("{\"a\": \"false\", \"b\": true}", Some("{\"a\":false,\"b\":true}")),
            ],
        );
    }

    #[test]
    fn where_a_string_is_right_nothing_is_repaired() {
        for schema in [
            json!(true),
            json!({"type": "string"}),
            json!({"type": ["string", "integer"]}),
            json!({"anyOf": [{"type": "integer"}, {"$ref": "#/$defs/S"}], "$defs": {"S": {"enum": ["3", 3]}}}),
            json!({"minimum": 4}),
        ] {
            all(&schema, &[("\"3\"", None), ("\"true\"", None), ("\"[]\"", None)]);
        }
    }

    #[test]
    fn nothing_becomes_a_string() {
        all(&json!({"type": "string"}), &[("3", None), ("true", None), ("null", None), ("[]", None)]);
    }

    #[test]
    fn null_for_a_field_that_may_be_absent_makes_it_absent() {
        let schema = json!({"type": "object", "properties": {"a": {"type": "integer"}, "b": {"type": "integer"}, "c": {"type": ["integer", "null"]}}, "required": ["b"]});
        all(
            &schema,
            &[
                ("{\"a\": null, \"b\": 1}", Some("{\"b\":1}")),
                ("{\"b\": \"1\", \"a\": null}", Some("{\"b\":1}")),
                ("{\"b\": null}", None),
                ("{\"c\": null, \"b\": 1}", None),
                ("{\"d\": null, \"b\": 1}", None),
            ],
        );
    }

    #[test]
    fn the_alternative_that_is_meant_is_repaired() {
        let shape = json!({"oneOf": [
            {"type": "object", "properties": {"kind": {"const": "circle"}, "size": {"type": "number"}}, "required": ["kind", "size"]},
            {"type": "object", "properties": {"kind": {"const": "text"}, "size": {"type": "string"}}, "required": ["kind", "size"]},
        ]});
        all(
            &shape,
            &[
                ("{\"kind\": \"circle\", \"size\": \"2\"}", Some("{\"kind\":\"circle\",\"size\":2}")),
                ("{\"kind\": \"text\", \"size\": \"2\"}", None),
            ],
        );
        let either = json!({"anyOf": [
            {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]},
            {"type": "object", "properties": {"b": {"type": "boolean"}}, "required": ["b"]},
            {"type": "null"},
        ]});
        all(&either, &[("{\"b\": \"true\"}", Some("{\"b\":true}")), ("\"{\\\"a\\\":\\\"1\\\"}\"", Some("{\"a\":1}"))]);
    }

    #[test]
    fn all_schemas_at_a_place_are_asked() {
        let schema = json!({"allOf": [{"properties": {"a": {"type": ["integer", "string"]}}}, {"$ref": "#/$defs/A"}], "$defs": {"A": {"properties": {"a": {"type": ["integer", "null"]}}}}});
        all(&schema, &[("{\"a\": \"1\"}", Some("{\"a\":1}"))]);
    }
}
