//! A client that can send anything: bytes on a socket, and answers that are read as strictly as HTTP has them.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::requests::Request;

/// Longer than anything takes that works at all.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

/// Why there is no further byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Gone {
    /// The server hung up.
    Closed,
    /// It says nothing.
    Silent,
}

/// One connection.
pub(crate) struct Connection {
    stream: TcpStream,
    /// What came and was not read yet.
    came: Vec<u8>,
}

impl Connection {
    pub(crate) fn open(address: SocketAddr) -> Self {
        Self::try_open(address).expect("the server listens")
    }

    pub(crate) fn try_open(address: SocketAddr) -> Option<Self> {
        let stream = TcpStream::connect(address).ok()?;
        stream.set_nodelay(true).ok()?;
        stream.set_write_timeout(Some(PATIENCE)).ok()?;
        Some(Self { stream, came: Vec::new() })
    }

    /// Sends bytes as they are. A server may hang up amid what it refuses: its answer then says why.
    pub(crate) fn send(&mut self, bytes: impl AsRef<[u8]>) -> bool {
        self.stream.write_all(bytes.as_ref()).is_ok()
    }

    /// Sends a request, and reads the whole answer.
    pub(crate) fn ask(&mut self, request: &Request) -> Response {
        self.send(request.bytes());
        self.response()
    }

    /// Sends a request, and reads only the status of the answer.
    pub(crate) fn ask_head(&mut self, request: &Request) -> u16 {
        self.send(request.bytes());
        self.final_head(PATIENCE).unwrap_or_else(|gone| panic!("no answer: {gone:?}")).status
    }

    /// Sends a request, and reads the status of the answer, if there is one.
    pub(crate) fn try_response_to(&mut self, request: &Request) -> Option<u16> {
        self.send(request.bytes());
        self.try_response(PATIENCE).ok().map(|response| response.status())
    }

    /// Says that nothing more will be sent.
    pub(crate) fn finish(&self) {
        let _ = self.stream.shutdown(Shutdown::Write);
    }

    /// Waits until the server hangs up; whatever it still says is forgotten.
    pub(crate) fn is_closed_within(&mut self, limit: Duration) -> bool {
        let end = Instant::now() + limit;
        loop {
            self.came.clear();
            match self.fill(end) {
                Ok(()) => {}
                Err(gone) => return gone == Gone::Closed,
            }
        }
    }

    /// Waits for more bytes.
    fn fill(&mut self, end: Instant) -> Result<(), Gone> {
        let left = end.saturating_duration_since(Instant::now()).max(Duration::from_millis(1));
        self.stream.set_read_timeout(Some(left)).unwrap();
        let mut bytes = [0; 16 * 1024];
        match self.stream.read(&mut bytes) {
            Ok(0) => Err(Gone::Closed),
            Ok(length) => {
                self.came.extend_from_slice(&bytes[..length]);
                Ok(())
            }
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => Err(Gone::Silent),
            Err(error) if error.kind() == ErrorKind::Interrupted => Ok(()),
            Err(_) => Err(Gone::Closed),
        }
    }

    /// All bytes up to and with a mark.
    fn take_through(&mut self, mark: &[u8], end: Instant) -> Result<Vec<u8>, Gone> {
        loop {
            if let Some(at) = self.came.windows(mark.len()).position(|window| window == mark) {
                return Ok(self.came.drain(..at + mark.len()).collect());
            }
            self.fill(end)?;
        }
    }

    /// Exactly so many bytes.
    pub(crate) fn take(&mut self, length: usize, end: Instant) -> Result<Vec<u8>, Gone> {
        while self.came.len() < length {
            self.fill(end)?;
        }
        Ok(self.came.drain(..length).collect())
    }

    /// The next status line and headers, also if they are only interim (1xx).
    pub(crate) fn head(&mut self, limit: Duration) -> Result<Head, Gone> {
        let bytes = self.take_through(b"\r\n\r\n", Instant::now() + limit)?;
        Ok(Head::read(&bytes))
    }

    /// The next status line and headers of a final answer.
    pub(crate) fn final_head(&mut self, limit: Duration) -> Result<Head, Gone> {
        loop {
            match self.head(limit)? {
                head if head.status < 200 => {}
                head => return Ok(head),
            }
        }
    }

    /// The next answer, as a whole.
    pub(crate) fn response(&mut self) -> Response {
        self.try_response(PATIENCE).unwrap_or_else(|gone| panic!("no answer: {gone:?}"))
    }

    pub(crate) fn try_response(&mut self, limit: Duration) -> Result<Response, Gone> {
        let end = Instant::now() + limit;
        let head = self.final_head(limit)?;
        let mut body = Vec::new();
        let mut rest = Body::of(&head);
        while let Some(part) = rest.part(self, end)? {
            body.extend(part);
        }
        Ok(Response { head, body })
    }

    /// Whatever comes first, HTTP or not.
    pub(crate) fn first_bytes(&mut self, limit: Duration) -> Result<Vec<u8>, Gone> {
        self.fill(Instant::now() + limit)?;
        Ok(std::mem::take(&mut self.came))
    }
}

/// A status and headers.
#[derive(Clone, Debug)]
pub(crate) struct Head {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
}

impl Head {
    fn read(bytes: &[u8]) -> Self {
        let text = String::from_utf8_lossy(bytes);
        let mut lines = text.trim_end().split("\r\n");
        let line = lines.next().unwrap();
        assert!(line.starts_with("HTTP/1."), "a strange status line: {line:?}");
        let status = line.split(' ').nth(1).unwrap().parse().unwrap();
        let headers = lines.map(|line| {
            let (name, value) = line.split_once(':').unwrap_or_else(|| panic!("a strange header: {line:?}"));
            (name.to_ascii_lowercase(), value.trim().to_owned())
        });
        Self { status, headers: headers.collect() }
    }

    /// The value of a header, which must not be there twice.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.iter().filter(|(other, _)| other == name).map(|(_, value)| value.as_str());
        let first = values.next();
        assert!(values.next().is_none(), "`{name}` is there twice: {self:?}");
        first
    }

    /// What kind of body follows, without parameters.
    pub(crate) fn kind(&self) -> &str {
        self.header("content-type").unwrap_or_default().split(';').next().unwrap_or_default().trim()
    }
}

/// How far a body was read.
pub(crate) enum Body {
    Length(usize),
    Chunks,
    UntilClose,
    Read,
}

impl Body {
    pub(crate) fn of(head: &Head) -> Self {
        let length = head.header("content-length").map(|length| length.parse().unwrap());
        match (head.status, head.header("transfer-encoding"), length) {
            (204 | 304, ..) | (_, None, Some(0)) => Self::Read,
            (_, Some(coding), None) => {
                assert_eq!(coding, "chunked");
                Self::Chunks
            }
            (_, Some(_), Some(_)) => panic!("a length and chunks: {head:?}"),
            (_, None, Some(length)) => Self::Length(length),
            (_, None, None) => Self::UntilClose,
        }
    }

    /// The next bytes of the body, or `None` at its proper end.
    pub(crate) fn part(&mut self, connection: &mut Connection, end: Instant) -> Result<Option<Vec<u8>>, Gone> {
        let part = match self {
            Self::Read => return Ok(None),
            Self::Length(length) => connection.take(*length, end).map(Some),
            Self::Chunks => return self.chunk(connection, end),
            Self::UntilClose => match connection.fill(end) {
                Ok(()) => return Ok(Some(std::mem::take(&mut connection.came))),
                Err(Gone::Closed) => Ok(Some(std::mem::take(&mut connection.came))),
                Err(Gone::Silent) => Err(Gone::Silent),
            },
        };
        if part.is_ok() {
            *self = Self::Read;
        }
        part
    }

    /// A chunk is taken only when it is there as a whole, so that waiting for it can be given up and begun again.
    fn chunk(&mut self, connection: &mut Connection, end: Instant) -> Result<Option<Vec<u8>>, Gone> {
        loop {
            if let Some(at) = connection.came.windows(2).position(|window| window == b"\r\n") {
                let line = String::from_utf8_lossy(&connection.came[..at]).into_owned();
                let length = usize::from_str_radix(line.split(';').next().unwrap().trim(), 16);
                let length = length.unwrap_or_else(|_| panic!("a strange length of a chunk: {line:?}"));
                let whole = at + 2 + length + 2;
                if connection.came.len() >= whole {
                    let bytes: Vec<u8> = connection.came.drain(..whole).collect();
                    assert!(bytes.ends_with(b"\r\n"), "a chunk without an end");
                    if length == 0 {
                        *self = Self::Read;
                        return Ok(None);
                    }
                    return Ok(Some(bytes[at + 2..at + 2 + length].to_vec()));
                }
            }
            connection.fill(end)?;
        }
    }
}

/// A whole answer.
#[derive(Clone, Debug)]
pub(crate) struct Response {
    pub(crate) head: Head,
    pub(crate) body: Vec<u8>,
}

impl Response {
    pub(crate) fn status(&self) -> u16 {
        self.head.status
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.header(name)
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON, or nothing if it is none.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// The code of a JSON-RPC error.
    pub(crate) fn code(&self) -> Option<i64> {
        self.json()["error"]["code"].as_i64()
    }

    /// The message of a JSON-RPC error.
    pub(crate) fn message(&self) -> String {
        self.json()["error"]["message"].as_str().unwrap_or_default().to_owned()
    }

    /// The first text of a tool's result.
    pub(crate) fn said(&self) -> String {
        self.json()["result"]["content"][0]["text"].as_str().unwrap_or_default().to_owned()
    }

    /// What to show when it is not what was expected.
    pub(crate) fn shown(&self) -> String {
        format!("{} {:?} {:.600}", self.status(), self.head.headers, self.text())
    }
}
