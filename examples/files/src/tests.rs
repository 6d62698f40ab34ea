//! The server as a client sees it.

#[cfg(unix)]
mod attacks;
mod watched;

use std::fs;
use std::path::PathBuf;

use mcp_runtime::{Client, Revision};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::*;

/// What no client may ever see: it lies beside the directory that is served.
const SECRET: &str = "the secret beside it";

/// A directory that is served, and one around it that is not.
struct Fixture {
    around: TempDir,
}

impl Fixture {
    fn new() -> Self {
        let fixture = Self { around: TempDir::new().unwrap() };
        fs::write(fixture.around.path().join("secret.txt"), SECRET).unwrap();
        fs::create_dir_all(fixture.root().join("src/deep")).unwrap();
        fixture.write("readme.md", "# Files\n\nRead me.\n");
        fixture.write("src/main.rs", "fn main() {\n    println!(\"Hello\");\n}\n");
        fixture.write("src/deep/note 1.txt", "hello again\n");
        fixture
    }

    fn root(&self) -> PathBuf {
        self.around.path().join("root")
    }

    fn write(&self, path: &str, text: &str) {
        fs::write(self.root().join(path), text).unwrap();
    }

    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.root().join(path)).unwrap()
    }

    async fn reader(&self) -> Client {
        server(&self.root(), false).unwrap().client().await.unwrap()
    }

    async fn writer(&self) -> Client {
        server(&self.root(), true).unwrap().client().await.unwrap()
    }
}

/// What a call says that must not succeed.
async fn refusal(client: &Client, tool: &str, arguments: Value) -> String {
    let answer = client.call(tool, arguments).await.unwrap();
    assert!(answer.is_error(), "{tool}: {}", answer.text());
    answer.text()
}

#[tokio::test]
async fn folders_are_listed_by_name() {
    let fixture = Fixture::new();
    let client = fixture.reader().await;
    let expected = json!([
        { "path": "readme.md", "kind": "file", "size": 18 },
        { "path": "src", "kind": "folder", "size": null },
    ]);
    let expected = json!({ "entries": expected, "left_out": 0 });
    client.call("list_files", ()).await.unwrap().assert_structured(expected);
    for path in ["src", "src/", "./src/../src"] {
        let listing: Listing = client.call("list_files", json!({ "path": path })).await.unwrap().structured();
        assert_eq!(listing.entries.iter().map(Entry::name).collect::<Vec<_>>(), ["deep", "main.rs"], "{path}");
    }
    let file = refusal(&client, "list_files", json!({ "path": "readme.md" })).await;
    assert_eq!(file, "`readme.md` is no folder, or leads through a file");
}

#[tokio::test]
async fn a_large_folder_is_listed_in_part() {
    let fixture = Fixture::new();
    for number in 0..1003 {
        fixture.write(&format!("src/deep/{number}"), "");
    }
    let client = fixture.reader().await;
    let listing: Listing = client.call("list_files", json!({ "path": "src/deep" })).await.unwrap().structured();
    assert_eq!((listing.entries.len(), listing.left_out), (1000, 4));
}

#[tokio::test]
async fn files_are_read_by_lines() {
    let fixture = Fixture::new();
    let client = fixture.reader().await;
    let arguments = json!({ "path": "src/main.rs", "first_line": 2, "lines": 1 });
    let page: Page = client.call("read_file", arguments).await.unwrap().structured();
    assert_eq!((page.text.as_str(), page.next_line), ("    println!(\"Hello\");\n", Some(3)));
    for (path, says) in [
        ("src", "`src` is a folder: `list_files` tells what lies in it"),
        ("src/missing", "`src/missing` does not exist: `list_files` tells what there is"),
        ("readme.md/x", "`readme.md/x` is no folder, or leads through a file"),
    ] {
        assert_eq!(refusal(&client, "read_file", json!({ "path": path })).await, says);
    }
}

#[tokio::test]
async fn names_and_lines_are_found() {
    let fixture = Fixture::new();
    fixture.write(".hidden", "hello");
    fixture.write("picture.bin", "hello\0");
    let client = fixture.reader().await;
    let lines = json!([
        { "path": "src/main.rs", "line": 2, "text": "    println!(\"Hello\");" },
        { "path": "src/deep/note 1.txt", "line": 1, "text": "hello again" },
    ]);
    let found = client.call("search_files", json!({ "text": "HELLO" })).await.unwrap();
    found.assert_structured(json!({ "matches": lines, "complete": true }));
    let arguments = json!({ "text": "main", "path": "src" });
    let found: Found = client.call("search_files", arguments).await.unwrap().structured();
    assert_eq!(found.matches.iter().map(|found| found.line).collect::<Vec<_>>(), [None, Some(1)]);
    let found: Found = client.call("search_files", json!({ "text": "hello", "limit": 1 })).await.unwrap().structured();
    assert_eq!((found.matches.len(), found.complete), (1, false));
}

#[test]
fn a_search_ends_at_its_bounds_and_says_so() {
    let fixture = Fixture::new();
    let folder = Folder::open(&fixture.root()).unwrap();
    let run = |bounds: Bounds| search::run(&folder, "", "again", &bounds, || false).unwrap();
    let usual = Bounds::of(10);
    assert!(run(usual.clone()).complete);
    for bounds in [Bounds { entries: 3, ..usual.clone() }, Bounds { bytes: 4, ..usual.clone() }] {
        let found = run(bounds);
        assert_eq!((found.matches.len(), found.complete), (0, false));
    }
    let found = search::run(&folder, "", "e", &usual, || true).unwrap();
    assert_eq!((found.matches.len(), found.complete), (0, false), "nobody waits for it any more");
}

#[tokio::test]
async fn nothing_that_writes_is_offered_unless_it_is_allowed() {
    let fixture = Fixture::new();
    let names = async |client: &Client| {
        let tools = client.list("tools").await.unwrap();
        tools.iter().map(|tool| tool["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let reader = fixture.reader().await;
    assert_eq!(names(&reader).await, ["list_files", "read_file", "search_files"]);
    for (tool, arguments) in [
        ("write_file", json!({ "path": "new", "text": "x", "overwrite": true })),
        ("edit_file", json!({ "path": "readme.md", "old": "Files", "new": "x" })),
    ] {
        assert!(reader.call(tool, arguments).await.is_err(), "{tool} is no tool");
    }
    assert!(!fixture.root().join("new").exists());
    assert_eq!(fixture.read("readme.md"), "# Files\n\nRead me.\n");
    assert_eq!(names(&fixture.writer().await).await.len(), 5);
}

#[tokio::test]
async fn files_are_written_and_not_by_mistake() {
    let fixture = Fixture::new();
    let client = fixture.writer().await;
    let arguments = json!({ "path": "a/b/new.txt", "text": "one" });
    let written = client.call("write_file", &arguments).await.unwrap();
    written.assert_structured(json!({ "path": "a/b/new.txt", "bytes": 3 }));
    let taken = refusal(&client, "write_file", arguments).await;
    assert_eq!(taken, "`a/b/new.txt` exists already: say `overwrite` to replace it");
    let arguments = json!({ "path": "a/b/new.txt", "text": "two", "overwrite": true });
    assert!(!client.call("write_file", arguments).await.unwrap().is_error());
    assert_eq!(fixture.read("a/b/new.txt"), "two");
    let folder = refusal(&client, "write_file", json!({ "path": "src", "text": "x", "overwrite": true })).await;
    assert!(folder.contains("is a folder"), "{folder}");
    let long = "x".repeat(1024 * 1024 + 1);
    let long = refusal(&client, "write_file", json!({ "path": "long", "text": long })).await;
    assert_eq!(long, "`long` is larger than 1024 KiB, which is the most here");
    assert_eq!(fs::read_dir(fixture.root().join("a/b")).unwrap().count(), 1, "nothing is left beside it");
}

#[tokio::test]
async fn an_edit_changes_what_occurs_once() {
    let fixture = Fixture::new();
    let client = fixture.writer().await;
    let edit = |old: &str| json!({ "path": "readme.md", "old": old, "new": "Book" });
    for (old, says) in [
        ("Vile", "`readme.md` does not contain the piece: `read_file` tells what it contains"),
        ("e", "`readme.md` contains the piece 3 times: give more of what is around it"),
    ] {
        assert_eq!(refusal(&client, "edit_file", edit(old)).await, says);
    }
    assert!(!client.call("edit_file", edit("File")).await.unwrap().is_error());
    assert_eq!(fixture.read("readme.md"), "# Books\n\nRead me.\n");
    let long = json!({ "path": "readme.md", "old": "Book", "new": "x".repeat(1024 * 1024) });
    let long = refusal(&client, "edit_file", long).await;
    assert_eq!(long, "`readme.md` is larger than 1024 KiB, which is the most here");
    let missing = refusal(&client, "edit_file", json!({ "path": "none", "old": "a", "new": "b" })).await;
    assert!(missing.contains("does not exist") && !fixture.root().join("none").exists(), "{missing}");
}

#[tokio::test]
async fn edits_at_the_same_time_are_all_kept() {
    let fixture = Fixture::new();
    fixture.write("list", "end");
    let client = fixture.writer().await;
    let edit = |number: u32| json!({ "path": "list", "old": "end", "new": format!("{number}\nend") });
    let (one, two, three, four) = tokio::join!(
        client.call("edit_file", edit(1)),
        client.call("edit_file", edit(2)),
        client.call("edit_file", edit(3)),
        client.call("edit_file", edit(4)),
    );
    assert!([one, two, three, four].into_iter().all(|answer| !answer.unwrap().is_error()));
    let text = fixture.read("list");
    let mut lines: Vec<_> = text.lines().collect();
    lines.sort_unstable();
    assert_eq!(lines, ["1", "2", "3", "4", "end"]);
}

#[cfg(unix)]
#[tokio::test]
async fn a_script_stays_one() {
    use std::os::unix::fs::PermissionsExt as _;

    let fixture = Fixture::new();
    let script = fixture.root().join("run");
    fixture.write("run", "#!/bin/sh\n");
    fs::set_permissions(&script, fs::Permissions::from_mode(0o750)).unwrap();
    let arguments = json!({ "path": "run", "old": "sh", "new": "bash" });
    assert!(!fixture.writer().await.call("edit_file", arguments).await.unwrap().is_error());
    assert_eq!(fs::metadata(&script).unwrap().permissions().mode() & 0o777, 0o750);
}

#[tokio::test]
async fn files_and_folders_are_resources() {
    let fixture = Fixture::new();
    fs::write(fixture.root().join("dot.png"), [0x89, b'P', b'N', b'G', 0xff]).unwrap();
    let client = fixture.reader().await;
    for (uri, mime, key, begins) in [
        ("files:///", "application/json", "text", r#"{"entries":[{"path":"dot.png""#),
        ("files:///src", "application/json", "text", r#"{"entries":[{"path":"src/deep""#),
        ("files:///readme.md", "text/markdown", "text", "# Files"),
        ("files:///src/deep/note%201.txt", "text/plain", "text", "hello again"),
        ("files:///dot.png", "image/png", "blob", "iVBOR/8="),
    ] {
        let contents = client.read(uri).await.unwrap();
        let contents = &contents.json()["contents"][0];
        assert_eq!((contents["uri"].as_str(), contents["mimeType"].as_str()), (Some(uri), Some(mime)));
        assert!(contents[key].as_str().unwrap().starts_with(begins), "{contents}");
    }
    let missing = client.read("files:///none").await.err().unwrap();
    assert!(matches!(missing, Error::Refused { code: -32602, .. }), "{missing}");
    fixture.write("large", &"x".repeat(1024 * 1024 + 1));
    let large = client.read("files:///large").await.err().unwrap().to_string();
    assert!(large.contains("is larger than 1024 KiB"), "{large}");
}

#[tokio::test]
async fn paths_are_completed() {
    let fixture = Fixture::new();
    let client = fixture.reader().await;
    let cases: [(&str, &[&str]); 4] =
        [("", &["readme.md", "src/"]), ("src/d", &["src/deep/"]), ("src/x", &[]), ("../", &[])];
    for (typed, values) in cases {
        assert_eq!(client.complete("files:///{+path}", "path", typed).await.unwrap(), values, "{typed}");
    }
}

#[tokio::test]
async fn every_revision_is_served() {
    let fixture = Fixture::new();
    for revision in Revision::ALL {
        let client =
            Client::builder().revision(revision).connect(server(&fixture.root(), false).unwrap()).await.unwrap();
        let answer = client.call("read_file", json!({ "path": "readme.md" })).await.unwrap();
        assert!(answer.text().contains("Read me."), "{revision:?}");
        client.close().await.unwrap();
    }
}

#[test]
fn a_directory_that_is_not_there_is_told_at_start() {
    let error = server(Path::new("/no/such/directory"), false).err().unwrap();
    assert!(error.to_string().starts_with("/no/such/directory: "), "{error}");
}
