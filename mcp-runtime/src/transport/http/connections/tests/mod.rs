//! Over real sockets, with times in tenths of seconds.

mod http_1;
mod http_2;
mod pipelined;

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
use crate::transport::http::unread::Unread;

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
    let (outlet, events) = Outlet::new(KEEP_ALIVE, Unread::unbounded());
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
