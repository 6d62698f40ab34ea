//! Where the server itself reports trouble: `tracing` if somebody listens there, else standard error.

use std::fmt::{self, Write as _};
use std::io::Write as _;

/// Reports what a developer should look at.
pub(crate) fn error(message: fmt::Arguments<'_>) {
    let message = Tame(message);
    #[cfg(feature = "tracing")]
    if tracing::dispatcher::has_been_set() {
        tracing::error!("{message}");
        return;
    }
    // There is nobody left to tell if standard error is closed.
    let _ = writeln!(std::io::stderr(), "mcp-runtime: {message}");
}

/// Reports what is odd but harmless; heard only by those who listen.
pub(crate) fn debug(message: fmt::Arguments<'_>) {
    #[cfg(feature = "tracing")]
    tracing::debug!("{}", Tame(message));
    #[cfg(not(feature = "tracing"))]
    let _ = message;
}

/// A message that cannot pass for several, nor steer a terminal, whatever texts of clients are in it: further lines are
/// indented, and control characters are escaped.
struct Tame<'m>(fmt::Arguments<'m>);

impl fmt::Display for Tame<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(Taming(f), "{}", self.0)
    }
}

struct Taming<'w, W>(&'w mut W);

impl<W: fmt::Write> fmt::Write for Taming<'_, W> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        text.chars().try_for_each(|char| self.write_char(char))
    }

    fn write_char(&mut self, char: char) -> fmt::Result {
        match char {
            '\n' => self.0.write_str("\n    "),
            control if control.is_control() => write!(self.0, "{}", control.escape_default()),
            other => self.0.write_char(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_stays_one_message() {
        for (message, tame) in [
            ("fine, über all", "fine, über all"),
            ("a\nmcp-runtime: all is well", "a\n    mcp-runtime: all is well"),
            ("a\r\n\u{1b}[2Jb\0", "a\\r\n    \\u{1b}[2Jb\\u{0}"),
            ("\u{9b}31m\u{7f}", "\\u{9b}31m\\u{7f}"),
        ] {
            assert_eq!(Tame(format_args!("{message}")).to_string(), tame);
        }
    }
}
