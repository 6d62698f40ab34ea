//! Over real sockets, with times in tenths of seconds.

use std::future::pending;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use super::*;
use crate::stop::Ask;
use crate::transport::http::body::{Body, Outlet};

const LIMIT: Duration = Duration::from_millis(160);
const SLOW: Duration = Duration::from_millis(400);
const HOST: &str = "Host: localhost\r\n\r\n";
/// More than the buffers of two sockets hold.
const BIG: usize = 32 * 1024 * 1024;

/// How often a silent stream says something.
const KEEP_ALIVE: Duration = Duration::from_millis(40);

/// `/slow` takes its time, `/never` takes for ever, `/big` is big, `/stream` is a silent stream, `/fault` panics, everything
/// else is `ok`.
struct Echo {
    pulse: Arc<Pulse>,
    running: Arc<AtomicUsize>,
}

impl Service<Request<Incoming>> for Echo {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

    fn call(&self, request: Request<Incoming>) -> Self::Future {
        let guard = self.pulse.request();
        let running = Running::new(&self.running);
        Box::pin(async move {
            let body = match request.uri().path() {
                "/slow" => {
                    sleep(SLOW).await;
                    Body::json("slow")
                }
                "/never" => pending().await,
                "/big" => Body::json(vec![0; BIG]),
                "/stream" => silence(),
                "/fault" => panic!("a fault"),
                _ => Body::json("ok"),
            };
            drop(running);
            let mut response = Response::new(body);
            response.body_mut().counts(Some(guard));
            Ok(response)
        })
    }
}

/// A stream that lasts as long as it is read.
fn silence() -> Body {
    let (outlet, events) = Outlet::new(KEEP_ALIVE);
    tokio::spawn(async move { outlet.closed().await });
    Body::events(events)
}

/// Counts calls that have been neither answered nor dropped.
struct Running(Arc<AtomicUsize>);

impl Running {
    fn new(running: &Arc<AtomicUsize>) -> Self {
        running.fetch_add(1, Relaxed);
        Self(running.clone())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Relaxed);
    }
}

struct Started {
    address: SocketAddr,
    ask: Ask,
    serving: JoinHandle<()>,
    running: Arc<AtomicUsize>,
}

impl Started {
    async fn new(http: Http) -> Self {
        Self::draining(http, Duration::from_secs(5)).await
    }

    async fn draining(http: Http, drain: Duration) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (ask, stop) = Stop::new();
        let running = Arc::<AtomicUsize>::default();
        let calls = running.clone();
        let make = move |pulse| Echo { pulse, running: calls.clone() };
        let serving = tokio::spawn(async move { serve(listener, &http, drain, &stop, make).await });
        Self { address, ask, serving, running }
    }

    /// Waits until so many calls run.
    async fn runs(&self, calls: usize) {
        let all = async {
            while self.running.load(Relaxed) != calls {
                sleep(Duration::from_millis(5)).await;
            }
        };
        timeout(Duration::from_secs(5), all).await.expect("so many calls run");
    }

    async fn connect(&self) -> Client {
        let stream = TcpStream::connect(self.address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        Client(stream)
    }

    /// How long it takes to stop.
    async fn stop(self) -> Duration {
        let started = Instant::now();
        self.ask.ask();
        self.serving.await.unwrap();
        started.elapsed()
    }
}

struct Client(TcpStream);

impl Client {
    async fn send(&mut self, text: &str) {
        self.0.write_all(text.as_bytes()).await.unwrap();
    }

    async fn get(&mut self, path: &str) {
        self.send(&format!("GET {path} HTTP/1.1\r\n{HOST}")).await;
    }

    /// Reads until the text ends so.
    async fn read_until(&mut self, end: &str) -> String {
        let mut text = Vec::new();
        while !text.ends_with(end.as_bytes()) {
            text.push(self.0.read_u8().await.unwrap());
        }
        String::from_utf8(text).unwrap()
    }

    /// Reads until the server closes, and says how long that took.
    async fn closed(&mut self) -> (String, Duration) {
        let (started, mut text) = (Instant::now(), Vec::new());
        let read = self.0.read_to_end(&mut text);
        // What is reset is closed too.
        let _ = timeout(Duration::from_secs(5), read).await.expect("it is closed in time");
        (String::from_utf8(text).unwrap(), started.elapsed())
    }

    async fn is_open(&mut self) -> bool {
        timeout(Duration::from_millis(1), self.0.read_u8()).await.is_err()
    }
}

fn settings() -> Http {
    Http::new()
}

/// The limit, and a look later at the latest; the rest is for a slow machine.
fn is_in_time(took: Duration) -> bool {
    (LIMIT - Duration::from_millis(40)..LIMIT * 3).contains(&took)
}

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
    assert!(answer.ends_with(r#"{"jsonrpc":"2.0","error":{"code":-32603,"message":"the server has as many connections as it takes: try again later"}}"#));
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

/// HTTP/2 by hand.
impl Client {
    /// Starts the connection with the first stream.
    async fn send_http2(&mut self, stream: u8, path: &str) {
        if stream == 1 {
            self.start_http2(&[]).await;
        }
        self.ask_http2(stream, path).await;
    }

    async fn start_http2(&mut self, settings: &[u8]) {
        let length = u8::try_from(settings.len()).unwrap();
        let preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".as_slice();
        self.0.write_all(&[preface, &[0, 0, length, 4, 0, 0, 0, 0, 0], settings].concat()).await.unwrap();
    }

    /// Starts a connection whose client takes so many bytes of each stream.
    async fn start_narrow(&mut self, window: u8) {
        self.start_http2(&[0, 4, 0, 0, 0, window]).await;
    }

    async fn ask_http2(&mut self, stream: u8, path: &str) {
        let length = |text: &str| u8::try_from(text.len()).unwrap();
        // `:method GET`, `:scheme http`, `:path`, `:authority`.
        let mut headers = vec![0x82, 0x86, 0x44, length(path)];
        headers.extend(path.bytes());
        headers.extend([0x41, length("localhost")]);
        headers.extend("localhost".bytes());
        let mut frame = vec![0, 0, u8::try_from(headers.len()).unwrap(), 1, 0x5, 0, 0, 0, stream];
        frame.extend(headers);
        self.0.write_all(&frame).await.unwrap();
    }

    /// Lets the server send so many bytes more, on the first stream.
    async fn widen(&mut self, length: usize) {
        let length = u32::try_from(length).unwrap().to_be_bytes();
        for stream in [0, 1] {
            let frame = [b"\0\0\x04\x08\0\0\0\0".as_slice(), &[stream], &length].concat();
            // The server may be done, and gone.
            let _ = self.0.write_all(&frame).await;
        }
    }

    /// The next frame: its kind, flags, stream and content. Pings are answered.
    async fn frame(&mut self) -> std::io::Result<(u8, u8, u8, Vec<u8>)> {
        let mut head = [0; 9];
        self.0.read_exact(&mut head).await?;
        let mut content = vec![0; usize::from(head[1]) * 256 + usize::from(head[2])];
        self.0.read_exact(&mut content).await?;
        if (head[3], head[4]) == (6, 0) {
            let pong = [b"\0\0\x08\x06\x01\0\0\0\0", content.as_slice()].concat();
            self.0.write_all(&pong).await?;
        }
        Ok((head[3], head[4], head[8], content))
    }

    /// The body of the stream.
    async fn answer_http2(&mut self, stream: u8) -> String {
        let mut body = Vec::new();
        loop {
            let (kind, flags, of, content) = self.frame().await.unwrap();
            match kind {
                0 if of == stream => body.extend(content),
                1 if of == stream => assert_eq!(content[0], 0x88, "`:status 200`"),
                _ => continue,
            }
            if flags & 1 == 1 {
                return String::from_utf8(body).unwrap();
            }
        }
    }

    /// The kinds of the frames of a stream until it is reset.
    async fn frames_until_reset(&mut self, stream: u8) -> Vec<u8> {
        const RESET: u8 = 3;
        let mut kinds = Vec::new();
        let all = async {
            while kinds.last() != Some(&RESET) {
                let (kind, _, of, _) = self.frame().await.unwrap();
                kinds.extend((of == stream).then_some(kind));
            }
        };
        timeout(Duration::from_secs(5), all).await.expect("it is reset in time");
        kinds.pop();
        kinds
    }

    /// The kinds of the frames that are left.
    async fn frames_until_closed(&mut self) -> Vec<u8> {
        let mut kinds = Vec::new();
        let all = async {
            while let Ok((kind, ..)) = self.frame().await {
                kinds.push(kind);
            }
        };
        timeout(Duration::from_secs(5), all).await.expect("it is closed in time");
        kinds
    }
}

#[tokio::test]
async fn http_2_is_spoken_to_who_starts_with_it() {
    let server = Started::new(settings()).await;
    let mut client = server.connect().await;
    client.send_http2(1, "/slow").await;
    client.send_http2(3, "/").await;
    assert_eq!(client.answer_http2(3).await, "ok");
    assert_eq!(client.answer_http2(1).await, "slow");
    client.send_http2(5, "/slow").await;
    sleep(Duration::from_millis(50)).await;
    let (took, answer) = tokio::join!(server.stop(), client.answer_http2(5));
    assert_eq!(answer, "slow");
    assert!(took >= SLOW - Duration::from_millis(100), "{took:?}");
}

/// (RFC 9113, 5.1.2: streams past that are refused.)
#[tokio::test]
async fn an_http_2_client_is_told_how_many_streams_it_may_open() {
    const SETTINGS: u8 = 4;
    let server = Started::new(settings()).await;
    let mut client = server.connect().await;
    client.start_http2(&[]).await;
    let (kind, _, _, settings) = client.frame().await.unwrap();
    assert_eq!(kind, SETTINGS, "they come first");
    assert!(settings.chunks(6).any(|one| one == [0, 3, 0, 0, 0, 200]), "{settings:?}");
}

#[tokio::test]
async fn an_idle_http_2_connection_is_told_before_it_is_closed() {
    const GO_AWAY: u8 = 7;
    let server = Started::new(settings().idle_time(LIMIT)).await;
    let mut client = server.connect().await;
    client.send_http2(1, "/").await;
    client.answer_http2(1).await;
    let started = Instant::now();
    assert!(client.frames_until_closed().await.contains(&GO_AWAY));
    assert!(is_in_time(started.elapsed()), "{:?}", started.elapsed());
}

#[tokio::test]
async fn a_slow_http_2_reader_gets_everything() {
    let server = Started::new(settings().idle_time(LIMIT)).await;
    let mut client = server.connect().await;
    client.send_http2(1, "/big").await;
    let (started, mut length) = (Instant::now(), 0);
    while length < BIG {
        let (kind, _, _, content) = client.frame().await.unwrap();
        if kind == 0 {
            client.widen(content.len()).await;
            length += content.len();
        }
        // About a second in all.
        if length % (BIG / 32) < 16_384 {
            sleep(Duration::from_millis(30)).await;
        }
    }
    assert!(started.elapsed() > LIMIT * 2);
    assert_eq!(length, BIG);
}

#[tokio::test]
async fn a_dead_http_2_client_does_not_hold_the_server_up() {
    let server = Started::new(settings()).await;
    let mut client = server.connect().await;
    client.send_http2(1, "/").await;
    client.answer_http2(1).await;
    let took = server.stop().await;
    assert!(took < Duration::from_millis(500), "{took:?}");
}

#[tokio::test]
async fn an_answer_that_an_http_2_client_does_not_take_is_dropped() {
    let server = Started::new(settings().write_gap(LIMIT).idle_time(LIMIT)).await;
    let mut client = server.connect().await;
    client.start_narrow(0).await;
    for stream in [1, 3] {
        client.ask_http2(stream, "/").await;
        let started = Instant::now();
        assert_eq!(client.frames_until_reset(stream).await, [1], "headers alone");
        assert!(is_in_time(started.elapsed()), "{:?}", started.elapsed());
    }
    client.frames_until_closed().await;
}

#[tokio::test]
async fn one_http_2_stream_that_nobody_takes_does_not_end_the_others() {
    let server = Started::new(settings().write_gap(LIMIT)).await;
    let mut client = server.connect().await;
    client.start_narrow(2).await;
    client.ask_http2(1, "/slow").await;
    client.ask_http2(3, "/stream").await;
    assert!(client.frames_until_reset(3).await.starts_with(&[1, 0]), "it has begun");
    server.runs(0).await;
    client.ask_http2(5, "/").await;
    assert_eq!(client.answer_http2(5).await, "ok");
}

#[tokio::test]
async fn an_http_2_stream_whose_client_stops_taking_is_dropped() {
    let server = Started::new(settings().write_gap(LIMIT)).await;
    let mut client = server.connect().await;
    client.start_narrow(10).await;
    client.ask_http2(1, "/stream").await;
    let started = Instant::now();
    let kinds = client.frames_until_reset(1).await;
    assert!(kinds.starts_with(&[1, 0, 0, 0, 0]), "{kinds:?}");
    assert!(started.elapsed() > LIMIT + KEEP_ALIVE * 3, "{:?}", started.elapsed());
}

#[tokio::test]
async fn a_silent_http_2_stream_goes_on() {
    let server = Started::new(settings().write_gap(LIMIT).idle_time(LIMIT)).await;
    let mut client = server.connect().await;
    client.send_http2(1, "/stream").await;
    let (started, mut comments) = (Instant::now(), 0);
    while started.elapsed() < LIMIT * 4 {
        let (kind, _, stream, content) = client.frame().await.unwrap();
        if stream == 1 && kind == 0 {
            assert_eq!(content, b":\n\n");
            comments += 1;
        }
    }
    assert!(comments > 4, "{comments}");
}

#[tokio::test]
async fn an_http_2_call_that_has_nothing_to_send_goes_on() {
    let server = Started::new(settings().write_gap(LIMIT)).await;
    let mut client = server.connect().await;
    client.send_http2(1, "/slow").await;
    assert_eq!(client.answer_http2(1).await, "slow");
}

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
