//! Shows on a terminal how far a call has come, on one line that goes away again.

use std::io::{self, Write as _};
use std::sync::atomic::{AtomicBool, Ordering};

use super::look::{ASIDE, Look, TYPE};
use crate::client::Reported;

/// The line; nothing where standard error is no terminal.
pub(super) struct Bar {
    look: Look,
    is_shown: AtomicBool,
}

impl Bar {
    pub(super) fn new() -> Self {
        Self { look: Look::errors(), is_shown: AtomicBool::new(false) }
    }

    pub(super) fn show(&self, report: &Reported) {
        if self.look.is_terminal() {
            self.is_shown.store(true, Ordering::Relaxed);
            write(&format!("\r\x1b[2K{}", line(report, self.look)));
        }
    }

    /// Makes room for something else.
    pub(super) fn clear(&self) {
        if self.is_shown.swap(false, Ordering::Relaxed) {
            write("\r\x1b[2K");
        }
    }
}

fn write(text: &str) {
    let mut stderr = io::stderr().lock();
    // Who does not see it misses nothing that matters.
    let _ = stderr.write_all(text.as_bytes()).and_then(|()| stderr.flush());
}

/// "[=====>    ] 2/4 copying b.txt", as much of it as fits.
fn line(report: &Reported, look: Look) -> String {
    const WIDTH: usize = 24;
    let message = report.message.as_deref().unwrap_or_default();
    let message = look.tame(message).replace('\n', " ");
    let Some(total) = report.total.filter(|total| *total > 0.0) else {
        return format!("{} {}", report.done, look.paint(ASIDE, &cut(&message, look)));
    };
    let part = (report.done / total).clamp(0.0, 1.0);
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is between 0 and the width")]
    let filled = (part * WIDTH as f64) as usize;
    let head = if filled < WIDTH { ">" } else { "" };
    let bar = format!("{:<WIDTH$}", "=".repeat(filled) + head);
    format!("[{}] {}/{total} {}", look.paint(TYPE, &bar), report.done, look.paint(ASIDE, &cut(&message, look)))
}

/// What is left of the line beside the bar.
fn cut(message: &str, look: Look) -> String {
    const BESIDE: usize = 45;
    message.chars().take(look.width().saturating_sub(BESIDE)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(done: f64, total: Option<f64>, message: &str) -> String {
        let report = Reported { done, total, message: Some(message.to_owned()) };
        line(&report, Look::PLAIN)
    }

    #[test]
    fn a_line_shows_how_far_it_is() {
        assert_eq!(report(0.0, Some(4.0), ""), "[>                       ] 0/4 ");
        assert_eq!(report(2.0, Some(4.0), "b\nc"), "[============>           ] 2/4 b c");
        assert_eq!(report(9.0, Some(4.0), "over"), "[========================] 9/4 over");
        assert_eq!(report(7.5, None, "looking"), "7.5 looking");
    }
}
