//! Prints JSON with line ends and indentation, in the order in which it is written.

/// The same JSON, with two spaces for each level and a line end behind it.
pub(super) fn printed(json: &str) -> String {
    let mut printer = Printer::default();
    json.trim().chars().for_each(|letter| printer.print(letter));
    printer.out.push('\n');
    printer.out
}

#[derive(Default)]
struct Printer {
    out: String,
    level: usize,
    within: Within,
    /// Whether a list or an object was opened and nothing stands in it yet.
    is_open: bool,
}

/// Where the next letter stands.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Within {
    #[default]
    Structure,
    Text,
    /// Behind a backslash in a text.
    Escape,
}

impl Printer {
    fn print(&mut self, letter: char) {
        match (self.within, letter) {
            (Within::Structure, _) => self.structure(letter),
            (Within::Text, '"') => self.keep(letter, Within::Structure),
            (Within::Text, '\\') => self.keep(letter, Within::Escape),
            (Within::Text | Within::Escape, _) => self.keep(letter, Within::Text),
        }
    }

    fn keep(&mut self, letter: char, within: Within) {
        self.out.push(letter);
        self.within = within;
    }

    fn structure(&mut self, letter: char) {
        match letter {
            space if space.is_ascii_whitespace() => {}
            '}' | ']' => self.close(letter),
            _ => {
                if std::mem::take(&mut self.is_open) {
                    self.level = self.level.saturating_add(1);
                    self.line();
                }
                self.out.push(letter);
                match letter {
                    '{' | '[' => self.is_open = true,
                    ',' => self.line(),
                    ':' => self.out.push(' '),
                    '"' => self.within = Within::Text,
                    _ => {}
                }
            }
        }
    }

    /// What is empty stays on its line.
    fn close(&mut self, letter: char) {
        if !std::mem::take(&mut self.is_open) {
            self.level = self.level.saturating_sub(1);
            self.line();
        }
        self.out.push(letter);
    }

    fn line(&mut self) {
        self.out.push('\n');
        (0..self.level).for_each(|_| self.out.push_str("  "));
    }
}
