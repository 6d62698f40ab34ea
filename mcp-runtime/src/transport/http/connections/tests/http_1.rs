//! HTTP/1.1: limits of time and room, and how a server stops.

use super::*;

#[tokio::test]
async fn a_connection_takes_one_request_after_another() {
    let server = Started::new(settings()).await;
    let mut client = server.connect().await;
    for _ in 0..3 {
        client.get("/").await;
        let answer = client.read_until("ok").await;
        assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    }
    client.send("GET / HTTP/1.1\r\nConnection: close\r\n").await;
    client.send(HOST).await;
    assert!(client.closed().await.0.ends_with("ok"));
}

#[tokio::test]
async fn silence_is_closed() {
    let server = Started::new(settings().idle_time(LIMIT)).await;
    let (text, took) = server.connect().await.closed().await;
    assert!(text.is_empty());
    assert!(is_in_time(took), "{took:?}");
}

#[tokio::test]
async fn an_idle_connection_is_closed() {
    let server = Started::new(settings().idle_time(LIMIT)).await;
    let mut client = server.connect().await;
    for _ in 0..3 {
        sleep(LIMIT / 2).await;
        client.get("/").await;
        client.read_until("ok").await;
    }
    let (_, took) = client.closed().await;
    assert!(is_in_time(took), "{took:?}");
}

#[tokio::test]
async fn slow_headers_are_closed() {
    let server = Started::new(settings().header_time(LIMIT)).await;
    let mut client = server.connect().await;
    let started = Instant::now();
    client.send("GET / HTTP/1.1\r\n").await;
    while started.elapsed() < LIMIT - Duration::from_millis(60) {
        client.send("a: b\r\n").await;
        sleep(Duration::from_millis(10)).await;
    }
    client.closed().await;
    assert!(is_in_time(started.elapsed()), "{:?}", started.elapsed());
}

#[tokio::test]
async fn headers_are_limited_on_a_used_connection_too() {
    let server = Started::new(settings().header_time(LIMIT)).await;
    let mut client = server.connect().await;
    client.get("/").await;
    client.read_until("ok").await;
    sleep(LIMIT * 2).await;
    assert!(client.is_open().await, "without a byte of headers it is idle");
    client.send("GET").await;
    let (_, took) = client.closed().await;
    assert!(is_in_time(took), "{took:?}");
}

#[tokio::test]
async fn a_busy_connection_is_left_alone() {
    let server = Started::new(settings().idle_time(LIMIT).header_time(LIMIT).write_gap(LIMIT)).await;
    let mut client = server.connect().await;
    client.get("/slow").await;
    assert!(client.read_until("slow").await.starts_with("HTTP/1.1 200"));
    client.get("/").await;
    client.read_until("ok").await;
}

#[tokio::test]
async fn a_client_that_never_reads_is_closed() {
    let server = Started::new(settings().write_gap(LIMIT)).await;
    let mut client = server.connect().await;
    client.get("/big").await;
    sleep(LIMIT * 3).await;
    let mut text = Vec::new();
    let _ = timeout(Duration::from_secs(5), client.0.read_to_end(&mut text)).await.expect("it is closed");
    assert!(text.len() < BIG, "{}", text.len());
}

#[tokio::test]
async fn a_client_that_reads_slowly_gets_everything() {
    let server = Started::new(settings().write_gap(LIMIT).idle_time(LIMIT)).await;
    let mut client = server.connect().await;
    client.get("/big").await;
    client.read_until("\r\n\r\n").await;
    let (mut left, mut buffer) = (BIG, vec![0; 1024 * 1024]);
    while left > 0 {
        let read = client.0.read(&mut buffer).await.unwrap();
        assert!(read > 0, "closed with {left} bytes to come");
        left -= read;
        sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn long_headers_reach_the_service() {
    let server = Started::new(settings().header_length(8192)).await;
    let mut client = server.connect().await;
    client.send(&format!("GET / HTTP/1.1\r\na: {}\r\n{HOST}", "b".repeat(15_000))).await;
    assert!(client.read_until("ok").await.starts_with("HTTP/1.1 200"));
    client.send(&format!("GET / HTTP/1.1\r\na: {}\r\n{HOST}", "b".repeat(20_000))).await;
    assert!(client.closed().await.0.starts_with("HTTP/1.1 431"));
}

#[tokio::test]
async fn one_connection_too_many_is_told_so() {
    let server = Started::new(settings().connections(1)).await;
    let mut first = server.connect().await;
    first.get("/").await;
    first.read_until("ok").await;
    let mut second = server.connect().await;
    second.get("/").await;
    let (answer, _) = second.closed().await;
    assert!(answer.starts_with("HTTP/1.1 503 Service Unavailable\r\n"), "{answer}");
    assert!(answer.contains("\r\ncontent-type: application/json\r\n"), "{answer}");
    assert!(answer.contains("\r\nconnection: close\r\n"), "{answer}");
    assert!(answer.ends_with(r#"{"jsonrpc":"2.0","error":{"code":-32603,"message":"the server is busy: 1 connections are open; try again later"}}"#));
    assert!(answer.contains("\r\nretry-after: 1\r\n"), "{answer}");
    drop(first);
    sleep(Duration::from_millis(50)).await;
    let mut third = server.connect().await;
    third.get("/").await;
    third.read_until("ok").await;
}

#[tokio::test]
async fn only_so_many_are_told() {
    let server = Started::new(settings().connections(0)).await;
    let mut told = Vec::new();
    for _ in 0..TOLD {
        told.push(server.connect().await);
    }
    let (answer, _) = server.connect().await.closed().await;
    assert_eq!(answer, "");
    for client in &mut told {
        client.get("/").await;
        assert!(client.closed().await.0.starts_with("HTTP/1.1 503"));
    }
    let mut next = server.connect().await;
    next.get("/").await;
    assert!(next.closed().await.0.starts_with("HTTP/1.1 503"));
}

#[tokio::test]
async fn a_fault_ends_its_own_connection() {
    let server = Started::new(settings()).await;
    let (mut other, mut client) = (server.connect().await, server.connect().await);
    client.get("/fault").await;
    client.closed().await;
    other.get("/").await;
    other.read_until("ok").await;
    assert!(server.stop().await < Duration::from_millis(300));
}

#[tokio::test]
async fn who_leaves_is_forgotten() {
    let server = Started::new(settings().connections(2)).await;
    for _ in 0..50 {
        let mut client = server.connect().await;
        client.send("GET / HTTP/1.1\r\nConnection: close\r\n").await;
        client.send(HOST).await;
        assert!(client.closed().await.0.starts_with("HTTP/1.1 200"));
    }
}

#[tokio::test]
async fn an_idle_server_stops_at_once() {
    let server = Started::new(settings()).await;
    let (_silent, mut idle) = (server.connect().await, server.connect().await);
    idle.get("/").await;
    idle.read_until("ok").await;
    let address = server.address;
    let took = server.stop().await;
    assert!(took < Duration::from_millis(250), "{took:?}");
    assert!(idle.closed().await.0.is_empty());
    assert!(TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn what_was_begun_is_finished() {
    let server = Started::new(settings()).await;
    let mut client = server.connect().await;
    client.get("/slow").await;
    sleep(Duration::from_millis(50)).await;
    let (took, (answer, _)) = tokio::join!(server.stop(), client.closed());
    assert!(answer.contains("\r\nconnection: close\r\n") && answer.ends_with("slow"), "{answer}");
    assert!(took >= SLOW - Duration::from_millis(100), "{took:?}");
}

#[tokio::test]
async fn what_waits_to_be_accepted_is_answered() {
    let server = Started::new(settings()).await;
    let mut clients = Vec::new();
    // Nothing is accepted between these lines: there is one thread, and the sockets of clients do not wait.
    for _ in 0..50 {
        let mut stream = std::net::TcpStream::connect(server.address).unwrap();
        std::io::Write::write_all(&mut stream, format!("GET / HTTP/1.1\r\n{HOST}").as_bytes()).unwrap();
        stream.set_nonblocking(true).unwrap();
        clients.push(Client(TcpStream::from_std(stream).unwrap()));
    }
    server.stop().await;
    for client in &mut clients {
        assert!(client.closed().await.0.ends_with("ok"));
    }
}

#[tokio::test]
async fn nothing_outlives_the_deadline() {
    let server = Started::draining(settings(), Duration::from_millis(100)).await;
    let mut client = server.connect().await;
    client.get("/slow").await;
    sleep(Duration::from_millis(50)).await;
    let running = server.running.clone();
    assert_eq!(running.load(Relaxed), 1);
    let took = server.stop().await;
    assert_eq!(running.load(Relaxed), 0);
    assert!((Duration::from_millis(100)..Duration::from_millis(300)).contains(&took), "{took:?}");
    assert!(client.closed().await.0.is_empty());
}

#[tokio::test]
async fn who_is_urged_waits_for_nothing() {
    let server = Started::new(settings()).await;
    let mut client = server.connect().await;
    client.get("/slow").await;
    sleep(Duration::from_millis(50)).await;
    server.ask.ask();
    let running = server.running.clone();
    let took = server.stop().await;
    assert!(took < Duration::from_millis(250), "{took:?}");
    assert_eq!(running.load(Relaxed), 0);
}

#[tokio::test]
async fn dropping_it_ends_everything() {
    let server = Started::new(settings()).await;
    let (mut client, mut http2) = (server.connect().await, server.connect().await);
    client.get("/slow").await;
    http2.send_http2(1, "/slow").await;
    sleep(Duration::from_millis(50)).await;
    assert_eq!(server.running.load(Relaxed), 2);
    server.serving.abort();
    client.closed().await;
    http2.frames_until_closed().await;
    assert_eq!(server.running.load(Relaxed), 0);
}
