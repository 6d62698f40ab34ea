//! What the API of the tracker offers, as types and functions.

use std::time::{Duration, Instant};

use mcp_runtime::model;
use mcp_runtime::serde_json::json;

use crate::fault::Fault;
use crate::http::{Answer, Http};

/// As many as the API gives at once.
const PER_PAGE: usize = 50;

/// How many pages are fetched at most, however little is on them.
const MOST_PAGES: usize = 20;

/// After this time no further page is begun.
const PATIENCE: Duration = Duration::from_secs(15);

/// The tracker.
pub(crate) struct Tracker {
    http: Http,
}

/// An issue as the API has it. What else it says is left out.
#[model]
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Issue {
    pub number: u64,
    pub title: String,
    pub text: String,
    /// `open` or `closed`.
    pub state: String,
}

/// Which issues to find.
#[derive(Debug)]
pub(crate) struct Query {
    pub text: Option<String>,
    pub state: Option<&'static str>,
    pub limit: usize,
}

/// What was found.
#[model]
pub(crate) struct Found {
    pub issues: Vec<Issue>,
    /// Whether there may be more of them.
    pub more: bool,
}

impl Tracker {
    pub(crate) fn new(http: Http) -> Self {
        Self { http }
    }

    /// The issues that match, from as many pages as it takes.
    pub(crate) async fn find(&self, query: &Query) -> Result<Found, Fault> {
        let mut url = self.http.url(&["issues"]);
        let per_page = query.limit.min(PER_PAGE).to_string();
        url.query_pairs_mut()
            .append_pair("per_page", &per_page)
            .extend_pairs(query.text.as_ref().map(|text| ("text", text)))
            .extend_pairs(query.state.map(|state| ("state", state)));
        let (mut issues, mut next, began) = (Vec::new(), Some(url), Instant::now());
        for _ in 0..MOST_PAGES {
            if issues.len() >= query.limit || began.elapsed() > PATIENCE {
                break;
            }
            let Some(url) = next.take() else { break };
            let page: Answer<Vec<Issue>> = self.http.get(url).await?;
            issues.extend(page.value);
            next = page.next;
        }
        let more = next.is_some() || issues.len() > query.limit;
        issues.truncate(query.limit);
        Ok(Found { issues, more })
    }

    /// The issue with this number.
    pub(crate) async fn issue(&self, number: u64) -> Result<Option<Issue>, Fault> {
        let url = self.http.url(&["issues", &number.to_string()]);
        found(self.http.get(url).await.map(|answer| answer.value))
    }

    /// Opens an issue.
    pub(crate) async fn open(&self, title: &str, text: &str) -> Result<Issue, Fault> {
        self.http.post(self.http.url(&["issues"]), &json!({ "title": title, "text": text })).await
    }

    /// Closes an issue; `None` if there is none with this number.
    pub(crate) async fn close(&self, number: u64) -> Result<Option<Issue>, Fault> {
        let url = self.http.url(&["issues", &number.to_string(), "state"]);
        found(self.http.put(url, &"closed").await)
    }
}

/// That there is none is no fault.
fn found<T>(answer: Result<T, Fault>) -> Result<Option<T>, Fault> {
    match answer {
        Err(Fault::Missing) => Ok(None),
        answer => answer.map(Some),
    }
}
