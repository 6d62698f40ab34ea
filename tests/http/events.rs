//! Reads an event stream as it comes (HTML, Server-sent events).

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::client::{Body, Connection, Gone, Head, PATIENCE};

/// What comes on a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Happening {
    Event(Event),
    Comment,
    /// The stream ended as a body has to.
    End,
    /// The connection broke.
    Cut,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Event {
    pub(crate) id: Option<String>,
    pub(crate) event: Option<String>,
    pub(crate) data: Option<String>,
    pub(crate) retry: Option<u64>,
}

impl Event {
    /// An event without data only tells where to resume.
    pub(crate) fn is_message(&self) -> bool {
        self.data.as_ref().is_some_and(|data| !data.is_empty())
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(self.data.as_deref().unwrap_or_default()).unwrap_or_default()
    }

    fn line(&mut self, line: &str) {
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value).to_owned();
        match field {
            "id" => self.id = Some(value),
            "event" => self.event = Some(value),
            "retry" => self.retry = Some(value.parse().unwrap()),
            "data" => match &mut self.data {
                Some(data) => *data = format!("{data}\n{value}"),
                none => *none = Some(value),
            },
            other => panic!("an unknown field of an event: {other:?}"),
        }
    }
}

/// An open event stream.
pub(crate) struct Stream {
    pub(crate) head: Head,
    connection: Connection,
    body: Body,
    text: Vec<u8>,
    event: Event,
    ready: VecDeque<Happening>,
}

impl Stream {
    /// Waits for the head of the answer, which must be a stream.
    pub(crate) fn open(mut connection: Connection) -> Self {
        let head = connection.final_head(PATIENCE).unwrap_or_else(|gone| panic!("no stream: {gone:?}"));
        let body = Body::of(&head);
        let mut stream =
            Self { head, connection, body, text: Vec::new(), event: Event::default(), ready: VecDeque::new() };
        let fits = stream.head.status == 200 && stream.head.kind() == "text/event-stream";
        if !fits {
            let said = stream.first_part();
            panic!("no stream: {:?} {said:?}", stream.head);
        }
        stream
    }

    fn first_part(&mut self) -> String {
        let end = Instant::now() + Duration::from_millis(300);
        let part = self.body.part(&mut self.connection, end);
        String::from_utf8_lossy(&part.ok().flatten().unwrap_or_default()).into_owned()
    }

    /// What happens next, if anything does in time.
    pub(crate) fn next(&mut self, limit: Duration) -> Option<Happening> {
        let end = Instant::now() + limit;
        loop {
            if let Some(happening) = self.ready.pop_front() {
                return Some(happening);
            }
            match self.body.part(&mut self.connection, end) {
                Ok(Some(part)) => self.read(&part),
                Ok(None) => return Some(Happening::End),
                Err(Gone::Closed) => return Some(Happening::Cut),
                Err(Gone::Silent) => return None,
            }
        }
    }

    fn read(&mut self, part: &[u8]) {
        self.text.extend_from_slice(part);
        while let Some(at) = self.text.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = self.text.drain(..=at).collect();
            let line = String::from_utf8(line).unwrap();
            match line.trim_end_matches(['\r', '\n']) {
                "" if self.event == Event::default() => {}
                "" => self.ready.push_back(Happening::Event(std::mem::take(&mut self.event))),
                line if line.starts_with(':') => self.ready.push_back(Happening::Comment),
                line => self.event.line(line),
            }
        }
    }

    /// The next event, whether it has data or not. Comments are passed over.
    pub(crate) fn event(&mut self) -> Event {
        let end = Instant::now() + PATIENCE;
        loop {
            match self.next(end.saturating_duration_since(Instant::now())) {
                Some(Happening::Event(event)) => return event,
                Some(Happening::Comment) => {}
                other => panic!("no event: {other:?}"),
            }
        }
    }

    /// The next event with a message.
    pub(crate) fn message(&mut self) -> Event {
        loop {
            let event = self.event();
            if event.is_message() {
                return event;
            }
        }
    }

    /// All messages until the stream ends properly.
    pub(crate) fn rest(&mut self) -> Vec<Value> {
        let mut messages = Vec::new();
        loop {
            match self.next(PATIENCE) {
                Some(Happening::Event(event)) if event.is_message() => messages.push(event.json()),
                Some(Happening::Event(_) | Happening::Comment) => {}
                Some(Happening::End) => return messages,
                other => panic!("the stream does not end properly: {other:?} after {messages:?}"),
            }
        }
    }
}
