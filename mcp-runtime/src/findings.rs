//! `Server::lint`: what hosts are known to stumble over, found in what a server publishes. [`Lint`] tells what is known from where.

mod schema;
#[cfg(test)]
mod tests;

use std::fmt;

use crate::error::Result;
use crate::item::{About, Prompt, Resource, Tool};
use crate::lint::Lint;
use crate::place::Place;
use crate::protocol::Revision;
use crate::registry::{Entry, Registry};
use crate::server::Server;

/// Something that hosts are known to stumble over: [`Server::lint`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finding {
    /// What kind of thing it is, and the name by which it can be allowed.
    pub lint: Lint,
    /// The item that it is about, such as ``tool `add` ``; `None` if it is about the server.
    pub item: Option<String>,
    /// The source file of the item.
    pub file: Option<&'static str>,
    /// The line in it where the attribute stands, from 1.
    pub line: Option<u32>,
    /// What is the case, and for whom that is a problem.
    pub message: String,
    /// What to write instead.
    pub advice: String,
}

/// As a block of a report, without a line end.
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { lint, item, file, line, message, advice } = self;
        write!(f, "{lint}: {}: {message}", item.as_deref().unwrap_or("the server"))?;
        if let (Some(file), Some(line)) = (file, line) {
            write!(f, "\n  at {file}:{line}")?;
        }
        write!(f, "\n  {advice}")
    }
}

impl Server {
    /// Everything that hosts are known to stumble over and that is not allowed, by [`Server::allow`] or `allow(…)` on an item:
    /// [`Lint`] lists what is looked for. Nothing is run, also no start hook. Items come in the order of the source; what is about
    /// the whole server comes last.
    ///
    /// ```
    /// use mcp_runtime::{Lint, Server, items, tool};
    ///
    /// #[tool(allow(undescribed_parameter))]
    /// fn add(a: i64, b: i64) -> i64 {
    ///     a + b
    /// }
    ///
    /// # fn main() -> mcp_runtime::Result<()> {
    /// let findings = Server::new("demo", "1.0.0").items(items![add]).lint()?;
    /// assert_eq!(findings.len(), 1);
    /// assert_eq!(findings[0].lint, Lint::MissingDescription);
    /// assert_eq!(findings[0].item.as_deref(), Some("tool `add`"));
    /// assert!(findings[0].advice.contains("doc comment"));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When the server has faults, with all of them.
    pub fn lint(mut self) -> Result<Vec<Finding>> {
        let allowed = std::mem::take(&mut self.allows);
        let core = self.build()?.core;
        let instructions = core.settings.instructions.as_deref().unwrap_or_default();
        Ok(findings(&core.settings.identity.name, instructions, &core.registry, &allowed))
    }
}

/// Everything that is found in a server.
fn findings(server: &str, instructions: &str, registry: &Registry, allowed: &[Lint]) -> Vec<Finding> {
    let mut found = Vec::new();
    for entry in &registry.tools.entries {
        found.extend(settled("tool", &entry.item.about, tool(server, entry)));
    }
    for entry in registry.resources.entries.iter().chain(&registry.templates.entries) {
        let kind = if entry.item.uri.is_template() { "resource template" } else { "resource" };
        found.extend(settled(kind, &entry.item.about, resource(entry)));
    }
    for entry in &registry.prompts.entries {
        found.extend(settled("prompt", &entry.item.about, prompt(entry)));
    }
    found.sort_by_key(|(place, _)| *place);
    let mut found: Vec<Finding> = found.into_iter().map(|(_, finding)| finding).collect();
    found.extend(whole(instructions, registry));
    let unused = unused(allowed, &found);
    found.retain(|finding| !allowed.contains(&finding.lint));
    found.extend(unused);
    found
}

/// What is the case with one item, before it is known whether that is allowed.
type Case = (Lint, String, String);

fn tool(server: &str, entry: &Entry<Tool>) -> Vec<Case> {
    let Tool { about, input_schema, .. } = entry.item;
    let mut cases = missing_description(about, "a model does not know when to call it, and some hosts leave it out");
    cases.extend(long_description(about.description, "its description"));
    cases.extend(names(server, about.name));
    let input = serde_json::from_str(&entry.input.json).unwrap_or_default();
    let advice = match input_schema {
        Some(_) => "write a `description` into its schema",
        None => "write a doc comment on the parameter: `/// …`",
    };
    cases.extend(schema::undescribed(&input).into_iter().map(|name| undescribed(&name, advice)));
    cases.extend(schema::rejected_input(&input));
    if let Some(structure) = &entry.structure {
        let output = serde_json::from_str(structure.json(Revision::LATEST)).unwrap_or_default();
        cases.extend(schema::rejected_output(&output));
    }
    cases
}

fn resource(entry: &Entry<Resource>) -> Vec<Case> {
    missing_description(&entry.item.about, "nobody is told what it contains")
}

fn prompt(entry: &Entry<Prompt>) -> Vec<Case> {
    let about = &entry.item.about;
    let mut cases = missing_description(about, "nobody is told what it is for");
    let silent = about.params.iter().filter(|param| param.description.is_empty());
    cases.extend(silent.map(|param| undescribed(param.name, "write a doc comment on the parameter: `/// …`")));
    cases
}

fn missing_description(about: &About, consequence: &str) -> Vec<Case> {
    let case = || {
        let advice = "write a doc comment above the function: `/// …`";
        (Lint::MissingDescription, format!("it has no description: {consequence}"), advice.to_owned())
    };
    about.description.is_empty().then(case).into_iter().collect()
}

fn undescribed(parameter: &str, advice: &str) -> Case {
    let message = format!("`{parameter}` has no description: a model has to guess what is meant");
    (Lint::UndescribedParameter, message, advice.to_owned())
}

fn long_description(text: &str, what: &str) -> Option<Case> {
    /// Claude Code, <https://code.claude.com/docs/en/mcp>: tool descriptions and server instructions, each.
    const MOST: usize = 2 * 1024;
    let length = text.len();
    (length > MOST).then(|| {
        let message = format!("{what} has {length} bytes: Claude Code cuts it off after {MOST}");
        (
            Lint::LongDescription,
            message,
            "say what matters most first, and less: a heading ends a description".to_owned(),
        )
    })
}

/// What is wrong with the name of a tool.
fn names(server: &str, name: &str) -> Vec<Case> {
    /// OpenAI and Claude, <https://github.com/microsoft/vscode/issues/243602>, <https://github.com/NetApp/netapp-dataops-toolkit/issues/38>.
    const MOST: usize = 64;
    /// Cursor, <https://github.com/ComposioHQ/composio/issues/2788>: one character and 59 are too many.
    const TOO_MANY_TOGETHER: usize = 60;
    let (length, together) = (name.len(), name.len().saturating_add(server.chars().count()));
    let mut cases = Vec::new();
    if length > MOST {
        cases.push((
            Lint::LongName,
            format!("its name has {length} characters: Claude and OpenAI refuse more than {MOST}"),
            format!("give it a name of at most {MOST} characters: `name = \"…\"`"),
        ));
    } else if together >= TOO_MANY_TOGETHER {
        cases.push((
            Lint::LongName,
            format!("its name and that of the server, `{server}`, have {together} characters: Cursor leaves out a tool with {TOO_MANY_TOGETHER} or more"),
            "give it a shorter name: `name = \"…\"`".to_owned(),
        ));
    }
    if name.contains('.') {
        cases.push((
            Lint::RejectedName,
            "its name has a `.`: Claude and OpenAI take letters, digits, `_` and `-` only".to_owned(),
            format!("write `name = \"{}\"`", name.replace('.', "_")),
        ));
    }
    cases
}

/// What is found in an item: what it does not allow, and what it allows in vain.
fn settled(kind: &str, about: &About, cases: Vec<Case>) -> Vec<(Place, Finding)> {
    let in_vain = about.allows.iter().filter(|lint| cases.iter().all(|(found, ..)| found != *lint));
    let in_vain: Vec<Case> = in_vain.map(|lint| in_vain_at(*lint)).collect();
    let open = cases.into_iter().filter(|(lint, ..)| !about.allows.contains(lint));
    let finding = |(lint, message, advice)| {
        let item = Some(format!("{kind} `{}`", about.name));
        let (file, line) = (Some(about.place.file), Some(about.place.line));
        (about.place, Finding { lint, item, file, line, message, advice })
    };
    open.chain(in_vain).map(finding).collect()
}

fn in_vain_at(lint: Lint) -> Case {
    (Lint::UnusedAllow, format!("it allows `{lint}`, and there is none"), format!("take `{lint}` out of `allow(…)`"))
}

/// What is the case with the server.
fn whole(instructions: &str, registry: &Registry) -> Vec<Finding> {
    /// Cursor sends the first 40, <https://github.com/anyproto/anytype-mcp/issues/5>; others take 50, 80 or 128 of all servers together.
    const MOST_TOOLS: usize = 40;
    let tools = registry.tools.offered().len();
    let many = (tools > MOST_TOOLS).then(|| {
        let message = format!("it offers {tools} tools: some hosts give a model no more than {MOST_TOOLS}");
        let advice =
            "offer fewer at a time, with `.only_tag(…)` or `Changes`; if that is meant, `.allow(Lint::ManyTools)`";
        (Lint::ManyTools, message, advice.to_owned())
    });
    let long = long_description(instructions, "the text of `.instructions(…)`");
    many.into_iter().chain(long).map(of_server).collect()
}

fn of_server((lint, message, advice): Case) -> Finding {
    Finding { lint, item: None, file: None, line: None, message, advice }
}

/// What the server allows in vain.
fn unused(allowed: &[Lint], found: &[Finding]) -> Vec<Finding> {
    if allowed.contains(&Lint::UnusedAllow) {
        return Vec::new();
    }
    let in_vain = allowed.iter().filter(|lint| found.iter().all(|finding| finding.lint != **lint));
    let case = |lint: &Lint| {
        (Lint::UnusedAllow, format!("it allows `{lint}`, and there is none"), "take it out of `.allow(…)`".to_owned())
    };
    in_vain.map(|lint| of_server(case(lint))).collect()
}
