//! HTTP+SSE, the transport of 2024-11-05: one stream for everything that the server says, and POSTs for the client.
//!
//! Each stream is a connection like standard input and output: the same pump moves its messages, line by line.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use http::request::Parts;
use http::{Response, StatusCode};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, DuplexStream, duplex};
use tokio::sync::Mutex as AsyncMutex;

use super::body::{Body, Outlet};
use super::reply;
use super::sessions::Id;
use crate::carried::Principal;
use crate::dispatch::Core;
use crate::http_settings::Http;
use crate::log;
use crate::stop::Stop;
use crate::transport::pump;

/// How many bytes may wait between a POST and the pump.
const BUFFER: usize = 64 * 1024;

/// Where the messages of a client go in.
struct Client {
    principal: Option<Principal>,
    input: Arc<AsyncMutex<DuplexStream>>,
    task: tokio::task::AbortHandle,
}

impl Drop for Client {
    fn drop(&mut self) {
        self.task.abort();
    }
}

type Clients = Arc<Mutex<HashMap<Id, Client>>>;

/// The open streams.
#[derive(Default)]
pub(super) struct HttpSse {
    clients: Clients,
}

fn lock(clients: &Clients) -> MutexGuard<'_, HashMap<Id, Client>> {
    clients.lock().unwrap_or_else(PoisonError::into_inner)
}

impl HttpSse {
    /// Opens a stream, which first tells where to POST. The place is relative, so that a server may be mounted anywhere.
    pub(super) fn open(&self, core: &Arc<Core>, http: &Http, principal: Option<Principal>) -> Response<Body> {
        let id = match Id::random() {
            Ok(id) => id,
            Err(error) => {
                log::error(format_args!("no session can be opened: {error}"));
                return reply::unavailable("no session can be opened now; try again later");
            }
        };
        let (outlet, events) = Outlet::new(http.keep_alive);
        outlet.send(reply::event(Some("endpoint"), None, format!("messages?sessionId={id}").as_bytes()));
        let (input, messages) = duplex(BUFFER);
        let (answers, output) = duplex(BUFFER);
        let (core, clients) = (core.clone(), self.clients.clone());
        let serving = async move {
            let stop = Stop::never();
            tokio::select! {
                _ = pump::serve(core, messages, answers, &stop) => {}
                () = forward(output, outlet) => {}
            }
            lock(&clients).remove(&id);
        };
        // The task ends itself by removing the client, so that must be there first.
        let mut clients = lock(&self.clients);
        let task = tokio::spawn(serving).abort_handle();
        clients.insert(id, Client { principal, input: Arc::new(AsyncMutex::new(input)), task });
        drop(clients);
        reply::events(events)
    }

    /// Takes a message. Its answer, if there is one, goes out on the stream.
    pub(super) async fn post(&self, parts: &Parts, message: &[u8]) -> Response<Body> {
        let client = |id: Id| {
            let clients = lock(&self.clients);
            let client = clients.get(&id).filter(|client| client.principal.as_ref() == parts.extensions.get());
            client.map(|client| client.input.clone())
        };
        let Some(input) = session_id(parts).and_then(client) else {
            return reply::refuse(StatusCode::NOT_FOUND, "there is no such session; open the stream again");
        };
        // A line end within JSON means nothing, and to the pump it would be the end of the message.
        let mut line: Vec<u8> =
            message.iter().map(|byte| if matches!(byte, b'\n' | b'\r') { b' ' } else { *byte }).collect();
        line.push(b'\n');
        // A client that leaves meanwhile must not leave half a line behind.
        let written = tokio::spawn(async move { input.lock().await.write_all(&line).await });
        match written.await {
            Ok(Ok(())) => reply::empty(StatusCode::ACCEPTED),
            Ok(Err(_)) | Err(_) => {
                reply::refuse(StatusCode::NOT_FOUND, "there is no such session; open the stream again")
            }
        }
    }

    /// Ends all streams.
    pub(super) fn close(&self) {
        lock(&self.clients).clear();
    }
}

/// Sends every line as an event, until the client is gone or reads too slowly.
async fn forward(output: DuplexStream, outlet: Outlet) {
    let mut output = BufReader::new(output);
    let mut line = Vec::new();
    loop {
        line.clear();
        let read = tokio::select! {
            read = output.read_until(b'\n', &mut line) => read,
            () = outlet.closed() => return,
        };
        if !matches!(read, Ok(1..)) {
            return;
        }
        let message = line.strip_suffix(b"\n").unwrap_or(&line);
        if !outlet.send(reply::event(Some("message"), None, message)) {
            return;
        }
    }
}

/// `sessionId` of the query.
fn session_id(parts: &Parts) -> Option<Id> {
    let query = parts.uri.query()?;
    let mut given = query.split('&').filter_map(|pair| pair.strip_prefix("sessionId="));
    let id = given.next()?;
    Id::read(id.as_bytes()).filter(|_| given.next().is_none())
}
