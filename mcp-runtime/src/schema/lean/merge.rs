//! Lays one schema over another: a reference with words beside it over what it refers to.

use serde_json::{Map, Value, json};

type Keywords = Map<String, Value>;

/// Keywords whose meaning depends on each other.
const FAMILIES: [&[&str]; 4] = [
    &["properties", "patternProperties", "additionalProperties", "unevaluatedProperties"],
    &["prefixItems", "items", "unevaluatedItems"],
    &["contains", "minContains", "maxContains"],
    &["if", "then", "else"],
];

/// Both at once, in one schema if that means the same; what `over` says to a reader wins.
pub(crate) fn merged(base: Value, over: Keywords) -> Value {
    if over.is_empty() {
        return base;
    }
    let Value::Object(base) = base else { return beside(base, over) };
    if !are_compatible(&base, &over) {
        return beside(Value::Object(base), over);
    }
    let mut merged = base;
    for (keyword, value) in over {
        match merged.get_mut(&keyword) {
            Some(Value::Object(own)) if keyword == "properties" => {
                own.extend(value.as_object().cloned().unwrap_or_default());
            }
            Some(Value::Array(own)) if keyword == "required" => {
                let new: Vec<Value> =
                    value.as_array().into_iter().flatten().filter(|name| !own.contains(name)).cloned().collect();
                own.extend(new);
            }
            Some(_) | None => _ = merged.insert(keyword, value),
        }
    }
    Value::Object(merged)
}

/// `base` as one more thing that must hold.
fn beside(base: Value, mut over: Keywords) -> Value {
    match over.get_mut("allOf") {
        Some(Value::Array(all)) => all.insert(0, base),
        Some(_) | None => _ = over.insert("allOf".to_owned(), json!([base])),
    }
    Value::Object(over)
}

fn are_compatible(base: &Keywords, over: &Keywords) -> bool {
    let shut = base.keys().any(|keyword| keyword.starts_with("unevaluated"))
        && over.keys().any(|keyword| !is_annotation(keyword));
    let same = over.iter().all(|(keyword, value)| match base.get(keyword) {
        None => true,
        Some(own) => is_annotation(keyword) || matches!(keyword.as_str(), "required" | "properties") || own == value,
    });
    same && !shut && FAMILIES.iter().all(|family| have_room(family, base, over))
}

/// Whether at most one of both uses the family, or both only list different properties.
fn have_room(family: &[&str], base: &Keywords, over: &Keywords) -> bool {
    let used = |schema: &Keywords| family.iter().any(|keyword| schema.contains_key(*keyword));
    if !used(over) || !used(base) {
        return true;
    }
    match (properties_alone(family, base), properties_alone(family, over)) {
        (Some(base), Some(over)) => base.keys().all(|name| !over.contains_key(name)),
        (_, _) => false,
    }
}

/// The properties, if nothing else of the family is used.
fn properties_alone<'s>(family: &[&str], schema: &'s Keywords) -> Option<&'s Keywords> {
    let is_alone = family.iter().all(|keyword| *keyword == "properties" || !schema.contains_key(*keyword));
    schema.get("properties")?.as_object().filter(|_| is_alone)
}

/// Keywords that assert nothing.
pub(crate) fn is_annotation(keyword: &str) -> bool {
    matches!(
        keyword,
        "title" | "description" | "default" | "examples" | "deprecated" | "readOnly" | "writeOnly" | "$comment"
    ) || keyword.starts_with("x-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[expect(clippy::needless_pass_by_value, reason = "reads better at the callers")]
    fn over(base: Value, over: Value) -> Value {
        merged(base, over.as_object().cloned().unwrap())
    }

    #[test]
    fn words_win() {
        let base = json!({"type": "string", "description": "of the type", "minLength": 1});
        let laid = over(base, json!({"description": "of the field", "default": "x"}));
        assert_eq!(laid, json!({"type": "string", "description": "of the field", "minLength": 1, "default": "x"}));
    }

    #[test]
    fn both_must_hold() {
        let laid = over(json!({"type": "integer", "minimum": 1}), json!({"minimum": 2}));
        assert_eq!(laid, json!({"minimum": 2, "allOf": [{"type": "integer", "minimum": 1}]}));
        let shut = json!({"properties": {"a": {}}, "additionalProperties": false});
        assert!(over(shut, json!({"properties": {"b": {}}})).get("allOf").is_some());
        assert!(over(json!({"items": true}), json!({"prefixItems": [{}]})).get("allOf").is_some());
        assert!(over(json!(false), json!({"description": "never"})).get("allOf").is_some());
    }

    #[test]
    fn fields_add_up() {
        let base = json!({"type": "object", "properties": {"a": {}}, "required": ["a"]});
        let laid = over(base, json!({"type": "object", "properties": {"kind": {"const": "x"}}, "required": ["kind"]}));
        assert_eq!(
            laid,
            json!({"type": "object", "properties": {"a": {}, "kind": {"const": "x"}}, "required": ["a", "kind"]})
        );
    }
}
