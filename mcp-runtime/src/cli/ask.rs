//! Asks the person at the terminal what a function asks its client: forms field by field, pages to visit, and what a model would answer.

use std::io::{self, BufRead, Write};

use serde_json::{Map, Value};

use super::given;
use super::look::{ASIDE, Look, NAME, NEEDED, TYPE};
use super::words;
use crate::client::{ElicitRequest, VisitRequest};
use crate::elicit::Elicited;
use crate::sample::SampleRequest;
use crate::schema::Check;

/// A person, with where they type and where they read.
pub(super) struct Person<I, O> {
    input: I,
    output: O,
    look: Look,
}

/// Whoever sits at the terminal. What they are asked is no part of the answer, so that it goes to standard error.
pub(super) fn at_terminal() -> Person<io::StdinLock<'static>, io::Stderr> {
    Person { input: io::stdin().lock(), output: io::stderr(), look: Look::errors() }
}

/// What a field was answered with.
enum Answer {
    Value(Value),
    LeftOut,
    Declined,
    Cancelled,
}

impl<I: BufRead, O: Write> Person<I, O> {
    /// Fills in a form. An empty line takes the default, leaves out what may be left out, and else declines; the end of the input
    /// cancels.
    pub(super) fn fill(&mut self, form: &ElicitRequest) -> Elicited<Value> {
        self.say(&format!("\n{}", self.look.paint(NAME, &self.look.tame(&form.message))));
        self.say(&self.look.paint(ASIDE, "An empty line declines where an answer is needed; Ctrl-D cancels."));
        let required = form.schema.get("required").and_then(Value::as_array);
        let is_required = |name: &str| required.is_some_and(|names| names.iter().any(|one| one == name));
        let mut answers = Map::new();
        for (name, schema) in &form.fields {
            match self.field(name, schema, is_required(name)) {
                Answer::Value(value) => drop(answers.insert(name.clone(), value)),
                Answer::LeftOut => {}
                Answer::Declined => return Elicited::Declined,
                Answer::Cancelled => return Elicited::Cancelled,
            }
        }
        Elicited::Accepted(Value::Object(answers))
    }

    /// Shows where to go, and asks whether it is done.
    pub(super) fn visit(&mut self, page: &VisitRequest) -> Elicited<()> {
        let (message, url) = (self.look.tame(&page.message), self.look.tame(&page.url));
        self.say(&format!("\n{}\n  {}", self.look.paint(NAME, &message), self.look.paint(TYPE, &url)));
        match self.line("Go there, then press Enter; \"no\" declines, Ctrl-D cancels: ") {
            None => Elicited::Cancelled,
            Some(line) if matches!(line.to_lowercase().as_str(), "n" | "no") => Elicited::Declined,
            Some(_) => Elicited::Accepted(()),
        }
    }

    /// Answers in place of the model, in one line.
    pub(super) fn reply(&mut self, request: &SampleRequest) -> String {
        let prompt = self.look.tame(&request.text()).into_owned();
        self.say(&format!(
            "\n{}",
            self.look.paint(ASIDE, "The model is asked, and there is none here: answer in its place.")
        ));
        self.say(&self.look.paint(NAME, &prompt));
        self.line("  answer: ").unwrap_or_default()
    }

    fn field(&mut self, name: &str, schema: &Value, is_required: bool) -> Answer {
        self.describe(name, schema);
        let default = schema.get("default");
        let shown = default.map(|default| format!(" [{}]", self.look.tame(&words::plain(default)))).unwrap_or_default();
        let question = format!("  {}{shown}: ", self.look.tame(name));
        loop {
            let Some(line) = self.line(&question) else { return Answer::Cancelled };
            match default {
                _ if !line.is_empty() => {}
                Some(default) => return Answer::Value(default.clone()),
                None if is_required => return Answer::Declined,
                None => return Answer::LeftOut,
            }
            match read(&line, name, schema) {
                Ok(value) => return Answer::Value(value),
                Err(problems) => self.say(&format!("  {}", self.look.paint(NEEDED, &self.look.tame(&problems)))),
            }
        }
    }

    /// What a field is, and what there is to choose from.
    fn describe(&mut self, name: &str, schema: &Value) {
        let of = |key: &str| schema.get(key).and_then(Value::as_str);
        let title = self.look.tame(of("title").unwrap_or(name)).into_owned();
        let choices = choices(schema);
        let kind = match (choices.is_empty(), is_list(schema)) {
            (false, true) => "any of these, with commas between".to_owned(),
            (false, false) => "one of these".to_owned(),
            (true, _) if is_boolean(schema) => "yes or no".to_owned(),
            (true, _) => self.look.tame(&words::of(schema, schema)).into_owned(),
        };
        self.say(&format!("  {}  {}", self.look.paint(NAME, &title), self.look.paint(TYPE, &kind)));
        if let Some(description) = of("description") {
            self.say(&format!("    {}", self.look.wrap(&self.look.tame(description), 4)));
        }
        for (number, (value, title)) in (1..).zip(&choices) {
            let title = self.look.tame(title);
            let aside = if *value == title { String::new() } else { format!("  {}", self.look.paint(ASIDE, &title)) };
            self.say(&format!("    {number}  {}{aside}", self.look.tame(value)));
        }
    }

    /// A line without its end; `None` at the end of the input.
    fn line(&mut self, question: &str) -> Option<String> {
        let mut line = String::new();
        // Who cannot be asked does not answer either.
        let _ = write!(self.output, "{question}").and_then(|()| self.output.flush());
        match self.input.read_line(&mut line) {
            Ok(0) | Err(_) => {
                self.say("");
                None
            }
            Ok(_) => Some(line.trim().to_owned()),
        }
    }

    fn say(&mut self, text: &str) {
        let _ = writeln!(self.output, "{text}");
    }
}

/// What a line is as a value of the schema, or what is wrong with it.
fn read(line: &str, name: &str, schema: &Value) -> Result<Value, String> {
    let choices = choices(schema);
    let chosen = |text: &str| chosen(text, &choices).unwrap_or_else(|| text.to_owned());
    let value = if is_list(schema) {
        Value::Array(
            line.split(',').map(str::trim).filter(|part| !part.is_empty()).map(|part| chosen(part).into()).collect(),
        )
    } else if is_boolean(schema) {
        yes_or_no(line).map_or_else(|| line.into(), Value::Bool)
    } else {
        given::value(&chosen(line), schema, schema)
    };
    let mut problems = Vec::new();
    let mut schema = schema.clone();
    // Titles say nothing about values, and not every revision has this word for them.
    schema.as_object_mut().map(|schema| schema.remove("enumNames"));
    if let Ok(check) = Check::compile(&schema) {
        check.root().problems(name, &value.to_string(), &mut problems);
    }
    let told: Vec<String> = problems.iter().map(|problem| format!("`{}` {}", problem.path, problem.message)).collect();
    if told.is_empty() { Ok(value) } else { Err(told.join("; ")) }
}

fn yes_or_no(line: &str) -> Option<bool> {
    match line.to_lowercase().as_str() {
        "y" | "yes" | "true" => Some(true),
        "n" | "no" | "false" => Some(false),
        _ => None,
    }
}

fn is_boolean(schema: &Value) -> bool {
    schema.get("type").is_some_and(|kind| kind == "boolean")
}

fn is_list(schema: &Value) -> bool {
    schema.get("type").is_some_and(|kind| kind == "array")
}

/// The values that there are, each with its title.
fn choices(schema: &Value) -> Vec<(String, String)> {
    let schema = schema.get("items").unwrap_or(schema);
    let all = |key: &str| schema.get(key).and_then(Value::as_array);
    let text = |value: &Value| value.as_str().map(str::to_owned);
    if let Some(values) = all("enum") {
        let titles = all("enumNames").map(Vec::as_slice).unwrap_or_default();
        let titled = |(index, value): (usize, &Value)| {
            let value = text(value)?;
            Some((value.clone(), titles.get(index).and_then(text).unwrap_or(value)))
        };
        return values.iter().enumerate().filter_map(titled).collect();
    }
    let titled = |part: &Value| {
        let value = text(part.get("const")?)?;
        Some((value.clone(), part.get("title").and_then(text).unwrap_or(value)))
    };
    all("oneOf").or_else(|| all("anyOf")).into_iter().flatten().filter_map(titled).collect()
}

/// A choice by its number, its value or its title.
fn chosen(text: &str, choices: &[(String, String)]) -> Option<String> {
    let named =
        choices.iter().find(|(value, title)| [value, title].iter().any(|known| known.eq_ignore_ascii_case(text)));
    let numbered = || choices.get(text.parse::<usize>().ok()?.checked_sub(1)?);
    named.or_else(numbered).map(|(value, _)| value.clone())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn form() -> ElicitRequest {
        let fields = [
            (
                "environment",
                json!({ "type": "string", "title": "Where", "oneOf": [{ "const": "stage", "title": "Staging" }, { "const": "prod", "title": "Production" }] }),
            ),
            ("machines", json!({ "type": "integer", "minimum": 1, "maximum": 9, "default": 3 })),
            ("sure", json!({ "type": "boolean", "description": "Really?" })),
            ("days", json!({ "type": "array", "items": { "type": "string", "enum": ["mon", "tue"] } })),
            ("shift", json!({ "type": "string", "enum": ["d", "n"], "enumNames": ["Day", "Night"] })),
        ];
        let schema = json!({ "type": "object", "required": ["environment", "sure"] });
        let fields = fields.map(|(name, schema)| (name.to_owned(), schema)).to_vec();
        ElicitRequest { message: "Where to?".into(), fields, schema }
    }

    fn filled(input: &str) -> (Elicited<Value>, String) {
        let mut output = Vec::new();
        let answer = Person { input: input.as_bytes(), output: &mut output, look: Look::PLAIN }.fill(&form());
        (answer, String::from_utf8(output).unwrap())
    }

    #[test]
    fn a_form_is_filled_in_field_by_field() {
        let (answer, said) = filled("2\n7\ny\nmon, 2\nnight\n");
        assert_eq!(
            answer,
            Elicited::Accepted(
                json!({ "environment": "prod", "machines": 7, "sure": true, "days": ["mon", "tue"], "shift": "n" })
            )
        );
        for part in
            ["Where to?", "Where  one of these", "2  prod  Production", "machines [3]: ", "    Really?", "any of these"]
        {
            assert!(said.contains(part), "{part}: {said}");
        }
        let (answer, _) = filled("STAGING\n\nno\n\n\n");
        assert_eq!(answer, Elicited::Accepted(json!({ "environment": "stage", "machines": 3, "sure": false })));
    }

    #[test]
    fn what_does_not_fit_is_asked_again() {
        let (answer, said) = filled("moon\n1\nmany\n12\n2\nperhaps\ny\nsun\n\nnoon\n\n");
        assert_eq!(answer, Elicited::Accepted(json!({ "environment": "stage", "machines": 2, "sure": true })));
        for part in [
            "`environment` must be",
            "`machines` must be",
            "at most 9, got 12",
            "`sure` must be",
            "one of `mon`",
            "`shift` must be",
        ] {
            assert!(said.contains(part), "{part}: {said}");
        }
    }

    #[test]
    fn an_empty_line_declines_and_the_end_cancels() {
        assert_eq!(filled("\n").0, Elicited::Declined);
        assert_eq!(filled("1\n").0, Elicited::Cancelled);
        assert_eq!(filled("").0, Elicited::Cancelled);
    }

    /// What is asked may hold what others wrote: names of files, titles of pages.
    #[test]
    fn a_form_does_not_steer_the_terminal() {
        let bell = "\x07";
        let titled = json!({ "const": bell, "title": format!("title{bell}") });
        let field = json!({ "title": bell, "description": bell, "oneOf": [titled] });
        let fields = vec![(bell.to_owned(), field), ("x".to_owned(), json!({ "type": "string", "pattern": bell }))];
        let schema = json!({ "required": [bell, "x"] });
        let form = ElicitRequest { message: bell.into(), fields, schema };
        let mut output = Vec::new();
        let answer =
            Person { input: "2\n1\nno\n".as_bytes(), output: &mut output, look: Look::colored(80) }.fill(&form);
        assert_eq!(answer, Elicited::Cancelled, "nothing matches that pattern");
        let said = String::from_utf8(output).unwrap();
        for part in ["title\\u{7}", "string like \\u{7}", "`\\u{7}` must be", "`x` must match"] {
            assert!(said.contains(part), "{part}: {said}");
        }
        assert!(!said.contains(bell), "{said:?}");
    }

    #[test]
    fn a_model_is_played() {
        let request = SampleRequest::new(10).user("Sum it up:\nall of it\x1b[2J");
        for (input, answer) in [("It is good.\nmore\n", "It is good."), ("", "")] {
            let mut output = Vec::new();
            let mut person = Person { input: input.as_bytes(), output: &mut output, look: Look::colored(80) };
            assert_eq!(person.reply(&request), answer);
            let said = String::from_utf8(output).unwrap();
            assert!(said.contains("Sum it up:") && said.contains("all of it\\u{1b}[2J"), "{said}");
        }
    }

    #[test]
    fn a_page_is_visited_or_not() {
        let page = VisitRequest { message: "Sign in.".into(), url: "https://example.com/\x1b[2J".into() };
        for (input, answer) in [("\n", Elicited::Accepted(())), ("no\n", Elicited::Declined), ("", Elicited::Cancelled)]
        {
            let mut output = Vec::new();
            let given = Person { input: input.as_bytes(), output: &mut output, look: Look::colored(80) }.visit(&page);
            assert_eq!(given, answer);
            assert!(String::from_utf8(output).unwrap().contains("https://example.com/\\u{1b}[2J"));
        }
    }
}
