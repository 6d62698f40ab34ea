//! What a client is to be able to do, before it is connected.

use std::fmt;
use std::sync::Mutex;

use serde_json::{Value, json};

use super::answering::{Answering, Answers};
use super::asked::{ElicitRequest, VisitRequest, elicited, forms, models, pages, sampled};
use super::hearing::{Ears, Logged, Reported};
use super::{Client, Terms};
use crate::client_log::Level;
use crate::elicit::Elicited;
use crate::error::Result;
use crate::protocol::Revision;
use crate::roots::Root;
use crate::sample::{SampleRequest, Sampled};
use crate::server::Server;

/// A client before it is connected: [`Client::builder`]. What it is given a handler for, it declares, and nothing else.
///
/// Handlers that answer run on a thread that may block, and in order of the questions; if one panics, so does the call that the
/// question belongs to.
///
/// ```
/// use mcp_runtime::serde_json::json;
/// use mcp_runtime::{Client, Elicit, Elicited, Revision, Server, Unanswered, form, items, tool};
///
/// #[form]
/// struct Confirmation {
///     /// Really?
///     sure: bool,
/// }
///
/// /// Deletes a file.
/// #[tool]
/// async fn delete(file: String, person: &Elicit) -> Result<String, Unanswered> {
///     match person.ask::<Confirmation>(format!("Delete {file}?")).await? {
///         Elicited::Accepted(Confirmation { sure: true }) => Ok(format!("{file} is gone")),
///         Elicited::Accepted(_) | Elicited::Declined | Elicited::Cancelled => Ok(format!("{file} stays")),
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> mcp_runtime::Result<()> {
/// for revision in [Revision::V2025_11_25, Revision::V2026_07_28] {
///     let client = Client::builder()
///         .revision(revision)
///         .elicit(|form| json!({ "sure": form.message == "Delete old.txt?" }))
///         .connect(Server::new("files", "1.0.0").items(items![delete]))
///         .await?;
///     client.call("delete", json!({ "file": "old.txt" })).await?.assert_text("old.txt is gone");
///     client.call("delete", json!({ "file": "new.txt" })).await?.assert_text("new.txt stays");
///     client.close().await?;
/// }
/// # Ok(())
/// # }
/// ```
#[must_use = "a client does nothing until it is connected: `connect`"]
pub struct ClientBuilder {
    revision: Revision,
    info: Value,
    answering: Answering,
    ears: Ears,
}

impl Default for ClientBuilder {
    fn default() -> Self {
        let info = json!({ "name": "mcp-runtime client", "version": env!("CARGO_PKG_VERSION") });
        Self { revision: Revision::LATEST, info, answering: Answering::default(), ears: Ears::default() }
    }
}

impl ClientBuilder {
    /// The revision that it speaks (default: the newest).
    pub fn revision(self, revision: Revision) -> Self {
        Self { revision, ..self }
    }

    /// How it calls itself: its name and version.
    pub fn info(self, name: &str, version: &str) -> Self {
        Self { info: json!({ "name": name, "version": version }), ..self }
    }

    /// Fills in the forms of [`Elicit`](crate::Elicit): with a [`Value`], which is accepted, or with an [`Elicited`] that may
    /// also be declined (since 2025-06-18).
    pub fn elicit<A: Into<Elicited<Value>>>(self, fill: impl FnMut(ElicitRequest) -> A + Send + 'static) -> Self {
        self.form(Answers::Made(Mutex::new(forms(fill))))
    }

    /// Fills in one form after the other with these answers. With too few of them, the call that asks is an error; with too
    /// many, [`Client::close`] is. Questions of one round of a call (2026-07-28) come in the order of their keys.
    ///
    /// ```
    /// # use mcp_runtime::serde_json::json;
    /// # use mcp_runtime::{Client, Elicit, Elicited, Server, Unanswered, form, items, tool};
    /// # #[form]
    /// # struct Confirmation { sure: bool }
    /// # /// Asks.
    /// # #[tool]
    /// # async fn ask(person: &Elicit) -> Result<bool, Unanswered> {
    /// #     Ok(person.ask::<Confirmation>("Sure?").await?.accepted().is_some())
    /// # }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> mcp_runtime::Result<()> {
    /// # let server = Server::new("test", "1.0.0").items(items![ask]);
    /// let answers = [Elicited::Accepted(json!({ "sure": true })), Elicited::Declined];
    /// let client = Client::builder().answers(answers).connect(server).await?;
    /// client.call("ask", ()).await?.assert_text("true");
    /// client.call("ask", ()).await?.assert_text("false");
    /// let error = client.call("ask", ()).await.unwrap_err().to_string();
    /// assert_eq!(error, "the server asks `Sure?` (`elicitation/create`), and `answers` has no answer left of 2");
    /// # client.close().await
    /// # }
    /// ```
    pub fn answers<A: Into<Elicited<Value>>>(self, answers: impl IntoIterator<Item = A>) -> Self {
        self.form(Answers::given("answers", answers.into_iter().map(|answer| elicited(answer.into()))))
    }

    /// Visits the pages of [`ElicitUrl`](crate::ElicitUrl) (since 2025-11-25).
    ///
    /// ```
    /// # use mcp_runtime::{Client, ElicitUrl, Elicited, Server, Unanswered, items, tool};
    /// # /// Connects an account.
    /// # #[tool]
    /// # async fn connect(person: &ElicitUrl) -> Result<bool, Unanswered> {
    /// #     Ok(person.visit("https://example.com/connect", "Please sign in.").await?.accepted().is_some())
    /// # }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> mcp_runtime::Result<()> {
    /// # let server = Server::new("test", "1.0.0").items(items![connect]);
    /// let visit = |page: mcp_runtime::VisitRequest| match page.url.starts_with("https://example.com/") {
    ///     true => Elicited::Accepted(()),
    ///     false => Elicited::Declined,
    /// };
    /// let client = Client::builder().visit(visit).connect(server).await?;
    /// client.call("connect", ()).await?.assert_text("true");
    /// # client.close().await
    /// # }
    /// ```
    pub fn visit(mut self, visit: impl FnMut(VisitRequest) -> Elicited<()> + Send + 'static) -> Self {
        self.answering.page = Some(Answers::Made(Mutex::new(pages(visit))));
        self
    }

    /// Answers [`Sample`](crate::Sample) in the place of a model: with a text, or a full [`Sampled`].
    ///
    /// ```
    /// # use mcp_runtime::serde_json::json;
    /// # use mcp_runtime::{Client, Sample, SampleRequest, Server, Unanswered, items, tool};
    /// # /// Sums a text up.
    /// # #[tool]
    /// # async fn sum_up(text: String, model: &Sample) -> Result<String, Unanswered> {
    /// #     Ok(model.ask(SampleRequest::new(200).user(format!("Sum up: {text}"))).await?.text())
    /// # }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> mcp_runtime::Result<()> {
    /// # let server = Server::new("test", "1.0.0").items(items![sum_up]);
    /// let client = Client::builder()
    ///     .sample(|request| {
    ///         assert_eq!(request, SampleRequest::new(200).user("Sum up: a long story"));
    ///         "A story."
    ///     })
    ///     .connect(server)
    ///     .await?;
    /// client.call("sum_up", json!({ "text": "a long story" })).await?.assert_text("A story.");
    /// # client.close().await
    /// # }
    /// ```
    pub fn sample<A: Into<Sampled>>(mut self, answer: impl FnMut(SampleRequest) -> A + Send + 'static) -> Self {
        self.answering.model = Some(Answers::Made(Mutex::new(models(answer))));
        self
    }

    /// Answers one question to the model after the other, like [`answers`](Self::answers).
    pub fn replies<A: Into<Sampled>>(mut self, replies: impl IntoIterator<Item = A>) -> Self {
        let replies = replies.into_iter().map(|reply| sampled(reply.into()));
        self.answering.model = Some(Answers::given("replies", replies));
        self
    }

    /// The folders that it works in, for [`Roots`](crate::Roots).
    ///
    /// ```
    /// # use mcp_runtime::{Client, Roots, Server, Unanswered, items, tool};
    /// # /// Counts the folders of the workspace.
    /// # #[tool]
    /// # async fn folders(roots: &Roots) -> Result<usize, Unanswered> { Ok(roots.list().await?.len()) }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> mcp_runtime::Result<()> {
    /// # let server = Server::new("test", "1.0.0").items(items![folders]);
    /// let client = Client::builder().roots(["file:///home/ann/project"]).connect(server).await?;
    /// client.call("folders", ()).await?.assert_text("1");
    /// # client.close().await
    /// # }
    /// ```
    pub fn roots<R: Into<Root>>(mut self, roots: impl IntoIterator<Item = R>) -> Self {
        let roots: Vec<Root> = roots.into_iter().map(Into::into).collect();
        self.answering.roots = Some(json!({ "roots": roots }));
        self
    }

    /// Lets calls become tasks (2026-07-28): [`Client::call`] follows them to their end.
    ///
    /// ```
    /// # use mcp_runtime::{Client, Server, items, tool};
    /// /// Renders a film.
    /// #[tool(task)]
    /// async fn render() -> &'static str {
    ///     "film.mp4"
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> mcp_runtime::Result<()> {
    /// let server = Server::new("films", "1.0.0").items(items![render]);
    /// let client = Client::builder().tasks().connect(server).await?;
    /// client.call("render", ()).await?.assert_text("film.mp4");
    /// # client.close().await
    /// # }
    /// ```
    pub fn tasks(mut self) -> Self {
        self.answering.tasks = true;
        self
    }

    /// Wants to know how far calls are ([`Progress`](crate::Progress)): hears it in order, and all before the call is answered.
    /// It must not block.
    ///
    /// ```
    /// # use mcp_runtime::{Client, Progress, Server, items, tool};
    /// # /// Copies.
    /// # #[tool]
    /// # async fn copy(progress: &Progress) {
    /// #     progress.report(1, 2, "half");
    /// # }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> mcp_runtime::Result<()> {
    /// # let server = Server::new("test", "1.0.0").items(items![copy]);
    /// let (sender, reports) = std::sync::mpsc::channel();
    /// let client = Client::builder().on_progress(move |report| drop(sender.send(report))).connect(server).await?;
    /// client.call("copy", ()).await?;
    /// assert_eq!(reports.try_recv().unwrap().message.as_deref(), Some("half"));
    /// # client.close().await
    /// # }
    /// ```
    pub fn on_progress(mut self, hear: impl FnMut(Reported) + Send + 'static) -> Self {
        self.ears.progress = Some(Box::new(hear));
        self
    }

    /// Wants log messages from this level on ([`Log`](crate::Log)). It must not block.
    ///
    /// ```
    /// # use mcp_runtime::{Client, Level, Log, Server, items, tool};
    /// # /// Cleans up.
    /// # #[tool]
    /// # async fn clean(log: &Log) {
    /// #     log.info("looking");
    /// #     log.warning("one is left");
    /// # }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> mcp_runtime::Result<()> {
    /// # let server = Server::new("test", "1.0.0").items(items![clean]);
    /// let (sender, messages) = std::sync::mpsc::channel();
    /// let hear = move |message| drop(sender.send(message));
    /// let client = Client::builder().on_log(Level::Warning, hear).connect(server).await?;
    /// client.call("clean", ()).await?;
    /// assert_eq!(messages.try_recv().unwrap().data, "one is left");
    /// # client.close().await
    /// # }
    /// ```
    pub fn on_log(mut self, from: Level, hear: impl FnMut(Logged) + Send + 'static) -> Self {
        self.ears.log = Some((from, Box::new(hear)));
        self
    }

    /// Starts the server, and opens a connection in memory. It needs a tokio runtime.
    ///
    /// # Errors
    /// When the server has faults, or a start hook fails.
    pub async fn connect(self, server: Server) -> Result<Client> {
        let (end, serving) = super::serve(server)?;
        Client::open(end, serving, self).await
    }

    /// What it says of itself, and who hears what.
    pub(super) fn into_parts(self) -> (Terms, Answering, Ears) {
        let Self { revision, info, answering, ears } = self;
        let terms = Terms {
            revision,
            info,
            capabilities: answering.capabilities(revision),
            level: ears.log.as_ref().map(|(from, _)| *from),
            wants_progress: ears.progress.is_some(),
        };
        (terms, answering, ears)
    }

    fn form(mut self, answers: Answers) -> Self {
        self.answering.form = Some(answers);
        self
    }
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder").field("revision", &self.revision).finish_non_exhaustive()
    }
}
