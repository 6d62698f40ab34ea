//! One event of a stream (HTML, Server-sent events), in pieces: readers of the same message share its bytes.

use std::time::Duration;

use bytes::Bytes;

use crate::events::EventId;

/// One event, ready to be sent.
#[derive(Debug)]
pub(super) struct Event([Bytes; 3]);

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
        Self([head.into(), in_one_line(data), Bytes::from_static(b"\n\n")])
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
        Self([Bytes::from_static(b":\n\n"), Bytes::new(), Bytes::new()])
    }

    fn raw(text: String) -> Self {
        Self([text.into(), Bytes::new(), Bytes::new()])
    }

    pub(super) fn len(&self) -> usize {
        self.0.iter().map(Bytes::len).sum()
    }

    pub(super) fn concat(&self) -> Vec<u8> {
        self.0.concat()
    }
}

impl IntoIterator for Event {
    type Item = Bytes;
    type IntoIter = std::array::IntoIter<Bytes, 3>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
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

    #[test]
    fn what_is_said_is_not_copied() {
        let data = Bytes::from(vec![b'x'; 100]);
        let [_, said, _] = Event::new(None, None, &data).0;
        assert_eq!(said.as_ptr(), data.as_ptr());
    }
}
