//! An API that wants the token, or the memory or the time of the server.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::http::StatusCode;
use axum::http::header::{LINK, LOCATION};
use axum::response::IntoResponse;
use axum::routing::{any, get};

use super::*;

/// Counts who comes: it should be nobody.
async fn trap() -> (String, Arc<AtomicUsize>) {
    let caught = Arc::new(AtomicUsize::new(0));
    let counter = caught.clone();
    let api = Router::new().fallback(any(async move || {
        counter.fetch_add(1, Ordering::Relaxed);
        axum::Json(json!([]))
    }));
    (start(api).await, caught)
}

/// What a call says of an API that answers like this.
async fn find<R: IntoResponse + Clone + Send + Sync + 'static>(answer: R) -> (bool, String) {
    let api = Router::new().route("/issues", get(async move || answer));
    let client = client_of(&start(api).await, TOKEN).await;
    let answer = client.call("find_issues", json!({})).await.unwrap();
    (answer.is_error(), answer.text())
}

#[tokio::test]
async fn the_token_goes_nowhere_else() {
    let (other, caught) = trap().await;
    let link = [(LINK, format!("<{other}/issues?page=2>; rel=\"next\""))];
    let (is_error, text) = find((link, "[]")).await;
    assert!(!is_error && text.contains(r#""more":false"#), "{text}");
    for status in [StatusCode::MOVED_PERMANENTLY, StatusCode::FOUND, StatusCode::PERMANENT_REDIRECT] {
        let (is_error, text) = find((status, [(LOCATION, format!("{other}/issues"))], "")).await;
        assert!(is_error && text.contains("makes no sense"), "{text}");
    }
    assert_eq!(caught.load(Ordering::Relaxed), 0);
}

#[tokio::test]
async fn pages_without_an_end_have_one_here() {
    let asked = Arc::new(AtomicUsize::new(0));
    let counter = asked.clone();
    let api = Router::new().route(
        "/issues",
        get(async move || {
            counter.fetch_add(1, Ordering::Relaxed);
            ([(LINK, "</issues?again>; rel=next")], "[]")
        }),
    );
    let client = client_of(&start(api).await, TOKEN).await;
    let found: Found = client.call("find_issues", json!({})).await.unwrap().structured();
    assert_eq!((found.issues.len(), found.more, asked.load(Ordering::Relaxed)), (0, true, 20));
}

#[tokio::test]
async fn an_answer_that_is_too_long_is_not_held() {
    let (is_error, text) = find("x".repeat(5 * 1024 * 1024)).await;
    assert!(is_error && text.contains("longer than"), "{text}");
}

#[tokio::test]
async fn what_is_no_issue_is_an_error_of_the_api() {
    for answer in ["", "<html>", "{}", "[{}]", r#"[{"number":-1}]"#] {
        let (is_error, text) = find(answer).await;
        assert!(is_error && text.starts_with("the tracker gave an answer that makes no sense: "), "{text}");
    }
}

#[tokio::test]
async fn what_the_api_says_of_a_mistake_is_cut() {
    let (is_error, text) = find((StatusCode::BAD_REQUEST, json!({ "message": "é".repeat(9999) }).to_string())).await;
    assert!(is_error && text.chars().count() < 600, "{text}");
    let (_, text) = find((StatusCode::IM_A_TEAPOT, "<html>")).await;
    assert_eq!(text, "the tracker does not accept this: 418 I'm a teapot");
}
