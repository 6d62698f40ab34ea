//! What hosts are known to refuse in a schema.

use serde_json::{Map, Value};

use super::Case;
use crate::lint::Lint;

/// The arguments without a description.
pub(super) fn undescribed(schema: &Value) -> Vec<String> {
    let is_silent = |property: &Value| {
        let target = property.get("$ref").and_then(Value::as_str).and_then(|target| resolved(schema, target));
        [Some(property), target].into_iter().flatten().all(|schema| !has_text(schema))
    };
    let silent = properties(schema).filter(|(_, property)| is_silent(property));
    silent.map(|(name, _)| name.clone()).collect()
}

fn has_text(schema: &Value) -> bool {
    schema.get("description").and_then(Value::as_str).is_some_and(|text| !text.trim().is_empty())
}

fn properties(schema: &Value) -> impl Iterator<Item = (&String, &Value)> {
    schema.get("properties").and_then(Value::as_object).into_iter().flatten()
}

fn resolved<'s>(root: &'s Value, target: &str) -> Option<&'s Value> {
    root.pointer(target.strip_prefix('#')?)
}

/// What is refused in the schema of arguments.
pub(super) fn rejected_input(schema: &Value) -> Vec<Case> {
    /// Claude Code, <https://github.com/anthropics/claude-code/issues/95504>.
    const AT_THE_TOP: [&str; 4] = ["anyOf", "oneOf", "allOf", "if"];
    let mut cases: Vec<Case> = AT_THE_TOP
        .into_iter()
        .filter(|keyword| schema.get(keyword).is_some())
        .map(|keyword| {
            rejected(
                format!("`{keyword}` stands at the top of the schema of its arguments: Claude and OpenAI refuse that"),
                "put the choice into an argument of its own",
            )
        })
        .collect();
    cases.extend(properties(schema).filter(|(name, _)| !is_taken(name)).map(|(name, _)| {
        rejected(
            format!(
                "Claude refuses the name of its argument `{name}`: it takes 1 to 64 letters, digits, `_`, `.` and `-`"
            ),
            "give the argument another name: `#[arg(name = \"…\")]`",
        )
    }));
    cases.extend(lists(schema).into_iter().map(|path| {
        rejected(
            format!("the list {path} does not say what it holds: OpenAI and VS Code refuse that"),
            "say what is in it: `items` in its schema",
        )
    }));
    cases.extend(rejected_output(schema));
    cases
}

/// What is refused in any schema of a tool.
pub(super) fn rejected_output(schema: &Value) -> Vec<Case> {
    let around = circle(schema).map(|name| {
        rejected(
            format!(
                "its schema refers to itself, at `{name}`: Gemini refuses that, and some hosts then leave out all tools"
            ),
            "take what is nested as a list of parts that name each other, or as JSON text",
        )
    });
    around.into_iter().collect()
}

fn rejected(message: String, advice: &str) -> Case {
    (Lint::RejectedSchema, message, advice.to_owned())
}

fn is_taken(name: &str) -> bool {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "_.-".contains(letter);
    (1..=64).contains(&name.len()) && name.chars().all(is_plain)
}

/// Where lists stand that do not say what they hold.
fn lists(schema: &Value) -> Vec<String> {
    let mut found = Vec::new();
    search(schema, "", &mut |path, keywords| {
        let is_list = keywords.get("type").is_some_and(|kind| kind == "array" || contains(kind, "array"));
        if is_list && !keywords.contains_key("items") && !keywords.contains_key("prefixItems") {
            found.push(if path.is_empty() { "of all arguments".to_owned() } else { format!("`{path}`") });
        }
    });
    found
}

fn contains(list: &Value, text: &str) -> bool {
    list.as_array().is_some_and(|all| all.iter().any(|one| one == text))
}

/// Shows every schema, with the names on the way there. Keywords that hold values hold no schemas.
fn search(schema: &Value, path: &str, visit: &mut impl FnMut(&str, &Map<String, Value>)) {
    const VALUES: [&str; 5] = ["default", "examples", "enum", "const", "required"];
    const NAMED: [&str; 4] = ["properties", "patternProperties", "$defs", "definitions"];
    let Value::Object(keywords) = schema else {
        return;
    };
    visit(path, keywords);
    for (keyword, value) in keywords.iter().filter(|(keyword, _)| !VALUES.contains(&keyword.as_str())) {
        match value {
            Value::Object(named) if NAMED.contains(&keyword.as_str()) => {
                let below = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
                named.iter().for_each(|(name, schema)| search(schema, &below(name), visit));
            }
            Value::Array(all) => all.iter().for_each(|schema| search(schema, path, visit)),
            one => search(one, path, visit),
        }
    }
}

/// What a schema leads to that leads back to it.
fn circle(root: &Value) -> Option<String> {
    let mut starts = Vec::new();
    search(root, "", &mut |_, keywords| starts.extend(target(keywords)));
    starts.into_iter().find(|start| leads_back(root, start)).map(|start| name(&start))
}

fn target(keywords: &Map<String, Value>) -> Option<String> {
    keywords.get("$ref").and_then(Value::as_str).map(str::to_owned)
}

fn leads_back(root: &Value, start: &str) -> bool {
    let (mut seen, mut pending) = (Vec::new(), vec![start.to_owned()]);
    while let Some(next) = pending.pop() {
        let Some(schema) = resolved(root, &next).filter(|_| !seen.contains(&next)) else { continue };
        let mut found = Vec::new();
        search(schema, "", &mut |_, keywords| found.extend(target(keywords)));
        if found.iter().any(|target| target == start) {
            return true;
        }
        seen.push(next);
        pending.extend(found);
    }
    false
}

/// The last step of a reference.
fn name(target: &str) -> String {
    target.rsplit('/').next().unwrap_or(target).to_owned()
}
