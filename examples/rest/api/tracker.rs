//! The tracker: issues in memory, on pages, behind a token.
//!
//! `POST /trouble` with a list says what happens to the next requests: `{"status": 503, "retry_after": "1"}`, and it is not
//! carried out unless it says `"late": true`; `{"delay": 2000}`, and it is carried out so many milliseconds later. `GET
//! /requests` tells which requests there were.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Json;
use axum::Router;
use axum::extract::{Path, Query, Request, State};
use axum::http::header::{AUTHORIZATION, HOST, LINK, RETRY_AFTER};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post, put};
use reqwest::Url;
use serde::{Deserialize, Serialize};
use serde_json::json;

const MOST_PER_PAGE: usize = 50;

type Tracker = Arc<Mutex<Issues>>;

struct Issues {
    token: String,
    issues: BTreeMap<u64, Issue>,
    /// The issue that was made with a key.
    made: HashMap<String, u64>,
    trouble: VecDeque<Trouble>,
    requests: Vec<String>,
}

#[derive(Clone, Serialize)]
struct Issue {
    number: u64,
    title: String,
    text: String,
    state: String,
    url: String,
}

#[derive(Deserialize)]
struct Draft {
    title: String,
    #[serde(default)]
    text: String,
}

#[derive(Deserialize)]
struct Wanted {
    text: Option<String>,
    state: Option<String>,
    page: Option<usize>,
    per_page: Option<usize>,
}

#[derive(Deserialize)]
struct Trouble {
    status: Option<u16>,
    retry_after: Option<String>,
    #[serde(default)]
    delay: u64,
    #[serde(default)]
    late: bool,
}

/// The whole API. Whoever asks needs the token.
pub(crate) fn router(token: &str) -> Router {
    let (issues, made, trouble, requests) = Default::default();
    let tracker: Tracker = Arc::new(Mutex::new(Issues { token: token.to_owned(), issues, made, trouble, requests }));
    Router::new()
        .route("/issues", get(find).post(open))
        .route("/issues/{number}", get(issue))
        .route("/issues/{number}/state", put(set_state))
        .layer(from_fn_with_state(tracker.clone(), authorize))
        .layer(from_fn_with_state(tracker.clone(), disturb))
        .route("/trouble", post(plan))
        .route("/requests", get(requests_so_far))
        .with_state(tracker)
}

async fn plan(State(tracker): State<Tracker>, Json(trouble): Json<Vec<Trouble>>) {
    lock(&tracker).trouble.extend(trouble);
}

async fn requests_so_far(State(tracker): State<Tracker>) -> Json<Vec<String>> {
    Json(lock(&tracker).requests.clone())
}

/// Does what was planned to the next request.
async fn disturb(State(tracker): State<Tracker>, request: Request, next: Next) -> Response {
    let trouble = {
        let mut tracker = lock(&tracker);
        tracker.requests.push(format!("{} {}", request.method(), request.uri()));
        tracker.trouble.pop_front()
    };
    let Some(Trouble { status, retry_after, delay, late }) = trouble else { return next.run(request).await };
    tokio::time::sleep(Duration::from_millis(delay)).await;
    let Some(status) = status else { return next.run(request).await };
    if late {
        next.run(request).await;
    }
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut answer = (status, "in trouble").into_response();
    let retry_after = retry_after.and_then(|value| value.parse().ok());
    answer.headers_mut().extend(retry_after.map(|value| (RETRY_AFTER, value)));
    answer
}

async fn authorize(State(tracker): State<Tracker>, request: Request, next: Next) -> Response {
    let token = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    if token != Some(lock(&tracker).token.as_str()) {
        return error(StatusCode::UNAUTHORIZED, "who are you?");
    }
    next.run(request).await
}

async fn find(State(tracker): State<Tracker>, headers: HeaderMap, Query(wanted): Query<Wanted>) -> Response {
    let (page, per_page) = (wanted.page.unwrap_or(1).max(1), wanted.per_page.unwrap_or(20).clamp(1, MOST_PER_PAGE));
    let is_wanted = |issue: &&Issue| {
        let text = wanted.text.as_deref().unwrap_or_default();
        (issue.title.contains(text) || issue.text.contains(text))
            && wanted.state.as_ref().is_none_or(|state| *state == issue.state)
    };
    let tracker = lock(&tracker);
    let found: Vec<_> = tracker.issues.values().rev().filter(is_wanted).collect();
    let start = page.saturating_sub(1).saturating_mul(per_page);
    let here: Vec<_> = found.iter().skip(start).take(per_page).collect();
    let more = start.saturating_add(per_page) < found.len();
    let host = headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let at = |page: usize| {
        let numbers = [("page", page.to_string()), ("per_page", per_page.to_string())];
        let texts = [("text", wanted.text.clone()), ("state", wanted.state.clone())];
        let texts = texts.into_iter().filter_map(|(key, value)| Some((key, value?)));
        Url::parse_with_params(&format!("http://{host}/issues"), numbers.into_iter().chain(texts))
            .map_or_else(|_| String::new(), |url| format!("<{url}>"))
    };
    let mut link = format!("{}; rel=\"first\"", at(1));
    if more {
        link += &format!(", {}; rel=\"next\"", at(page.saturating_add(1)));
    }
    ([(LINK, link)], Json(here)).into_response()
}

async fn issue(State(tracker): State<Tracker>, Path(number): Path<u64>) -> Response {
    match lock(&tracker).issues.get(&number) {
        Some(issue) => Json(issue).into_response(),
        None => error(StatusCode::NOT_FOUND, "no such issue"),
    }
}

async fn open(State(tracker): State<Tracker>, headers: HeaderMap, Json(draft): Json<Draft>) -> Response {
    let mut tracker = lock(&tracker);
    if draft.title.contains("spam") {
        return error(StatusCode::UNPROCESSABLE_ENTITY, "the title looks like spam");
    }
    let key = headers.get("idempotency-key").and_then(|key| key.to_str().ok()).map(str::to_owned);
    let made = key.as_ref().and_then(|key| tracker.made.get(key).copied());
    let number = made.unwrap_or_else(|| tracker.issues.len() as u64 + 1);
    let url = format!("/issues/{number}");
    let issue = Issue { number, title: draft.title, text: draft.text, state: "open".into(), url };
    let issue = tracker.issues.entry(number).or_insert(issue).clone();
    tracker.made.extend(key.map(|key| (key, number)));
    (StatusCode::CREATED, Json(issue)).into_response()
}

async fn set_state(State(tracker): State<Tracker>, Path(number): Path<u64>, Json(state): Json<String>) -> Response {
    match lock(&tracker).issues.get_mut(&number) {
        Some(issue) => {
            issue.state = state;
            Json(&*issue).into_response()
        }
        None => error(StatusCode::NOT_FOUND, "no such issue"),
    }
}

fn error(status: StatusCode, message: &str) -> Response {
    (status, Json(json!({ "message": message }))).into_response()
}

fn lock(tracker: &Tracker) -> MutexGuard<'_, Issues> {
    tracker.lock().unwrap_or_else(PoisonError::into_inner)
}
