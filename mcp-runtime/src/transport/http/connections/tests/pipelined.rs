//! Requests that come behind another.

use super::*;

#[tokio::test]
async fn who_leaves_cancels_whatever_came_behind_the_request() {
    let server = Started::new(settings()).await;
    let long = format!("GET /{}", "a".repeat(12_000));
    let others = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(100);
    for behind in ["", "\r\n", "GET / HTTP/1.1\r\n", &others, &long] {
        let mut client = server.connect().await;
        client.send(&format!("GET /never HTTP/1.1\r\n{HOST}{behind}")).await;
        server.runs(1).await;
        drop(client);
        server.runs(0).await;
        let mut client = server.connect().await;
        client.get("/never").await;
        server.runs(1).await;
        for part in behind.as_bytes().chunks(5000) {
            client.0.write_all(part).await.unwrap();
            sleep(Duration::from_millis(5)).await;
        }
        assert_eq!(server.running.load(Relaxed), 1, "who stays waits");
        drop(client);
        server.runs(0).await;
    }
}

#[tokio::test]
async fn what_comes_behind_a_request_is_answered_after_it() {
    /// More than is kept of them.
    const OTHERS: usize = 2000;
    let server = Started::new(settings()).await;
    let mut client = server.connect().await;
    client.get("/slow").await;
    server.runs(1).await;
    client.get("/slow").await;
    sleep(Duration::from_millis(5)).await;
    client.send(&format!("GET / HTTP/1.1\r\n{HOST}").repeat(OTHERS)).await;
    for _ in 0..2 {
        client.read_until("slow").await;
    }
    for _ in 0..OTHERS {
        client.read_until("ok").await;
    }
    assert!(client.is_open().await);
}

#[tokio::test]
async fn half_a_request_behind_another_is_closed_too() {
    let server = Started::new(settings().idle_time(LIMIT).header_time(LIMIT)).await;
    let mut client = server.connect().await;
    client.send(&format!("GET / HTTP/1.1\r\n{HOST}GET / HT")).await;
    client.read_until("ok").await;
    let (_, took) = client.closed().await;
    assert!(is_in_time(took), "{took:?}");
}
