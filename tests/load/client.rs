//! A client that can misbehave: one connection, of which it sees every byte.

use std::future::Future;
use std::io::{Error, ErrorKind, Result};

use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::messages::{Era, initialize};
use crate::server::PATIENCE;

/// Runs clients. They get one thread, so that the server has the others.
pub(crate) fn run<T>(clients: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(clients)
}

/// One connection.
pub(crate) struct Client(BufReader<TcpStream>);

/// One response, read to its end.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Client {
    pub(crate) async fn connect(port: u16) -> Result<Self> {
        let stream = TcpStream::connect(("127.0.0.1", port)).await?;
        stream.set_nodelay(true)?;
        Ok(Self(BufReader::new(stream)))
    }

    pub(crate) async fn send(&mut self, bytes: &[u8]) -> Result<()> {
        self.0.get_mut().write_all(bytes).await
    }

    /// Sends a request, and reads the response.
    pub(crate) async fn ask(&mut self, request: &[u8]) -> Result<Answer> {
        self.send(request).await?;
        self.answer().await
    }

    /// Calls a tool, which must answer with a result or an error under this id.
    pub(crate) async fn call(&mut self, era: &Era, id: u64, tool: &str, arguments: &Value) -> Result<Value> {
        let answer = self.ask(&era.call(id, tool, arguments)).await?;
        assert_eq!(answer.status, 200, "{answer:?}");
        let message = answer.message();
        assert_eq!(message["id"], id, "an answer to something else: {message}");
        Ok(message)
    }

    /// Opens a session.
    pub(crate) async fn session(&mut self) -> Result<Era> {
        let answer = self.ask(&initialize()).await?;
        assert_eq!(answer.status, 200, "{answer:?}");
        Ok(Era::Legacy(answer.header("mcp-session-id").expect("no session").to_owned()))
    }

    /// Reads a few bytes, and says how many came; 0 is the end.
    pub(crate) async fn nibble(&mut self, bytes: &mut [u8]) -> Result<usize> {
        patient(self.0.read(bytes)).await
    }

    /// Reads one response.
    pub(crate) async fn answer(&mut self) -> Result<Answer> {
        patient(self.read()).await
    }

    /// Reads the head of a response, and leaves the rest unread.
    pub(crate) async fn head(&mut self) -> Result<Answer> {
        patient(self.read_head()).await
    }

    /// Reads what follows a head.
    pub(crate) async fn body(&mut self, head: Answer) -> Result<Answer> {
        patient(self.read_body(head)).await
    }

    /// Reads a part of a stream; `false` at its end.
    pub(crate) async fn part(&mut self, body: &mut Vec<u8>) -> Result<bool> {
        patient(self.chunk(body)).await
    }

    /// Says that nothing more is sent, and still reads.
    pub(crate) async fn close_half(&mut self) -> Result<()> {
        self.0.get_mut().shutdown().await
    }

    async fn read(&mut self) -> Result<Answer> {
        let head = self.read_head().await?;
        self.read_body(head).await
    }

    async fn read_body(&mut self, mut answer: Answer) -> Result<Answer> {
        if answer.header("transfer-encoding") == Some("chunked") {
            while self.chunk(&mut answer.body).await? {}
        } else if let Some(length) = answer.header("content-length") {
            let length = length.parse().map_err(|_| broken("no length"))?;
            answer.body.resize(length, 0);
            self.0.read_exact(&mut answer.body).await?;
        } else if answer.status != 204 && answer.status != 202 {
            self.0.read_to_end(&mut answer.body).await?;
        }
        Ok(answer)
    }

    async fn read_head(&mut self) -> Result<Answer> {
        let first = self.line().await?;
        let status = first.split(' ').nth(1).and_then(|status| status.parse().ok()).ok_or_else(|| broken(&first))?;
        let mut headers = Vec::new();
        loop {
            let line = self.line().await?;
            if line.is_empty() {
                return Ok(Answer { status, headers, body: Vec::new() });
            }
            let (name, value) = line.split_once(':').ok_or_else(|| broken(&line))?;
            headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
    }

    /// Reads a chunk; `false` after the last.
    async fn chunk(&mut self, body: &mut Vec<u8>) -> Result<bool> {
        let line = self.line().await?;
        let length = usize::from_str_radix(&line, 16).map_err(|_| broken(&line))?;
        let begin = body.len();
        body.resize(begin + length, 0);
        self.0.read_exact(&mut body[begin..]).await?;
        self.line().await?;
        Ok(length > 0)
    }

    async fn line(&mut self) -> Result<String> {
        let mut line = Vec::new();
        self.0.read_until(b'\n', &mut line).await?;
        if !line.ends_with(b"\n") {
            let kind = if line.is_empty() { ErrorKind::UnexpectedEof } else { ErrorKind::InvalidData };
            return Err(Error::new(kind, format!("closed after {line:?}")));
        }
        Ok(String::from_utf8_lossy(line.trim_ascii_end()).into_owned())
    }
}

async fn patient<T>(reading: impl Future<Output = Result<T>>) -> Result<T> {
    timeout(PATIENCE, reading).await.map_err(|_| Error::new(ErrorKind::TimedOut, "nothing comes"))?
}

fn broken(found: &str) -> Error {
    Error::new(ErrorKind::InvalidData, format!("no HTTP: {found:.100}"))
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn is_stream(&self) -> bool {
        self.header("content-type") == Some("text/event-stream")
    }

    /// Whether there is a message in a stream.
    pub(crate) fn says_something(&self) -> bool {
        String::from_utf8_lossy(&self.body).contains("jsonrpc")
    }

    /// The message in it: the body, or the last event of a stream.
    pub(crate) fn message(&self) -> Value {
        let body = std::str::from_utf8(&self.body).unwrap();
        let last = body.lines().filter_map(|line| line.strip_prefix("data:")).rfind(|data| !data.trim().is_empty());
        serde_json::from_str(last.unwrap_or(body)).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

/// The first text of a tool's answer.
pub(crate) fn text(message: &Value) -> &str {
    message["result"]["content"][0]["text"].as_str().unwrap_or_else(|| panic!("no text: {message}"))
}
