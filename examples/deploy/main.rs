//! A deployment in steps: it asks a person twice and a model once, and installs nothing twice, however often its client comes back.
//!
//! Run it with `cargo run --example deploy`. It installs nothing in truth: it writes a line for each machine to the file that
//! `DEPLOY_JOURNAL` names (`deploy.journal` unless it is set). Instances behind a balancer need the same `DEPLOY_STATE_KEY`, of 32
//! bytes or more: any of them can then go on with what another one began.

#[cfg(test)]
mod tests;

use std::fmt;
use std::fs::File;
use std::io::{self, Write as _};
use std::path::PathBuf;

use mcp_runtime::{Elicit, Once, Progress, Sample, SampleRequest, Server, ToolError, form, model, tool};

fn main() -> mcp_runtime::Result<()> {
    let journal = std::env::var_os("DEPLOY_JOURNAL").unwrap_or_else(|| "deploy.journal".into());
    let server = server(Fleet { journal: journal.into() });
    match std::env::var("DEPLOY_STATE_KEY") {
        Ok(key) => server.request_state_key(key).run(),
        Err(_) => server.run(),
    }
}

fn server(fleet: Fleet) -> Server {
    Server::new("deploy", "1.0.0")
        .instructions("Deploys services. A person says where to, and whether to go on after the first machine.")
        .state(fleet)
}

/// Installs a version of a service: on one machine first, and on all others if a person says that it is well.
#[tool(destructive, open_world = false)]
async fn deploy(
    /// What to deploy.
    #[arg(pattern = "^[a-z][a-z0-9-]*$")]
    service: String,
    /// Which version of it.
    #[arg(pattern = r"^[0-9]+\.[0-9]+\.[0-9]+$")]
    version: String,
    fleet: &Fleet,
    once: &Once,
    person: &Elicit,
    model: &Sample,
    progress: &Progress,
) -> Result<String, ToolError> {
    let release = format!("{service} {version}");
    let question = format!("Where is {release} to go?");
    let Some(Target { environment }) = person.ask_as("target", question).await?.accepted() else {
        return Ok("Nothing was installed.".into());
    };

    let prompt = format!("Write the release notes of {release} for {environment}, in one sentence.");
    let notes = model.ask(SampleRequest::new(200).user(prompt).key("notes")).await?.text();

    for (done, machine) in MACHINES.iter().enumerate() {
        let place = format!("{environment}/{machine}");
        // The answers to later questions start the function anew. What was installed stays installed.
        once.try_run(&place, async { fleet.install(&release, &place) }).await?;
        progress.report(done + 1, MACHINES.len(), format!("{place} has {release}"));
        if done == 0 {
            let question = format!("{notes}\n\n{place} has {release}. Is it well?");
            let answer = person.ask_as("health", question).await?.accepted();
            if !answer.is_some_and(|Health { well }| well) {
                return Ok(format!("Only {place} has {release}."));
            }
        }
    }
    Ok(format!("All of {environment} has {release}: {notes}"))
}

const MACHINES: [&str; 3] = ["alpha", "beta", "gamma"];

/// Where to deploy.
#[form]
struct Target {
    environment: Environment,
}

/// How the first machine is.
#[form]
struct Health {
    /// Whether to go on with all other machines.
    well: bool,
}

#[model]
#[serde(rename_all = "lowercase")]
enum Environment {
    Staging,
    Production,
}

impl fmt::Display for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Staging => "staging",
            Self::Production => "production",
        })
    }
}

/// The machines, of which there is nothing but a journal.
struct Fleet {
    journal: PathBuf,
}

impl Fleet {
    fn install(&self, release: &str, place: &str) -> io::Result<()> {
        let mut journal = File::options().create(true).append(true).open(&self.journal)?;
        writeln!(journal, "{release} on {place}")
    }
}
