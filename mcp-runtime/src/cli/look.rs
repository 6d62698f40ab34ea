//! How a text looks: as wide and as colourful as that to which it is written can show.

use std::borrow::Cow;
use std::io::{self, Write as _};

use anstream::stream::RawStream;
use anstream::{AutoStream, ColorChoice};
use clap::builder::styling::{AnsiColor, Style};

use crate::error::Result;

/// Names, which everything else is about.
pub(super) const NAME: Style = Style::new().bold();
/// Headings.
pub(super) const HEADING: Style = Style::new().bold().underline();
/// Types and keys.
pub(super) const TYPE: Style = AnsiColor::Cyan.on_default();
/// Texts of JSON.
pub(super) const TEXT: Style = AnsiColor::Green.on_default();
/// What is needed.
pub(super) const NEEDED: Style = AnsiColor::Yellow.on_default();
/// What is said beside.
pub(super) const ASIDE: Style = Style::new().dimmed();

/// What a stream can show.
#[derive(Clone, Copy, Debug)]
pub(super) struct Look {
    has_colors: bool,
    is_terminal: bool,
    /// In characters; `None` where lines may be of any length.
    width: Option<usize>,
}

impl Look {
    /// Of standard output.
    pub(super) fn output() -> Self {
        Self::of(&io::stdout())
    }

    /// Of standard error.
    pub(super) fn errors() -> Self {
        Self::of(&io::stderr())
    }

    fn of(stream: &impl RawStream) -> Self {
        let is_terminal = stream.is_terminal();
        let has_colors = AutoStream::choice(stream) != ColorChoice::Never;
        let columns = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
        Self { has_colors, is_terminal, width: columns.or_else(|| terminal(is_terminal)) }
    }

    /// Of a file or a pipe.
    pub(super) const PLAIN: Self = Self { has_colors: false, is_terminal: false, width: None };

    /// For a terminal of so many characters.
    #[cfg(test)]
    pub(super) const fn colored(width: usize) -> Self {
        Self { has_colors: true, is_terminal: true, width: Some(width) }
    }

    pub(super) const fn has_colors(self) -> bool {
        self.has_colors
    }

    pub(super) const fn is_terminal(self) -> bool {
        self.is_terminal
    }

    /// In characters; where lines may be of any length, what most people have.
    pub(super) fn width(self) -> usize {
        self.width.unwrap_or(80)
    }

    pub(super) fn paint(self, style: Style, text: &str) -> String {
        if self.has_colors { format!("{style}{text}{style:#}") } else { text.to_owned() }
    }

    /// A text of somebody else: on a terminal it must not steer that.
    pub(super) fn tame(self, text: &str) -> Cow<'_, str> {
        if !self.is_terminal || !text.contains(steers) {
            return Cow::Borrowed(text);
        }
        let escaped = |char: char| if steers(char) { char.escape_default().to_string() } else { char.to_string() };
        Cow::Owned(text.chars().map(escaped).collect())
    }

    /// How many characters fit behind so many.
    pub(super) fn room(self, indent: usize) -> usize {
        self.width.map_or(usize::MAX, |width| width.saturating_sub(indent))
    }

    /// The words in lines that fit, all but the first behind `indent` spaces; the first begins there already.
    pub(super) fn wrap(self, text: &str, indent: usize) -> String {
        const LEAST: usize = 24;
        let width = self.room(indent).max(LEAST);
        let (mut out, mut used) = (String::new(), 0_usize);
        for word in text.split_whitespace() {
            let length = word.chars().count();
            let end = used.saturating_add(1).saturating_add(length);
            if used == 0 {
                used = length;
            } else if end > width {
                out.push('\n');
                out.push_str(&" ".repeat(indent));
                used = length;
            } else {
                out.push(' ');
                used = end;
            }
            out.push_str(word);
        }
        out
    }
}

/// Whether a character does something to a terminal, or to the order in which it shows others: `txt.exe` may be `exe.txt` then.
fn steers(char: char) -> bool {
    let turns = matches!(char, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    turns || (char.is_control() && !matches!(char, '\n' | '\t'))
}

fn terminal(is_terminal: bool) -> Option<usize> {
    let (terminal_size::Width(width), _) = terminal_size::terminal_size().filter(|_| is_terminal)?;
    Some(width.into())
}

/// Writes to standard output. Who reads no further has seen enough.
pub(super) fn print(text: &str) -> Result<()> {
    print_bytes(text.as_bytes())
}

pub(super) fn print_bytes(bytes: &[u8]) -> Result<()> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(bytes).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        done => Ok(done?),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_wrapped_where_there_is_an_end() {
        let words = "one two three  four five six seven eight";
        assert_eq!(Look::PLAIN.wrap(words, 4), "one two three four five six seven eight");
        assert_eq!(Look::colored(30).wrap(words, 4), "one two three four five\n    six seven eight");
        assert_eq!(Look::colored(3).wrap("x".repeat(40).as_str(), 4), "x".repeat(40));
    }

    #[test]
    fn a_terminal_is_not_steered() {
        let hostile = "a\tb\n\x1b]0;owned\x07\r\u{9b}2J";
        assert_eq!(Look::colored(80).tame(hostile), "a\tb\n\\u{1b}]0;owned\\u{7}\\r\\u{9b}2J");
        assert_eq!(Look::PLAIN.tame(hostile), hostile);
        assert_eq!(Look::colored(80).tame("a\u{202e}txt.exe\u{2069}, שלום"), "a\\u{202e}txt.exe\\u{2069}, שלום");
    }

    #[test]
    fn colors_are_for_those_who_see_them() {
        assert_eq!(Look::PLAIN.paint(NAME, "x"), "x");
        assert_eq!(Look::colored(80).paint(NAME, "x"), "\x1b[1mx\x1b[0m");
    }
}
