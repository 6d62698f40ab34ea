//! Reads the messages of an event stream as they come.

use std::io::Result;

use serde_json::Value;

use crate::client::Client;

/// A stream whose head has been read.
pub(crate) struct Events<'c> {
    client: &'c mut Client,
    text: Vec<u8>,
    /// The id of the last event, where a client may resume.
    pub(crate) last: Option<String>,
}

impl<'c> Events<'c> {
    pub(crate) fn of(client: &'c mut Client) -> Self {
        Self { client, text: Vec::new(), last: None }
    }

    /// The next message; `None` at the end.
    pub(crate) async fn next(&mut self) -> Result<Option<Value>> {
        loop {
            match self.event().await? {
                Some(event) => match data(&event) {
                    Some(message) => return Ok(Some(message)),
                    None => continue,
                },
                None => return Ok(None),
            }
        }
    }

    /// The next event or comment, which ends with an empty line.
    pub(crate) async fn event(&mut self) -> Result<Option<String>> {
        let end = loop {
            if let Some(end) = self.text.windows(2).position(|bytes| bytes == b"\n\n") {
                break end + 2;
            }
            if !self.client.part(&mut self.text).await? {
                return Ok(None);
            }
        };
        let event = String::from_utf8(self.text.drain(..end).collect()).unwrap();
        if let Some(id) = event.lines().find_map(|line| line.strip_prefix("id:")) {
            self.last = Some(id.trim().to_owned());
        }
        Ok(Some(event))
    }
}

fn data(event: &str) -> Option<Value> {
    let data = event.lines().find_map(|line| line.strip_prefix("data:"))?.trim();
    (!data.is_empty()).then(|| serde_json::from_str(data).unwrap_or_else(|error| panic!("{error}: {event}")))
}
