//! The report of a server that cannot start: every fault with its places and what to do, in the layout of rustc.

use std::fmt;

/// The faults of a server, as people read them. The first line of a fault says what is wrong; what begins with `  at ` is a place in
/// the source, and every other line helps.
pub(super) struct Report<'f> {
    pub(super) faults: &'f [String],
    pub(super) styles: &'static Styles,
}

/// Escape sequences, or nothing.
pub(super) struct Styles {
    error: &'static str,
    loud: &'static str,
    frame: &'static str,
    end: &'static str,
}

/// For a file, a pipe, or a person without colours.
pub(super) const PLAIN: Styles = Styles { error: "", loud: "", frame: "", end: "" };

/// For a terminal.
#[cfg_attr(not(feature = "cli"), allow(dead_code, reason = "only the command line asks the terminal"))]
const COLORS: Styles = Styles { error: "\x1b[1;31m", loud: "\x1b[1m", frame: "\x1b[1;34m", end: "\x1b[0m" };

/// What suits standard error.
pub(super) fn styles() -> &'static Styles {
    #[cfg(feature = "cli")]
    if anstream::AutoStream::choice(&std::io::stderr()) != anstream::ColorChoice::Never {
        return &COLORS;
    }
    &PLAIN
}

impl fmt::Display for Report<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { faults, styles: Styles { loud, end, .. } } = self;
        let s = if faults.len() == 1 { "" } else { "s" };
        write!(f, "{loud}the server cannot start: {} fault{s}{end}", faults.len())?;
        faults.iter().try_for_each(|fault| self.styles.fault(fault, f))
    }
}

impl Styles {
    fn fault(&self, fault: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { error, loud, frame, end } = self;
        let mut lines = fault.lines();
        write!(f, "\n\n{error}error{end}{loud}: {}{end}", lines.next().unwrap_or_default())?;
        let mut helps = false;
        for line in lines {
            if let Some(place) = line.strip_prefix("  at ") {
                write!(f, "\n  {frame}-->{end} {place}")?;
            } else if helps {
                write!(f, "\n           {line}")?;
            } else {
                write!(f, "\n   {frame}={end} {loud}help{end}: {line}")?;
                helps = true;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_is_told_with_its_places_and_what_helps() {
        let faults =
            ["two tools are called `x`\n  at a.rs:1 (`a::x`)\n  at b.rs:2 (`b::x`)\nrename one\nor two".to_owned()];
        let plain = "the server cannot start: 1 fault\n\nerror: two tools are called `x`\n  --> a.rs:1 (`a::x`)\n  --> b.rs:2 \
                     (`b::x`)\n   = help: rename one\n           or two";
        assert_eq!(Report { faults: &faults, styles: &PLAIN }.to_string(), plain);
        let colored = Report { faults: &faults, styles: &COLORS }.to_string();
        assert!(colored.contains("\x1b[1;31merror\x1b[0m\x1b[1m: two tools are called `x`\x1b[0m"), "{colored:?}");
        let sequences = ["\x1b[1;31m", "\x1b[1;34m", "\x1b[1m", "\x1b[0m"];
        assert_eq!(sequences.iter().fold(colored, |text, sequence| text.replace(sequence, "")), plain);
    }
}
