//! One event of a stream (HTML, Server-sent events), in pieces: readers of the same message share its bytes.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use super::unread::Unread;
use crate::events::EventId;
use crate::voice::{Room, Said};

/// One event, ready to be sent.
#[derive(Debug)]
pub(super) struct Event {
    pieces: [Bytes; 3],
    /// What it takes of the room of the call that said it.
    room: Option<Room>,
}

impl Event {
    /// Says this, under a name and at a place if they are given.
    pub(super) fn new(name: Option<&str>, id: Option<EventId>, data: &Bytes) -> Self {
        let mut head = String::new();
        if let Some(name) = name {
            head.push_str(&format!("event: {name}\n"));
        }
        if let Some(EventId { stream, number }) = id {
            head.push_str(&format!("id: {stream}-{number}\n"));
        }
        head.push_str("data: ");
        Self { pieces: [head.into(), in_one_line(data), Bytes::from_static(b"\n\n")], room: None }
    }

    /// The same, in the room of the call that says it.
    pub(super) fn taking(self, room: Room) -> Self {
        Self { room: Some(room), ..self }
    }

    /// The same, counted until it has been read; `None` if too much waits already.
    pub(super) fn held(self, unread: &Arc<Unread>) -> Option<Self> {
        let [head, data, end] = self.pieces;
        Some(Self { pieces: [head, unread.hold(data)?, end], room: self.room })
    }

    /// What a call says to a client that cannot come back to it.
    pub(super) fn said(said: Said) -> Self {
        Self::said_as(None, said)
    }

    /// The same under a name.
    pub(super) fn said_as(name: Option<&str>, said: Said) -> Self {
        Self { room: Some(said.room), ..Self::new(name, None, &said.message.into()) }
    }

    /// Says nothing but where the client can come back to, and when (2025-11-25, Transports).
    pub(super) fn place(id: EventId, retry: Duration) -> Self {
        let EventId { stream, number } = id;
        Self::raw(format!("id: {stream}-{number}\nretry: {}\ndata:\n\n", retry.as_millis()))
    }

    /// Tells how long to wait before coming back.
    pub(super) fn retry(time: Duration) -> Self {
        Self::raw(format!("retry: {}\n\n", time.as_millis()))
    }

    /// Says nothing, but something is on the way.
    pub(super) const fn comment() -> Self {
        Self { pieces: [Bytes::from_static(b":\n\n"), Bytes::new(), Bytes::new()], room: None }
    }

    fn raw(text: String) -> Self {
        Self { pieces: [text.into(), Bytes::new(), Bytes::new()], room: None }
    }

    pub(super) fn len(&self) -> usize {
        self.pieces.iter().map(Bytes::len).sum()
    }

    pub(super) fn concat(&self) -> Vec<u8> {
        self.pieces.concat()
    }
}

impl Event {
    /// What is sent, one after the other.
    pub(super) fn into_pieces(self) -> Pieces {
        Pieces { pieces: self.pieces, _room: self.room }
    }
}

/// An event that is being sent.
#[derive(Debug)]
pub(super) struct Pieces {
    pieces: [Bytes; 3],
    _room: Option<Room>,
}

impl Iterator for Pieces {
    type Item = Bytes;

    fn next(&mut self) -> Option<Bytes> {
        next_of(&mut self.pieces)
    }
}

/// Takes what is sent next, which is no more than a frame of HTTP/2 holds by default: what a stream has given away, nobody sees
/// wait. `None` if nothing is left.
pub(super) fn next_of(pieces: &mut [Bytes]) -> Option<Bytes> {
    const FRAME: usize = 16 * 1024;
    let piece = pieces.iter_mut().find(|piece| !piece.is_empty())?;
    Some(piece.split_to(piece.len().min(FRAME)))
}

/// JSON that was written by hand may have several lines, each of which is a field of its own.
fn in_one_line(data: &Bytes) -> Bytes {
    let is_end = |byte: &u8| matches!(byte, b'\n' | b'\r');
    if !data.iter().any(is_end) {
        return data.clone();
    }
    let lines: Vec<&[u8]> = data.split(is_end).collect();
    lines.join(b"\ndata: ".as_slice()).into()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn an_event_is_written_as_the_standard_has_it() {
        let id = EventId { stream: 3, number: 7 };
        let rows = [
            (Event::new(None, Some(id), &Bytes::from_static(b"{}")), "id: 3-7\ndata: {}\n\n"),
            (Event::new(Some("message"), None, &Bytes::from_static(b"{\n1}")), "event: message\ndata: {\ndata: 1}\n\n"),
            (Event::place(id, Duration::from_secs(1)), "id: 3-7\nretry: 1000\ndata:\n\n"),
            (Event::retry(Duration::from_millis(5)), "retry: 5\n\n"),
            (Event::comment(), ":\n\n"),
        ];
        for (event, text) in rows {
            assert_eq!(event.len(), text.len());
            assert_eq!(event.concat(), text.as_bytes());
        }
    }

    /// What a client gets: name, id and data of each event (HTML, 9.2.6).
    fn read(stream: &str) -> Vec<(String, String, String)> {
        let (mut events, mut name, mut id) = (Vec::new(), String::new(), String::new());
        let mut data: Vec<&str> = Vec::new();
        let unified = stream.replace("\r\n", "\n").replace('\r', "\n");
        for line in unified.lines() {
            let (field, value) = line.split_once(':').unwrap_or((line, ""));
            let value = value.strip_prefix(' ').unwrap_or(value);
            match field {
                "event" => name = value.into(),
                "id" => id = value.into(),
                "data" => data.push(value),
                _ if line.is_empty() && !data.is_empty() => {
                    events.push((std::mem::take(&mut name), id.clone(), std::mem::take(&mut data).join("\n")));
                }
                _ => {}
            }
        }
        events
    }

    /// Any JSON, perhaps written over several lines.
    fn message() -> impl Strategy<Value = (Value, String)> {
        let text = "[a :\\\\\"\n\r\u{e4}\u{2028}]{0,12}";
        let pair = (text, prop::collection::vec(text, 0..4)).prop_map(|(name, texts)| json!({ name: texts }));
        (pair, prop::sample::select(vec!["", "\n", "\r", "\r\n"])).prop_map(|(value, end)| {
            let pretty = serde_json::to_string_pretty(&value).unwrap_or_default();
            let written = if end.is_empty() { value.to_string() } else { pretty.replace('\n', end) };
            (value, written)
        })
    }

    proptest! {
        #[test]
        fn what_is_said_is_heard(
            messages in prop::collection::vec((message(), any::<bool>(), any::<Option<(u64, u64)>>()), 0..5),
        ) {
            let (mut stream, mut expected, mut last) = (Vec::new(), Vec::new(), String::new());
            for ((value, written), named, id) in &messages {
                let (name, id) = (named.then_some("message"), id.map(|(stream, number)| EventId { stream, number }));
                stream.extend(Event::comment().concat());
                stream.extend(Event::new(name, id, &Bytes::from(written.clone())).concat());
                last = id.map_or(last, |id| format!("{}-{}", id.stream, id.number));
                expected.push((name.unwrap_or_default().to_owned(), last.clone(), value.clone()));
            }
            let heard = read(std::str::from_utf8(&stream).unwrap());
            let heard = heard.into_iter().map(|(name, id, data)| (name, id, serde_json::from_str(&data).unwrap()));
            prop_assert_eq!(heard.collect::<Vec<_>>(), expected);
        }
    }

    #[test]
    fn what_is_said_is_not_copied() {
        let data = Bytes::from(vec![b'x'; 100]);
        let [_, said, _] = Event::new(None, None, &data).pieces;
        assert_eq!(said.as_ptr(), data.as_ptr());
    }
}
