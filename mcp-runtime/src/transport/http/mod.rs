//! Streamable HTTP: one endpoint for clients of every revision.

mod accept;
mod answering;
mod authority;
mod body;
mod connections;
mod conversation;
mod cors;
mod event;
mod finding;
mod head;
mod headers;
mod hosts;
mod http_sse;
mod legacy;
mod life;
mod listener;
mod modern;
mod mounted;
#[cfg(test)]
mod orders;
mod place;
mod post;
mod read;
mod reply;
mod service;
mod session;
mod sessions;
mod stalled;
mod turned_away;
mod unread;
mod waking;
mod watch;

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use ::http::{Request, Response};
use hyper::body::Incoming;
use tokio::net::{TcpListener, TcpSocket, ToSocketAddrs, lookup_host};
use tokio::time::sleep;

pub use body::Body;
pub use listener::Listener;
pub use mounted::HttpService;

use self::answering::Answering;
use self::life::Phase;
use self::place::Routes;
use self::service::{Checked, Inner};
use self::watch::Pulse;
use super::process::{not_within_a_runtime, threads};
use super::signals::Terminated;
use super::{banner, watchdog};
use crate::error::{Error, Result};
use crate::http_settings::Http;
use crate::log;
use crate::served::Core;
use crate::server::Server;
use crate::server::built::Built;
use crate::stop::Stop;

/// Files that are no connections: those of functions, and of those who are told that there is no room.
const SPARE_FILES: usize = 128;

/// How long answers may take to leave after the deadline for calls.
const DELIVERY: Duration = Duration::from_millis(250);

impl Server {
    /// Serves over HTTP at this address, such as `127.0.0.1:8000`, until the process is told to stop (SIGTERM, SIGINT).
    /// Calls in flight are then finished, up to the deadline of [`Server::drain`].
    ///
    /// The endpoint is `/mcp`; `/healthz` and `/readyz` are for orchestrators. An address that others can reach needs
    /// [`Http::allow_host`]. Owns a tokio runtime with a thread for each core; raises the limit of open files as far as
    /// allowed, and takes no more connections than that leaves room for.
    ///
    /// # Errors
    /// When the server has faults, a hook fails, the address cannot be had, or it is called within a runtime: there, use
    /// [`serve_http`](Self::serve_http).
    pub fn run_http(self, address: impl ToSocketAddrs) -> Result<()> {
        not_within_a_runtime("serve_http(address)")?;
        let (built, mut checked) = validated(self)?;
        checked.http.connections = affordable(checked.http.connections, files())?;
        let runtime =
            tokio::runtime::Builder::new_multi_thread().enable_all().max_blocking_threads(threads(&built)).build()?;
        let drain = built.core.settings.drain.saturating_add(DELIVERY);
        let (signals, watched) = runtime.block_on(async { watchdog::start(drain, None) })?;
        let served = runtime.block_on(run(built, checked, address, signals));
        // A thread that blocks for ever must not keep the process alive.
        runtime.shutdown_background();
        drop(watched);
        served
    }

    /// The same for a program that has a tokio runtime of its own. It leaves the rest of the process alone, signals too: say
    /// with [`Server::until`] when it is to end. To learn the port where any will do, bind a listener of your own and call
    /// [`serve_listener`](Self::serve_listener).
    ///
    /// # Errors
    /// When the server has faults, a hook fails, or the address cannot be had.
    pub async fn serve_http(self, address: impl ToSocketAddrs) -> Result<()> {
        let (built, checked) = validated(self)?;
        let (listener, _) = bind(address, &checked.http).await?;
        let (ask, stop) = Stop::new();
        built.around(&ask, &stop, async |core| serve(core, checked, listener, &stop).await).await
    }

    /// Serves the connections that a [`Listener`] accepts: a socket that was opened elsewhere, a Unix socket, or one behind
    /// TLS.
    ///
    /// ```
    /// # use mcp_runtime::{Server, items, tool};
    /// # /// Says hello.
    /// # #[tool]
    /// # fn hello() -> &'static str { "hello" }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> mcp_runtime::Result<()> {
    /// # let server = Server::new("demo", "1.0.0").items(items![hello]).until(std::future::ready(()));
    /// # let path = std::env::temp_dir().join(format!("mcp-runtime-{}.sock", std::process::id()));
    /// let listener = tokio::net::UnixListener::bind(&path)?;
    /// # std::fs::remove_file(&path)?;
    /// server.serve_listener(listener).await
    /// # }
    /// ```
    ///
    /// # Errors
    /// When the server has faults or a hook fails.
    pub async fn serve_listener(self, listener: impl Listener) -> Result<()> {
        let (built, checked) = validated(self)?;
        let (ask, stop) = Stop::new();
        built.around(&ask, &stop, async |core| serve(core, checked, listener, &stop).await).await
    }

    /// Runs the start hooks and makes a [`tower`](https://docs.rs/tower) service, which mounts in axum with its own routes,
    /// state and layers beside it. Wherever it is mounted, it is the endpoint; [`Http::path`] says nothing then.
    ///
    /// The application ends it with [`HttpService::shutdown`], without which streams stay open and hold up the application's own
    /// graceful end, and the shutdown hooks do not run. [`Server::until`] says nothing here.
    ///
    /// ```
    /// # use mcp_runtime::{Server, items, tool};
    /// # /// Says hello.
    /// # #[tool]
    /// # fn hello() -> &'static str { "hello" }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> mcp_runtime::Result<()> {
    /// use tower_service::Service as _;
    ///
    /// let mut mcp = Server::new("demo", "1.0.0").items(items![hello]).into_service().await?;
    /// // let app = axum::Router::new().nest_service("/mcp", mcp.clone());
    /// # let body = String::new();
    /// # let request = http::Request::get("/mcp").header("host", "localhost").body(body).unwrap();
    /// let response = mcp.call(request).await.unwrap();
    /// assert_eq!(response.status(), 400, "a client without a session can only POST");
    /// mcp.shutdown().await
    /// # }
    /// ```
    ///
    /// # Errors
    /// When the server has faults, or a start hook fails.
    pub async fn into_service(self) -> Result<HttpService> {
        let (built, checked) = validated(self)?;
        let (core, ending) = built.start().await?;
        Ok(HttpService::new(Inner::new(core, checked, Routes::Mounted), ending))
    }
}

/// Everything that is wrong is told at once, and before anything is started.
pub(super) fn validated(server: Server) -> Result<(Built, Checked)> {
    let checked = Checked::new(server.http.clone());
    match (server.build(), checked) {
        (Ok(built), Ok(checked)) => Ok((built, checked)),
        (Ok(_), Err(faults)) => Err(Error::Faults(faults)),
        (Err(Error::Faults(mut faults)), Err(more)) => {
            faults.extend(more);
            Err(Error::Faults(faults))
        }
        (Err(error), _) => Err(error),
    }
}

async fn run(built: Built, checked: Checked, address: impl ToSocketAddrs, signals: Terminated) -> Result<()> {
    let (listener, address) = bind(address, &checked.http).await?;
    let (ask, stop) = Stop::new();
    let serving = built.around(&ask, &stop, async |core| {
        banner::tell(&core, &format!("at http://{address}{}", checked.http.path));
        serve(core, checked, listener, &stop).await
    });
    tokio::select! {
        served = serving => served,
        never = signals.ask(&ask) => match never {},
    }
}

async fn bind(address: impl ToSocketAddrs, http: &Http) -> Result<(TcpListener, SocketAddr)> {
    let resolved = lookup_host(address).await;
    let addresses: Vec<SocketAddr> = resolved.map_err(|error| unresolved(&error))?.collect();
    let is_known = http.any_host || !http.hosts.is_empty();
    match addresses.iter().find(|address| !address.ip().is_loopback()) {
        Some(public) if !is_known => Err(Error::Faults(vec![format!(
            "`{public}` can be reached from other machines, and no host is named that this server answers to\n\
             name it as clients write it, `Http::new().allow_host(\"mcp.example.com\")` or `--allow-host mcp.example.com`; \
             or listen on 127.0.0.1"
        )])),
        Some(_) | None => {
            let listener = listen(&addresses).map_err(|error| unbound(&addresses, &error))?;
            let address = listener.local_addr()?;
            Ok((listener, address))
        }
    }
}

/// At the first address that is free.
fn listen(addresses: &[SocketAddr]) -> io::Result<TcpListener> {
    /// How many clients may wait to be accepted; the system may allow fewer.
    const BACKLOG: u32 = 4096;
    let listen = |address: &SocketAddr| {
        let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
        // A server that starts again finds the connections of the one before. On Windows that would mean something else.
        #[cfg(unix)]
        socket.set_reuseaddr(true)?;
        socket.bind(*address)?;
        socket.listen(BACKLOG)
    };
    let mut refused = io::Error::new(io::ErrorKind::AddrNotAvailable, "no address is given");
    for address in addresses {
        match listen(address) {
            Ok(listener) => return Ok(listener),
            Err(error) => refused = error,
        }
    }
    Err(refused)
}

fn unresolved(error: &io::Error) -> io::Error {
    let text = format!("cannot find the address to listen on, which is written like `127.0.0.1:8000`: {error}");
    io::Error::new(error.kind(), text)
}

fn unbound(addresses: &[SocketAddr], error: &io::Error) -> io::Error {
    let addresses: Vec<String> = addresses.iter().map(SocketAddr::to_string).collect();
    io::Error::new(error.kind(), format!("cannot listen on {}: {error}", addresses.join(" or ")))
}

/// Serves until it is asked to stop, then finishes what was accepted.
async fn serve(core: Arc<Core>, checked: Checked, listener: impl Listener, stop: &Stop) -> Result<()> {
    let limit = core.settings.drain;
    let inner = Inner::new(core, checked, Routes::Own);
    let _ended = Ended(inner.clone());
    let draining = async {
        stop.asked().await;
        inner.drain();
        sleep(limit).await;
        inner.life.enter(Phase::Over);
        std::future::pending::<Infallible>().await
    };
    let make = |pulse| Connected { inner: inner.apart(), pulse };
    let serving = async {
        connections::serve(listener, &inner.http, limit.saturating_add(DELIVERY), stop, make).await;
        // Calls of clients that have left go on without a connection.
        tokio::select! {
            () = inner.idle() => {}
            () = inner.life.over() => {}
            () = stop.urged() => {}
        }
    };
    tokio::select! {
        () = serving => Ok(()),
        never = draining => match never {},
    }
}

/// Ends everything when it is dropped, also with the future that serves.
struct Ended(Arc<Inner>);

impl Drop for Ended {
    fn drop(&mut self) {
        self.0.end();
    }
}

/// One connection.
struct Connected {
    inner: Arc<Inner>,
    pulse: Arc<Pulse>,
}

impl hyper::service::Service<Request<Incoming>> for Connected {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Answering<Incoming>;

    fn call(&self, request: Request<Incoming>) -> Self::Future {
        Answering::new(self.inner.clone(), request, Some(self.pulse.request()))
    }
}

/// As many connections as are wanted, or as so many open files leave room for.
fn affordable(wanted: usize, files: usize) -> Result<usize> {
    match files.saturating_sub(SPARE_FILES) {
        0 => Err(Error::Faults(vec![format!(
            "this process may have {files} files open, which leaves none for connections: allow it {} or more (`ulimit -n`)",
            SPARE_FILES.saturating_add(1),
        )])),
        most if most < wanted => {
            log::error(format_args!(
                "there is room for {most} connections instead of {wanted}, since this process may have {files} files open (`ulimit -n`)"
            ));
            Ok(most)
        }
        _ => Ok(wanted),
    }
}

/// How many files may be open: as many as the system allows, since the usual limit is made for interactive programs.
#[cfg(unix)]
fn files() -> usize {
    use rustix::process::{Resource, getrlimit, setrlimit};
    let mut limit = getrlimit(Resource::Nofile);
    let before = limit.current;
    limit.current = limit.maximum;
    let files = if setrlimit(Resource::Nofile, limit).is_ok() { limit.maximum } else { before };
    files.and_then(|files| usize::try_from(files).ok()).unwrap_or(usize::MAX)
}

#[cfg(not(unix))]
fn files() -> usize {
    usize::MAX
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_as_many_connections_as_files() {
        assert_eq!(affordable(1000, SPARE_FILES + 1000).unwrap(), 1000);
        assert_eq!(affordable(1000, SPARE_FILES + 999).unwrap(), 999);
        assert_eq!(affordable(1000, usize::MAX).unwrap(), 1000);
        let refused = affordable(1000, SPARE_FILES).unwrap_err().to_string();
        assert!(refused.contains("allow it 129 or more (`ulimit -n`)"), "{refused}");
    }

    #[test]
    fn what_refuses_everything_is_a_fault() {
        let http = Http::new().connections(0).calls(0).body_length(0).header_length(0).unread(0);
        let faults = Checked::new(http).err().unwrap();
        let expected = ["connections", "calls", "body_length", "header_length", "unread"];
        assert_eq!(faults, expected.map(|name| format!("`.{name}(0)` would refuse everything: allow 1 or more")));
    }
}
