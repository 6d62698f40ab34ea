//! An API that is slow, busy or out of order, for a while or for longer.

use std::time::Instant;

use super::*;

#[tokio::test]
async fn what_passes_is_tried_again() {
    let fixture = Fixture::new().await;
    let number = fixture.open("It crashes", "").await;
    for status in [408, 429, 500, 502, 503, 504] {
        let before = fixture.requests().await.len();
        fixture.trouble(json!([{ "status": status }, { "status": status }])).await;
        let answer = fixture.client.call("get_issue", json!({ "number": number })).await.unwrap();
        assert!(!answer.is_error(), "{status}: {}", answer.text());
        assert_eq!(fixture.requests().await.len() - before, 3, "{status}");
    }
}

#[tokio::test]
async fn what_does_not_pass_is_given_up_and_said() {
    let fixture = Fixture::new().await;
    fixture.trouble(json!([{ "status": 503 }, { "status": 500 }, { "status": 502 }])).await;
    let text = refusal(&fixture.client, "get_issue", json!({ "number": 1 })).await;
    assert_eq!(text, "the tracker is out of order or busy: try again in a minute");
    assert_eq!(fixture.requests().await.len(), 3);
}

#[tokio::test]
async fn an_api_that_says_when_to_come_back_is_believed() {
    let fixture = Fixture::new().await;
    let number = fixture.open("It crashes", "").await;
    fixture.trouble(json!([{ "status": 429, "retry_after": "1" }])).await;
    let began = Instant::now();
    assert!(!fixture.client.call("get_issue", json!({ "number": number })).await.unwrap().is_error());
    assert!(began.elapsed() >= Duration::from_secs(1), "{:?}", began.elapsed());
    assert_eq!(fixture.requests().await.len(), 3);
}

#[tokio::test]
async fn nobody_waits_for_an_hour() {
    let fixture = Fixture::new().await;
    fixture.trouble(json!([{ "status": 503, "retry_after": "3600" }])).await;
    let text = refusal(&fixture.client, "find_issues", json!({})).await;
    assert!(text.starts_with("the tracker is busy: try again in 3600 s"), "{text}");
    fixture.trouble(json!([{ "status": 429, "retry_after": "99" }])).await;
    let answer = fixture.client.call("close_issue", json!({ "number": 1 })).await.unwrap();
    assert!(answer.text().contains(r#"{"retry_after_seconds":99}"#), "{}", answer.text());
    assert_eq!(fixture.requests().await.len(), 2, "each is asked once");
}

#[tokio::test]
async fn an_api_that_does_not_answer_in_time_is_asked_again() {
    let fixture = Fixture::new().await;
    let number = fixture.open("It crashes", "").await;
    fixture.trouble(json!([{ "delay": 5000 }])).await;
    assert!(!fixture.client.call("get_issue", json!({ "number": number })).await.unwrap().is_error());
    fixture.trouble(json!([{ "delay": 5000 }, { "delay": 5000 }, { "delay": 5000 }])).await;
    let began = Instant::now();
    let text = refusal(&fixture.client, "get_issue", json!({ "number": number })).await;
    assert_eq!(text, "the tracker does not answer in time: try again in a minute");
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
}

/// The API has done it, and the answer is lost on the way.
#[tokio::test]
async fn nothing_is_made_twice() {
    let fixture = Fixture::new().await;
    fixture.trouble(json!([{ "status": 503, "late": true }, { "status": 500, "late": true }])).await;
    assert_eq!(fixture.open("It crashes", "").await, 1);
    assert_eq!(fixture.requests().await, ["POST /issues"; 3]);
    assert_eq!(fixture.open("It crashes", "").await, 2, "who asks again wants another one");
    assert_eq!(fixture.find(json!({})).await.issues.len(), 2);
}

#[tokio::test]
async fn what_is_wrong_is_not_tried_again() {
    let fixture = Fixture::new().await;
    let text = refusal(&fixture.client, "open_issue", json!({ "title": "spam" })).await;
    assert_eq!(text, "the tracker does not accept this: the title looks like spam");
    assert_eq!(fixture.requests().await.len(), 1);
    let stranger = client_of(&fixture.url, "another token").await;
    let text = refusal(&stranger, "find_issues", json!({})).await;
    assert!(text.contains("ask the user to check `TRACKER_TOKEN`") && !text.contains("another token"), "{text}");
    assert_eq!(fixture.requests().await.len(), 2);
}

#[tokio::test]
async fn an_api_that_is_not_there_is_said_to_be() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let text = refusal(&client_of(&url, TOKEN).await, "find_issues", json!({})).await;
    assert!(text.starts_with("the tracker cannot be reached"), "{text}");
}
