//! Moves messages between a byte stream and a connection: one message per line, in both directions.

use std::collections::HashMap;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _};
use tokio::sync::mpsc;
use tokio::task::{AbortHandle, JoinError, JoinSet, yield_now};
use tokio::time::{Instant, sleep_until, timeout_at};

use super::lines::{Line, Lines};
use super::outbox::Outbox;
use crate::carried::Carrier;
use crate::changes::Bell;
use crate::clock::later;
use crate::connection::{Cancelled, Connection, Landed, Step};
use crate::error::Result;
use crate::served::Core;
use crate::server::Server;
use crate::stop::Stop;
use crate::voice::Said;
use crate::work::{Next, Work};

/// What is written is written before it has grown to this, even if more can be answered at once.
const BURST: usize = 64 * 1024;

impl Server {
    /// Serves one client over any pair of byte streams, one message per line, until the input ends. Calls in flight are
    /// then finished, up to the deadline of [`Server::drain`].
    ///
    /// Needs a tokio runtime with time enabled, and leaves the process alone: signals, descriptors and exit code.
    ///
    /// ```
    /// # use mcp_runtime::{Server, items, tool};
    /// # use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    /// /// Says hello.
    /// #[tool]
    /// async fn hello() -> &'static str { "hello" }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> mcp_runtime::Result<()> {
    /// let input: &[u8] = b"not JSON\n";
    /// let mut output = Vec::new();
    /// Server::new("demo", "1.0.0").items(items![hello]).serve(input, &mut output).await?;
    /// assert!(String::from_utf8_lossy(&output).contains("-32700"));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When the server has faults, a hook fails, or reading fails.
    pub async fn serve<R, W>(self, input: R, output: W) -> Result<()>
    where
        R: AsyncRead + Unpin,
        W: AsyncWrite + Unpin,
    {
        let (ask, stop) = Stop::new();
        self.build()?.around(&ask, &stop, async |core| serve(core, input, output, &stop).await).await
    }
}

/// Serves one client until its input ends or it is asked to stop, then answers what was accepted.
///
/// # Errors
/// When reading fails.
pub(crate) async fn serve<R, W>(core: Arc<Core>, input: R, output: W, stop: &Stop) -> io::Result<()>
where
    R: AsyncRead + Unpin,
    W: AsyncWrite + Unpin,
{
    let drain = core.settings.drain;
    let (say, said) = mpsc::unbounded_channel();
    let mut pump = Pump {
        lines: Lines::new(input, core.settings.line_length),
        output,
        out: Outbox::new(core.settings.backlog),
        connection: Connection::new(core.clone()),
        bell: core.board.as_ref().map(|board| board.bell()),
        core,
        steps: Vec::new(),
        running: JoinSet::new(),
        handles: HashMap::new(),
        said,
        say,
    };
    let (cause, listened) = match pump.listen(stop).await {
        Ok(cause) => (cause, Ok(())),
        Err(Broken::Input(error)) => (Cause::End, unless_gone(error)),
        Err(Broken::Output(error)) => return unless_gone(error),
    };
    let drained = tokio::select! {
        drained = pump.drain(drain, cause) => drained,
        () = stop.urged() => Ok(()),
    };
    listened.and(drained.or_else(unless_gone))
}

/// That the client is gone is an end like any other.
fn unless_gone(error: io::Error) -> io::Result<()> {
    use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset};
    match error.kind() {
        BrokenPipe | ConnectionAborted | ConnectionReset => Ok(()),
        _ => Err(error),
    }
}

/// Why nothing more is read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Cause {
    /// The client closed.
    End,
    /// The process was asked to end.
    Asked,
}

enum Broken {
    Input(io::Error),
    Output(io::Error),
}

struct Pump<R, W> {
    core: Arc<Core>,
    connection: Connection,
    /// Rings when something has changed that the client may want to hear of.
    bell: Option<Bell>,
    lines: Lines<R>,
    output: W,
    out: Outbox,
    steps: Vec<Step>,
    /// The calls that did not finish at once. Dropping the set drops them all.
    running: JoinSet<Landed>,
    handles: HashMap<u64, AbortHandle>,
    /// What running calls say before they answer, by the serial number of the call.
    said: mpsc::UnboundedReceiver<(u64, Said)>,
    say: mpsc::UnboundedSender<(u64, Said)>,
}

impl From<Broken> for io::Error {
    fn from(broken: Broken) -> Self {
        let (Broken::Input(error) | Broken::Output(error)) = broken;
        error
    }
}

impl<R: AsyncRead + Unpin, W: AsyncWrite + Unpin> Pump<R, W> {
    async fn listen(&mut self, stop: &Stop) -> Result<Cause, Broken> {
        let mut asked = std::pin::pin!(stop.asked());
        loop {
            self.receive().await?;
            // What was cancelled holds its memory until the runtime has had a turn, for which an input that is always ready
            // leaves no time.
            if self.running.len() > self.handles.len() {
                yield_now().await;
            }
            let (waits, has_room) = (!self.out.is_empty(), self.out.has_room());
            let reads = has_room || self.lines.is_short();
            tokio::select! {
                biased;
                () = asked.as_mut() => return Ok(Cause::Asked),
                written = self.output.write(self.out.waiting()), if waits => self.wrote(written)?,
                Some(said) = self.said.recv(), if has_room => self.say(said),
                Some(landed) = self.running.join_next(), if has_room => self.landed(landed),
                rings = rings(&mut self.bell), if has_room => self.changed(rings),
                more = self.lines.more(), if reads => match more {
                    Ok(true) => {}
                    Ok(false) => return Ok(Cause::End),
                    Err(error) => return Err(Broken::Input(error)),
                },
            }
        }
    }

    /// Takes the lines that are there, in order, as long as the client reads the answers.
    async fn receive(&mut self) -> Result<(), Broken> {
        while self.out.has_room() {
            let Some(line) = self.lines.next() else {
                return Ok(());
            };
            take(&mut self.connection, &line, &mut self.out, &mut self.steps);
            self.act().await;
            if self.out.len() >= BURST {
                self.flush().await?;
            }
        }
        Ok(())
    }

    /// Writes what can be written now; what cannot is left for later.
    async fn flush(&mut self) -> Result<(), Broken> {
        let written =
            std::future::poll_fn(|cx| match std::pin::Pin::new(&mut self.output).poll_write(cx, self.out.waiting()) {
                std::task::Poll::Ready(written) => std::task::Poll::Ready(Some(written)),
                std::task::Poll::Pending => std::task::Poll::Ready(None),
            });
        match written.await {
            Some(written) => self.wrote(written),
            None => Ok(()),
        }
    }

    fn wrote(&mut self, written: io::Result<usize>) -> Result<(), Broken> {
        match written {
            Ok(0) => Err(Broken::Output(io::ErrorKind::BrokenPipe.into())),
            Ok(count) => {
                self.out.wrote(count);
                Ok(())
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(()),
            Err(error) => Err(Broken::Output(error)),
        }
    }

    async fn act(&mut self) {
        let mut steps = std::mem::take(&mut self.steps);
        for step in steps.drain(..) {
            match step {
                Step::Answer(id, kept) => self.out.answer(&id, kept),
                Step::Run(work) => self.run(work).await,
                Step::Cancel(Cancelled { serial, last }) => {
                    if let Some(handle) = self.handles.remove(&serial) {
                        handle.abort();
                    }
                    self.out.message(|out| out.append(&mut last.unwrap_or_default()));
                }
            }
        }
        self.steps = steps;
    }

    /// Answers at once what is done at once; only the rest becomes a task.
    async fn run(&mut self, mut work: Box<Work>) {
        let deadline = match work.start().await {
            Ok(outcome) => {
                self.core.tell_if_blocked(&work);
                while let Some(said) = work.said() {
                    self.out.message(|out| out.extend_from_slice(&said.message));
                }
                let connection = &mut self.connection;
                return self.out.message(|out| connection.answer(work.ticket, outcome, out));
            }
            Err(deadline) => deadline,
        };
        let (core, serial) = (self.core.clone(), work.ticket.flight.serial);
        // Most calls say nothing, and need a smaller task.
        let handle = if work.speaks() {
            self.running.spawn(heard(core, work, deadline, self.say.clone()))
        } else {
            self.running.spawn(async move {
                let outcome = work.running.finish(deadline).await;
                core.tell_if_blocked(&work);
                Landed::new(&core, work.ticket, outcome)
            })
        };
        self.handles.insert(serial, handle);
    }

    /// Nothing is said for a call that was cancelled.
    fn say(&mut self, (serial, said): (u64, Said)) {
        if self.handles.contains_key(&serial) {
            self.out.message(|out| out.extend_from_slice(&said.message));
        }
    }

    /// Tells a client from before 2026-07-28 what has changed.
    fn changed(&mut self, rings: bool) {
        if rings {
            let out = &mut self.out;
            self.connection.tell(|change| out.message(|out| out.extend_from_slice(&change)));
        } else {
            self.bell = None;
        }
    }

    /// Takes this call and all others that have finished too, so that they leave in one burst. What was cancelled is an
    /// error of the task.
    fn landed(&mut self, first: Result<Landed, JoinError>) {
        let mut next = Some(first);
        while let Some(landed) = next {
            // A call has said everything before it has finished.
            while let Ok(said) = self.said.try_recv() {
                self.say(said);
            }
            if let Ok(landed) = landed {
                self.handles.remove(&landed.flight.serial);
                let connection = &mut self.connection;
                self.out.message(|out| connection.land(landed, out));
            }
            next = if self.out.has_room() { self.running.try_join_next() } else { None };
        }
    }

    /// Answers what was accepted, until the deadline. A client that closed and goes on reading moves it on: somebody
    /// pipes requests through us into something slow.
    async fn drain(mut self, limit: Duration, cause: Cause) -> io::Result<()> {
        let mut deadline = std::pin::pin!(sleep_until(later(Instant::now(), limit)));
        self.lines.end();
        loop {
            self.receive().await?;
            // Who listens would never come to an end: also those whose request was only read now.
            self.core.close();
            if self.out.has_room() {
                // All lines have been taken, and with them all answers.
                self.connection.hung_up();
            }
            if self.out.is_empty() && self.running.is_empty() {
                break;
            }
            let (waits, has_room) = (!self.out.is_empty(), self.out.has_room());
            tokio::select! {
                () = deadline.as_mut() => return Ok(()),
                written = self.output.write(self.out.waiting()), if waits => {
                    self.wrote(written)?;
                    if cause == Cause::End {
                        deadline.as_mut().reset(later(Instant::now(), limit));
                    }
                }
                Some(said) = self.said.recv(), if has_room => self.say(said),
                Some(landed) = self.running.join_next(), if has_room => self.landed(landed),
            }
        }
        let flushed = timeout_at(deadline.deadline(), self.output.flush()).await.unwrap_or(Ok(()));
        // What is not finished by then is given up.
        let _ = timeout_at(deadline.deadline(), self.core.roster.idle()).await;
        flushed
    }
}

/// Waits until something may have changed, if anything can; `false` when nothing will any more.
async fn rings(bell: &mut Option<Bell>) -> bool {
    match bell {
        Some(bell) => bell.rings().await,
        None => std::future::pending().await,
    }
}

/// Runs a call to its end, and passes on what it says.
async fn heard(
    core: Arc<Core>,
    mut work: Box<Work>,
    deadline: Instant,
    say: mpsc::UnboundedSender<(u64, Said)>,
) -> Landed {
    let serial = work.ticket.flight.serial;
    let outcome = loop {
        match work.next(deadline).await {
            Next::Ended(outcome) => break outcome,
            // The pump is gone when it does not hear.
            Next::Said(said) => drop(say.send((serial, said))),
        }
    };
    core.tell_if_blocked(&work);
    Landed::new(&core, work.ticket, outcome)
}

fn take(connection: &mut Connection, line: &Line<'_>, out: &mut Outbox, steps: &mut Vec<Step>) {
    out.message(|out| match line {
        Line::Whole(line) => connection.receive(line, &Carrier::default(), out, steps),
        Line::TooLong => connection.too_long(out),
    });
}
