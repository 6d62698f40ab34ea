//! What a server answers, as a person wants to see it: on a terminal in colours and harmless, in a pipe as it is.

use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use clap::builder::styling::Style;
use clap::{Arg, ArgAction, ArgMatches};
use serde_json::{Value, json};

use super::look::{ASIDE, Look, NAME, NEEDED, TEXT, TYPE, print};
use super::words;
use crate::error::{Error, Result};
use crate::json::InOrder;
use crate::json::pretty::{Word, painted};

/// `--json` and `--output`, of the commands that show an answer.
pub(super) fn arguments() -> [Arg; 2] {
    [
        Arg::new("json").long("json").action(ArgAction::SetTrue).help("Print the whole answer as JSON"),
        Arg::new("output")
            .short('o')
            .long("output")
            .value_name("FILE")
            .value_parser(clap::value_parser!(PathBuf))
            .conflicts_with("json")
            .help("Write what is not text (images, audio, bytes), or else everything, to this file"),
    ]
}

/// Where an answer goes.
pub(super) struct Wanted {
    is_json: bool,
    file: Option<PathBuf>,
}

impl Wanted {
    pub(super) fn of(matches: &ArgMatches) -> Self {
        Self { is_json: matches.get_flag("json"), file: matches.get_one::<PathBuf>("output").cloned() }
    }

    /// Whether neither JSON nor a file is wanted.
    pub(super) const fn is_plain(&self) -> bool {
        !self.is_json && self.file.is_none()
    }

    /// Shows an answer that says that it failed: only as JSON, since what went wrong is an error.
    pub(super) fn show_failure(&self, whole: &Value) -> Result<()> {
        if self.is_json { print(&json(whole, Look::output())) } else { Ok(()) }
    }

    /// Shows the parts of an answer, or all of it as JSON.
    pub(super) fn show(&self, whole: &Value, parts: impl Fn(Look) -> Vec<Part>) -> Result<()> {
        let look = Look::output();
        match &self.file {
            _ if self.is_json => print(&json(whole, look)),
            Some(file) => save(parts(Look::PLAIN), file),
            None => print(&lines(parts(look), look)),
        }
    }
}

/// A part of an answer.
#[derive(Debug, PartialEq)]
pub(super) enum Part {
    /// Ready to be shown.
    Text(String),
    /// Nothing to be read by people, and what it is.
    Bytes { bytes: Vec<u8>, mime: String },
}

fn lines(parts: Vec<Part>, look: Look) -> String {
    let mut out = String::new();
    for part in parts {
        match part {
            Part::Text(text) => out.push_str(&text),
            Part::Bytes { bytes, mime } => {
                let note = format!("{}, {}: `--output FILE` saves it", look.tame(&mime), size(bytes.len()));
                out.push_str(&look.paint(ASIDE, &note));
            }
        }
        if !out.is_empty() && !out.ends_with('\n') {
            out.push('\n');
        }
    }
    out
}

/// Each thing that is no text becomes a file, `x.png`, `x-2.png`; if there is none, the text does.
fn save(parts: Vec<Part>, file: &Path) -> Result<()> {
    let (bytes, text): (Vec<Part>, Vec<Part>) = parts.into_iter().partition(|part| matches!(part, Part::Bytes { .. }));
    if bytes.is_empty() {
        return write(file, lines(text, Look::PLAIN).as_bytes());
    }
    let files = (1_usize..).map(|number| numbered(file, number));
    for (part, file) in bytes.into_iter().zip(files) {
        if let Part::Bytes { bytes, .. } = part {
            write(&file, &bytes)?;
        }
    }
    print(&lines(text, Look::output()))
}

fn write(file: &Path, bytes: &[u8]) -> Result<()> {
    std::fs::write(file, bytes).map_err(|error| Error::other(format!("cannot write `{}`: {error}", file.display())))
}

fn numbered(file: &Path, number: usize) -> PathBuf {
    if number == 1 {
        return file.to_owned();
    }
    let stem = file.file_stem().unwrap_or_default().to_string_lossy();
    let name = match file.extension() {
        Some(extension) => format!("{stem}-{number}.{}", extension.to_string_lossy()),
        None => format!("{stem}-{number}"),
    };
    file.with_file_name(name)
}

/// "17 B", "1.5 KiB".
fn size(bytes: usize) -> String {
    const KIB: usize = 1024;
    const MIB: usize = KIB * KIB;
    let tenths = |unit: usize| {
        let tenths = bytes.saturating_mul(10).checked_div(unit).unwrap_or_default();
        format!("{}.{}", tenths / 10, tenths % 10)
    };
    match bytes {
        0..KIB => format!("{bytes} B"),
        KIB..MIB => format!("{} KiB", tenths(KIB)),
        _ => format!("{} MiB", tenths(MIB)),
    }
}

/// The result of a tool. Text that only repeats the structured content is left out.
pub(super) fn called(result: &Value, look: Look) -> Vec<Part> {
    let blocks = result.get("content").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let Some(structured) = result.get("structuredContent").filter(|structured| !structured.is_null()) else {
        return blocks.iter().map(|block| content(block, look)).collect();
    };
    let (mut parts, mut written) = (Vec::new(), None);
    for block in blocks {
        match repeated(block, structured) {
            Some(text) => written = Some(text),
            None => parts.push(content(block, look)),
        }
    }
    parts.push(Part::Text(structure(&written.unwrap_or_else(|| structured.to_string()), look)));
    parts
}

/// The structured content as a block of text has it: there, members stand in the order of their declaration.
fn repeated(block: &Value, structured: &Value) -> Option<String> {
    let text = block.get("text")?.as_str()?;
    let read: Value = serde_json::from_str(text).ok()?;
    if read == *structured {
        return Some(text.to_owned());
    }
    // What is no object has one around it in the structured content alone.
    (*structured == json!({ "result": read })).then(|| format!("{{\"result\":{text}}}"))
}

/// A block of content.
pub(super) fn content(block: &Value, look: Look) -> Part {
    let of = |key: &str| block.get(key).and_then(Value::as_str).unwrap_or_default();
    match of("type") {
        "text" => Part::Text(look.tame(of("text")).into_owned()),
        "image" | "audio" => decoded(of("data"), of("mimeType")),
        "resource" => contents(block.get("resource").unwrap_or(&Value::Null), look),
        "resource_link" => {
            let name = look.paint(NAME, &look.tame(of("name")));
            Part::Text(format!("{name} <{}>", look.tame(of("uri"))))
        }
        _ => Part::Text(json(block, look)),
    }
}

/// The contents of a resource.
pub(super) fn contents(contents: &Value, look: Look) -> Part {
    let of = |key: &str| contents.get(key).and_then(Value::as_str);
    match (of("text"), of("blob")) {
        (Some(text), _) => Part::Text(look.tame(text).into_owned()),
        (None, Some(blob)) => decoded(blob, of("mimeType").unwrap_or("application/octet-stream")),
        (None, None) => Part::Text(json(contents, look)),
    }
}

fn decoded(data: &str, mime: &str) -> Part {
    Part::Bytes { bytes: BASE64.decode(data).unwrap_or_default(), mime: mime.to_owned() }
}

/// What is flat is shown to people as a table; everything else, and to programs everything, as JSON.
fn structure(text: &str, look: Look) -> String {
    let flat = serde_json::from_str(text).ok().filter(|InOrder(members)| {
        look.is_terminal()
            && !members.is_empty()
            && members.iter().all(|(_, member)| !member.is_object() && !member.is_array())
    });
    let Some(InOrder(members)) = flat else { return written(text, look) };
    let widest = members.iter().map(|(key, _)| key.chars().count()).max().unwrap_or_default();
    let row = |(key, value): &(String, Value)| {
        let gap = " ".repeat(widest.saturating_sub(key.chars().count()).saturating_add(2));
        let (text, word) = (words::plain(value), if value.is_string() { Word::Text } else { Word::Other });
        let shown =
            if word == Word::Text { look.tame(&text).into_owned() } else { look.paint(style(word, &text), &text) };
        format!("{}{gap}{shown}\n", look.paint(TYPE, &look.tame(key)))
    };
    members.iter().map(row).collect()
}

/// JSON over several lines.
pub(super) fn json(value: &Value, look: Look) -> String {
    written(&value.to_string(), look)
}

/// JSON that is written already, over several lines. Control characters are escaped in it; those that JSON leaves as they are, too.
pub(super) fn written(text: &str, look: Look) -> String {
    painted(text, |word, text| look.paint(style(word, text), &look.tame(text)))
}

fn style(word: Word, text: &str) -> Style {
    match word {
        Word::Key => TYPE,
        Word::Text => TEXT,
        Word::Other if text == "null" => ASIDE,
        Word::Other => NEEDED,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(result: &Value, look: Look) -> String {
        lines(called(result, look), look)
    }

    #[test]
    fn text_is_what_it_is() {
        let result = json!({ "content": [{ "type": "text", "text": "a\x1b[2Jb" }, { "type": "text", "text": "c\n" }] });
        assert_eq!(shown(&result, Look::PLAIN), "a\x1b[2Jb\nc\n");
        assert_eq!(shown(&result, Look::colored(80)), "a\\u{1b}[2Jb\nc\n");
        assert_eq!(shown(&json!({ "content": [] }), Look::PLAIN), "");
    }

    #[test]
    fn structured_content_is_shown_once() {
        let structured = json!({ "city": "Oslo", "degrees": 4.5 });
        let block = |text: String| json!({ "type": "text", "text": text });
        let result = json!({ "content": [block(structured.to_string())], "structuredContent": structured });
        assert_eq!(shown(&result, Look::PLAIN), "{\n  \"city\": \"Oslo\",\n  \"degrees\": 4.5\n}\n");
        let table = "\x1b[36mcity\x1b[0m     Oslo\n\x1b[36mdegrees\x1b[0m  \x1b[33m4.5\x1b[0m\n";
        assert_eq!(shown(&result, Look::colored(80)), table);
        let both = json!({ "content": [block("Brr.".into())], "structuredContent": [1, [], {}] });
        assert_eq!(shown(&both, Look::PLAIN), "Brr.\n[\n  1,\n  [],\n  {}\n]\n");
    }

    #[test]
    fn members_stay_in_the_order_of_their_declaration() {
        let text = r#"{"to":"Ann","subject":null,"body":1.50}"#;
        let structured: Value = serde_json::from_str(text).unwrap();
        let block = |text: &str| json!([{ "type": "text", "text": text }]);
        let result = json!({ "content": block(text), "structuredContent": structured });
        assert_eq!(shown(&result, Look::PLAIN), "{\n  \"to\": \"Ann\",\n  \"subject\": null,\n  \"body\": 1.50\n}\n");
        let table = anstream::adapter::strip_str(&shown(&result, Look::colored(80))).to_string();
        assert_eq!(table, "to       Ann\nsubject  null\nbody     1.5\n");
        let text = r#"[{"to":"Ann","body":"Hi"}]"#;
        let inner: Value = serde_json::from_str(text).unwrap();
        let wrapped = json!({ "content": block(text), "structuredContent": { "result": inner } });
        let order = "{\n  \"result\": [\n    {\n      \"to\": \"Ann\",\n      \"body\": \"Hi\"\n    }\n  ]\n}\n";
        assert_eq!(shown(&wrapped, Look::PLAIN), order);
    }

    #[test]
    fn what_nobody_can_read_is_told_and_saved() {
        let image = json!({ "type": "image", "data": "AAEC", "mimeType": "image/png" });
        let result = json!({ "content": [image, { "type": "text", "text": "a picture" }, image] });
        let note = "image/png, 3 B: `--output FILE` saves it\n";
        assert_eq!(shown(&result, Look::PLAIN), format!("{note}a picture\n{note}"));
        let folder = std::env::temp_dir().join(format!("mcp-runtime-show-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let file = folder.join("x.png");
        save(called(&result, Look::PLAIN), &file).unwrap();
        assert_eq!([file.clone(), folder.join("x-2.png")].map(|file| std::fs::read(file).unwrap()), [[0, 1, 2]; 2]);
        save(vec![Part::Text("words".into())], &file).unwrap();
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "words\n");
        std::fs::remove_dir_all(&folder).unwrap();
        assert!(save(vec![], &file).unwrap_err().to_string().contains("cannot write"));
    }

    #[test]
    fn links_and_embedded_resources_are_shown() {
        let link = json!({ "type": "resource_link", "name": "guide", "uri": "docs://guide" });
        let resource = json!({ "type": "resource", "resource": { "uri": "x://y", "text": "inside" } });
        assert_eq!(shown(&json!({ "content": [link, resource] }), Look::PLAIN), "guide <docs://guide>\ninside\n");
    }

    #[test]
    fn sizes_are_told_in_words() {
        assert_eq!([17, 1536, 5 * 1024 * 1024].map(size), ["17 B", "1.5 KiB", "5.0 MiB"]);
    }
}
