//! `list`: what is offered, for people.

use std::collections::BTreeMap;

use clap::{Arg, ArgAction, ArgMatches, Command};
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::look::{ASIDE, HEADING, Look, NAME, NEEDED, TYPE, print};
use super::{show, words};
use crate::error::{Error, Result};
use crate::json::InOrder;
use crate::server::Server;

pub(super) fn command() -> Command {
    let json = Arg::new("json").long("json").action(ArgAction::SetTrue).help("As JSON");
    Command::new("list").about("Show the tools, resources and prompts that are offered").arg(json)
}

pub(super) fn run(server: Server, matches: &ArgMatches) -> Result<()> {
    let (surface, look) = (server.surface()?, Look::output());
    let offered = surface.to_string();
    let offered: BTreeMap<&str, &RawValue> = serde_json::from_str(&offered).map_err(Error::other)?;
    let lists = LISTS.into_iter().filter_map(|(name, heading)| Some((name, heading, offered.get(name)?.get())));
    if matches.get_flag("json") {
        let lists: Vec<String> = lists.map(|(name, _, list)| format!("\"{name}\": {list}")).collect();
        return print(&show::written(&format!("{{{}}}", lists.join(",")), look));
    }
    print(&page(lists, look)?)
}

/// The lists by their names on the wire, with what they are called here.
const LISTS: [(&str, &str); 4] = [
    ("tools", "Tools"),
    ("resources", "Resources"),
    ("resourceTemplates", "Resource templates"),
    ("prompts", "Prompts"),
];

/// The lists, each with its heading and as JSON.
fn page<'l>(lists: impl Iterator<Item = (&'l str, &'l str, &'l str)>, look: Look) -> Result<String> {
    let mut sections = Vec::new();
    for (_, heading, list) in lists {
        let items: Vec<&RawValue> = serde_json::from_str(list).map_err(Error::other)?;
        if !items.is_empty() {
            let items: Result<Vec<String>> = items.into_iter().map(|item| entry(item, look)).collect();
            sections.push(format!("{}\n\n{}", look.paint(HEADING, heading), items?.join("\n")));
        }
    }
    Ok(sections.join("\n"))
}

/// An item: its name with what is said beside, its description, and its arguments.
fn entry(item: &RawValue, look: Look) -> Result<String> {
    let Arguments { input_schema: Properties { properties: InOrder(declared) } } =
        serde_json::from_str(item.get()).map_err(Error::other)?;
    let item: &Value = &serde_json::from_str(item.get()).map_err(Error::other)?;
    let key = ["uri", "uriTemplate", "name"].iter().find_map(|key| text(item, key)).unwrap_or_default();
    let mut out = format!("  {}", look.paint(NAME, key));
    let aside = [hints(item), unlisted(item), text(item, "mimeType").unwrap_or_default().to_owned()];
    for aside in aside.iter().filter(|aside| !aside.is_empty()) {
        out.push_str(&format!("  {}", look.paint(ASIDE, aside)));
    }
    out.push('\n');
    if let Some(description) = text(item, "description") {
        out.push_str(&format!("    {}\n", look.wrap(description, 4)));
    }
    let mut rows = arguments(item);
    rows.sort_by_key(|row| (!row.is_required(), declared.iter().position(|(name, _)| *name == row.name)));
    out.push_str(&table(&rows, look));
    Ok(out)
}

/// The arguments of a tool in the order of their declaration.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Arguments {
    input_schema: Properties,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Properties {
    properties: InOrder,
}

fn text<'v>(item: &'v Value, key: &str) -> Option<&'v str> {
    item.get(key)?.as_str()
}

/// What its author said about its effects.
fn hints(tool: &Value) -> String {
    let said = |hint: &str| tool.get("annotations")?.get(hint)?.as_bool();
    let words = [
        ("readOnlyHint", "read-only", "writes"),
        ("destructiveHint", "destructive", "not destructive"),
        ("idempotentHint", "idempotent", "not idempotent"),
        ("openWorldHint", "open world", "closed world"),
    ];
    let said = words.into_iter().filter_map(|(hint, yes, no)| said(hint).map(|said| if said { yes } else { no }));
    said.collect::<Vec<_>>().join(", ")
}

/// What no list of the protocol says.
fn unlisted(item: &Value) -> String {
    let of = |key: &str| item.get("unlisted").and_then(|unlisted| unlisted.get(key));
    let task = match of("task").and_then(Value::as_str) {
        Some("required") => Some("a task"),
        Some(_) => Some("may be a task"),
        None => None,
    };
    let said = [of("off").map(|_| "switched off"), task, of("watch").map(|_| "can be watched")];
    said.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// A row of the table of arguments.
pub(super) struct Row {
    pub(super) name: String,
    pub(super) kind: String,
    pub(super) need: String,
    pub(super) description: String,
}

impl Row {
    pub(super) fn is_required(&self) -> bool {
        self.need == REQUIRED
    }
}

/// The arguments of a tool or a prompt.
fn arguments(item: &Value) -> Vec<Row> {
    match item.get("inputSchema") {
        Some(schema) => rows(schema),
        None => item.get("arguments").and_then(Value::as_array).into_iter().flatten().map(of_prompt).collect(),
    }
}

/// The arguments that a schema describes, those first that are needed.
pub(super) fn rows(schema: &Value) -> Vec<Row> {
    let required = schema.get("required").and_then(Value::as_array);
    let is_required = |name: &str| required.is_some_and(|names| names.iter().any(|one| one == name));
    let properties = schema.get("properties").and_then(Value::as_object).into_iter().flatten();
    let mut rows: Vec<Row> = properties
        .map(|(name, property)| Row {
            name: name.clone(),
            kind: words::of(property, schema),
            need: match property.get("default") {
                Some(default) => format!("default {}", words::plain(default)),
                None if is_required(name) => REQUIRED.into(),
                None => "optional".into(),
            },
            description: text(property, "description").unwrap_or_default().to_owned(),
        })
        .collect();
    rows.sort_by_key(|row| !row.is_required());
    rows
}

const REQUIRED: &str = "required";

fn of_prompt(argument: &Value) -> Row {
    let of = |key: &str| text(argument, key).unwrap_or_default().to_owned();
    let is_required = argument.get("required") == Some(&Value::Bool(true));
    let need = if is_required { REQUIRED } else { "optional" };
    Row { name: of("name"), kind: String::new(), need: need.into(), description: of("description") }
}

/// Rows whose columns stand below each other.
pub(super) fn table(rows: &[Row], look: Look) -> String {
    const INDENT: usize = 6;
    /// What is longer does not push away the columns of others.
    const WIDEST: usize = 40;
    /// Where less is left of the line, the description is below.
    const NARROW: usize = 32;
    const BELOW: usize = 10;
    let widest = |column: fn(&Row) -> &str| {
        rows.iter().map(|row| column(row).chars().count()).filter(|width| *width <= WIDEST).max().unwrap_or_default()
    };
    let widths = [widest(|row| &row.name), widest(|row| &row.kind), widest(|row| &row.need)];
    let mut out = String::new();
    for row in rows {
        let need = if row.is_required() { NEEDED } else { ASIDE };
        let mut line = " ".repeat(INDENT);
        let mut at = INDENT;
        // A type of many words has lines of its own, where lines end.
        let is_long = row.kind.chars().count() > WIDEST && look.room(0) < usize::MAX;
        let (kind, below) = if is_long { ("", row.kind.as_str()) } else { (row.kind.as_str(), "") };
        for ((text, style), width) in [(&*row.name, NAME), (kind, TYPE), (&*row.need, need)].into_iter().zip(widths) {
            if width > 0 || !text.is_empty() {
                let length = text.chars().count();
                let gap = width.saturating_sub(length).saturating_add(2);
                line.push_str(&look.paint(style, text));
                line.push_str(&" ".repeat(gap));
                at = at.saturating_add(length).saturating_add(gap);
            }
        }
        if look.room(at) < NARROW && !row.description.is_empty() {
            out.push_str(line.trim_end());
            line = format!("\n{}", " ".repeat(BELOW));
            at = BELOW;
        }
        line.push_str(&look.wrap(&row.description, at));
        out.push_str(line.trim_end());
        out.push('\n');
        if is_long {
            let lines = look.wrap(below, BELOW);
            out.push_str(&format!("{}{}\n", " ".repeat(BELOW), look.paint(TYPE, &lines)));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn shown(look: Look) -> String {
        let offered = offered();
        let lists = LISTS.map(|(name, heading)| (name, heading, offered[name].to_string()));
        page(lists.iter().map(|(name, heading, list)| (*name, *heading, list.as_str())), look).unwrap()
    }

    fn offered() -> Value {
        let schema = json!({
            "type": "object",
            "properties": {
                "units": { "enum": ["celsius", "kelvin"], "default": "celsius" },
                "city": { "type": "string", "description": "Name of the city, in any spelling that you like." },
            },
            "required": ["city"],
        });
        let tool = json!({
            "name": "get_weather",
            "description": "Gets the weather.",
            "inputSchema": schema,
            "annotations": { "readOnlyHint": true, "openWorldHint": false },
        });
        let prompt = json!({ "name": "brief", "arguments": [{ "name": "city", "required": true }] });
        let resource = json!({ "uri": "x://icon", "name": "icon", "mimeType": "image/png" });
        json!({ "tools": [tool], "resources": [resource], "resourceTemplates": [], "prompts": [prompt] })
    }

    #[test]
    fn a_pipe_gets_whole_lines() {
        let page = shown(Look::PLAIN);
        let expected = "\
Tools

  get_weather  read-only, closed world
    Gets the weather.
      city   string            required         Name of the city, in any spelling that you like.
      units  celsius | kelvin  default celsius

Resources

  x://icon  image/png

Prompts

  brief
      city  required
";
        assert_eq!(page, expected);
    }

    #[test]
    fn a_type_of_many_words_stays_on_the_screen() {
        let text = json!({ "type": "string" });
        let fields = json!({ "name": text, "price": text, "shelf": text, "weight": text, "colour": text });
        let article = json!({ "type": "object", "properties": fields });
        let schema = json!({ "type": "object", "properties": { "article": article }, "required": ["article"] });
        let narrow = table(&rows(&schema), Look::colored(60));
        let visible = anstream::adapter::strip_str(&narrow).to_string();
        assert!(visible.lines().all(|line| line.chars().count() <= 60), "{visible}");
        assert!(visible.contains("required\n          {colour?: string,"), "{visible}");
        assert_eq!(table(&rows(&schema), Look::PLAIN).lines().count(), 1);
    }

    #[test]
    fn arguments_come_as_they_are_declared_those_first_that_are_needed() {
        let properties = r#"{ "to": { "type": "string" }, "cc": {}, "body": {}, "attach": {} }"#;
        let tools = format!(
            r#"[{{ "name": "send", "inputSchema": {{ "properties": {properties}, "required": ["to", "body"] }} }}]"#
        );
        let page = page([("tools", "Tools", tools.as_str())].into_iter(), Look::PLAIN).unwrap();
        let names = page.lines().filter_map(|line| line.strip_prefix("      ")?.split(' ').next());
        assert_eq!(names.collect::<Vec<_>>(), ["to", "body", "cc", "attach"], "{page}");
    }

    #[test]
    fn a_terminal_gets_colors_and_what_fits() {
        let page = shown(Look::colored(80));
        assert!(page.contains("\x1b[1mget_weather\x1b[0m  \x1b[2mread-only, closed world\x1b[0m"), "{page:?}");
        assert!(page.contains("Name of the city, in any\n"), "{page}");
    }
}
