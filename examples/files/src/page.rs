//! Some lines of a file, however large it is.

use std::io::{BufRead as _, BufReader, Read};

use mcp_runtime::model;

use crate::fault::Problem;

/// How long a page is at most, in bytes.
const LONGEST: u64 = 64 * 1024;

/// How much of a file is read to find a line: whoever asks for the last lines of a very large file should search.
const FARTHEST: u64 = 256 * 1024 * 1024;

/// Some lines of a file.
#[model]
pub(crate) struct Page {
    pub text: String,
    /// With which line the next page begins, if there is more.
    pub next_line: Option<u64>,
}

/// Reads so many lines, the first of which has this number, counted from 1.
pub(crate) fn read(file: impl Read, first_line: u64, lines: u64) -> Result<Page, Problem> {
    let mut reader = BufReader::new(file.take(FARTHEST));
    for _ in 1..first_line {
        if reader.skip_until(b'\n')? == 0 {
            break;
        }
    }
    let (mut text, mut line) = (Vec::new(), first_line);
    let end = first_line.saturating_add(lines);
    while line < end && !reader.fill_buf()?.is_empty() {
        let (start, room) = (text.len(), LONGEST.saturating_sub(text.len() as u64));
        reader.by_ref().take(room).read_until(b'\n', &mut text)?;
        if !text.ends_with(b"\n") && !reader.fill_buf()?.is_empty() {
            // It does not fit any more.
            text.truncate(start);
            break;
        }
        line = line.saturating_add(1);
    }
    let is_over = reader.fill_buf()?.is_empty() && reader.get_ref().limit() > 0;
    match (text.is_empty(), is_over) {
        (true, false) if reader.get_ref().limit() == 0 => Err(Problem::TooLarge(FARTHEST)),
        (true, false) => Err(Problem::LongLine(line)),
        _ => Ok(Page { text: readable(text)?, next_line: (!is_over).then_some(line) }),
    }
}

/// A NUL is valid UTF-8, but nobody writes one in a text.
fn readable(bytes: Vec<u8>) -> Result<String, Problem> {
    let text = String::from_utf8(bytes).map_err(|_| Problem::NoText)?;
    if text.contains('\0') { Err(Problem::NoText) } else { Ok(text) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(text: &str, first_line: u64, lines: u64) -> (String, Option<u64>) {
        let page = read(text.as_bytes(), first_line, lines).unwrap();
        (page.text, page.next_line)
    }

    #[test]
    fn pages_follow_each_other_without_a_gap() {
        let text = "one\ntwo\nthree";
        assert_eq!(page(text, 1, 2), ("one\ntwo\n".into(), Some(3)));
        assert_eq!(page(text, 3, 2), ("three".into(), None));
        assert_eq!(page(text, 2, 1), ("two\n".into(), Some(3)));
        assert_eq!(page(text, 1, u64::MAX), (text.into(), None));
        for beyond in [4, 1000, u64::MAX] {
            assert_eq!(page(text, beyond, 1), (String::new(), None));
        }
        assert_eq!(page("", 1, 1), (String::new(), None));
    }

    #[test]
    fn a_page_ends_before_the_line_that_does_not_fit() {
        let line = format!("{}\n", "x".repeat(30_000));
        let text = line.repeat(5);
        let (mut first, mut seen) = (Some(1), String::new());
        while let Some(line) = first {
            let (text, next) = page(&text, line, 5000);
            assert!(text.len() as u64 <= LONGEST && !text.is_empty());
            seen.push_str(&text);
            first = next;
        }
        assert_eq!(seen, text);
    }

    #[test]
    fn a_line_longer_than_a_page_is_told_and_passed_over() {
        let text = format!("one\n{}\nthree\n", "x".repeat(100_000));
        assert_eq!(page(&text, 1, 9), ("one\n".into(), Some(2)));
        let error = read(text.as_bytes(), 2, 9).err().unwrap();
        assert!(matches!(error, Problem::LongLine(2)), "{error}");
        assert_eq!(page(&text, 3, 9), ("three\n".into(), None));
    }

    #[test]
    fn what_is_no_text_is_said_to_be_none() {
        for bytes in [&b"a\0b"[..], b"\xff\xfe"] {
            assert!(matches!(read(bytes, 1, 1), Err(Problem::NoText)));
        }
    }

    #[test]
    fn a_file_without_an_end_has_one_here() {
        let error = read(std::io::repeat(b'x'), 2, 1).err().unwrap();
        assert!(matches!(error, Problem::TooLarge(FARTHEST)), "{error}");
        assert!(matches!(read(std::io::repeat(b'x'), 1, 1), Err(Problem::LongLine(1))));
    }
}
