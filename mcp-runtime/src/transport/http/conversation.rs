//! One connection: HTTP/1.1 or HTTP/2, whichever the client starts with.

use std::convert::Infallible;
use std::error::Error;
use std::pin::pin;
use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use hyper::body::Incoming;
use hyper::rt::Executor;
use hyper::service::Service;
use hyper_util::rt::TokioIo;
use hyper_util::server::conn::auto::Builder;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::stalled::unless_stalled;
use super::waking;
use super::watch::{Pulse, Watched};
use crate::lock::lock;
use crate::log;

/// How long what a client has sent may take to be noticed.
pub(super) const NOTICE: Duration = Duration::from_millis(20);

/// How long a connection is open on which nothing happens when it is to end. A client that asks meanwhile is answered, and
/// told that this was the last answer; closing at once would lose what is on its way.
const LAST: Duration = Duration::from_millis(50);

/// Held by every task: when the last one has gone, so has every task.
pub(super) type Alive = mpsc::Sender<Infallible>;

/// How one connection is served.
pub(super) struct Conversation<S> {
    pub(super) service: S,
    pub(super) pulse: Arc<Pulse>,
    pub(super) header_length: usize,
    /// How long a stream may wait for its client to take something.
    pub(super) write_gap: Duration,
    /// Asks to finish what was begun, and to take no more.
    pub(super) leave: oneshot::Receiver<()>,
    pub(super) alive: Alive,
}

impl<S, B> Conversation<S>
where
    S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible> + 'static,
    S::Future: Send + 'static,
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    /// Serves until the client goes or is asked to.
    pub(super) async fn hold(self, io: impl AsyncRead + AsyncWrite + Unpin + Send + 'static) {
        let tasks = Arc::new(Mutex::new(JoinSet::new()));
        let streams = Streams { tasks: Arc::downgrade(&tasks), alive: self.alive, write_gap: self.write_gap };
        let http = protocol(streams, self.header_length);
        let io = TokioIo::new(Watched::new(io, self.pulse.clone()));
        let waker = waking::of_this_task().await;
        let mut connection = pin!(http.serve_connection(io, self.service));
        tokio::select! {
            biased;
            ended = waking::wait(&waker, connection.as_mut()) => return report(ended),
            _ = self.leave => {}
        }
        if let Ok(ended) = timeout(LAST, waking::wait(&waker, connection.as_mut())).await {
            return report(ended);
        }
        connection.as_mut().graceful_shutdown();
        report(waking::wait(&waker, connection).await);
    }
}

fn report(ended: Result<(), Box<dyn Error + Send + Sync>>) {
    if let Err(error) = ended {
        log::debug(format_args!("a connection broke: {error}"));
    }
}

fn protocol(streams: Streams, header_length: usize) -> Builder<Streams> {
    /// Streams of one connection; the smallest number that a server should allow is 100 (RFC 9113, 6.5.2).
    const STREAMS: u32 = 200;
    /// What hyper wants at least.
    const BUFFER: usize = 8192;
    let mut protocol = Builder::new(streams);
    // Headers that are too long still reach the service, which says so with an answer of its own. Fewer than 100 of them,
    // which is the default, are read without a buffer on the heap.
    let headers = header_length.saturating_mul(2).max(BUFFER);
    protocol.http1().header_read_timeout(None).half_close(false).max_buf_size(headers);
    protocol.http2().max_concurrent_streams(STREAMS).max_header_list_size(u32::try_from(headers).unwrap_or(u32::MAX));
    protocol
}

/// Runs the streams of an HTTP/2 connection, which end with it.
#[derive(Clone)]
struct Streams {
    /// Weak, since a stream may hold what it runs on.
    tasks: Weak<Mutex<JoinSet<()>>>,
    alive: Alive,
    write_gap: Duration,
}

impl<F: Future<Output = ()> + Send + 'static> Executor<F> for Streams {
    fn execute(&self, stream: F) {
        let Some(tasks) = self.tasks.upgrade() else { return };
        let (alive, write_gap) = (self.alive.clone(), self.write_gap);
        let mut tasks = lock(&tasks);
        while tasks.try_join_next().is_some() {}
        tasks.spawn(async move {
            unless_stalled(write_gap, stream).await;
            drop(alive);
        });
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, duplex};
    use tokio::task::yield_now;

    use super::super::Connected;
    use super::super::place::Routes;
    use super::super::service::{Checked, Inner};
    use super::*;
    use crate::http_settings::Http;
    use crate::item::Item;
    use crate::item::for_test::HELD;
    use crate::server::Server;

    const PING: &str = r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#;

    fn request() -> String {
        let length = PING.len();
        format!(
            "POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
        )
    }

    fn connected(pulse: &Arc<Pulse>) -> Connected {
        let built = Server::new("test", "1.0.0").items([Item::Tool(&HELD)]).build().unwrap();
        let inner = Inner::new(built.core, Checked::new(Http::new().stateless(true)).unwrap(), Routes::Own);
        Connected { inner, pulse: pulse.clone() }
    }

    /// What comes in one piece is answered in one go.
    #[tokio::test]
    async fn an_answer_that_is_there_costs_one_poll() {
        let (mut client, io) = duplex(4096);
        let (_stay, leave) = oneshot::channel();
        let (alive, _gone) = mpsc::channel(1);
        let pulse = Arc::<Pulse>::default();
        let (service, write_gap) = (connected(&pulse), Duration::from_secs(60));
        let conversation = Conversation { service, pulse, header_length: 65536, write_gap, leave, alive };
        let polls = Arc::<AtomicUsize>::default();
        let counted = polls.clone();
        tokio::spawn(async move {
            let mut held = pin!(conversation.hold(io));
            poll_fn(|cx| {
                counted.fetch_add(1, Ordering::Relaxed);
                held.as_mut().poll(cx)
            })
            .await;
        });
        yield_now().await;
        let before = polls.load(Ordering::Relaxed);
        client.write_all((request() + PING).as_bytes()).await.unwrap();
        let mut answer = [0; 1024];
        let length = client.read(&mut answer).await.unwrap();
        let (head, body) = std::str::from_utf8(&answer[..length]).unwrap().split_once("\r\n\r\n").unwrap();
        assert_eq!(body, r#"{"jsonrpc":"2.0","id":1,"result":{}}"#);
        let names: Vec<_> = head.lines().skip(1).filter_map(|line| Some(line.split_once(':')?.0)).collect();
        assert_eq!(names, ["content-type", "content-length", "date"], "nothing of the request");
        for _ in 0..5 {
            yield_now().await;
        }
        assert_eq!(polls.load(Ordering::Relaxed) - before, 1);
    }
}
