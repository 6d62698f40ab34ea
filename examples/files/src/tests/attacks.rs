//! Whoever tries to get out, or to make the server wait, hang or burst.

use std::os::unix::fs::symlink;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::*;

/// Whoever waits for this waits for ever.
const PATIENCE: Duration = Duration::from_secs(60);

/// Paths that lead out, if anything does. `link` and `way` are symbolic links, `round` is one to itself.
const OUT: [&str; 20] = [
    "..",
    "../secret.txt",
    "./../secret.txt",
    "src/../../secret.txt",
    "src/deep/../../../secret.txt",
    "/etc/passwd",
    "//etc/passwd",
    "/proc/self/cwd/Cargo.toml",
    "link",
    "link/",
    "way",
    "way/secret.txt",
    "src/../way/secret.txt",
    "absolute/secret.txt",
    "round",
    "round/secret.txt",
    "..\\secret.txt",
    "%2e%2e/secret.txt",
    "..\0/secret.txt",
    "\u{ff0e}\u{ff0e}/secret.txt",
];

/// A directory from which links lead out.
fn with_links() -> Fixture {
    let fixture = Fixture::new();
    symlink("../secret.txt", fixture.root().join("link")).unwrap();
    symlink("..", fixture.root().join("way")).unwrap();
    symlink(fixture.around.path(), fixture.root().join("absolute")).unwrap();
    symlink("round", fixture.root().join("round")).unwrap();
    fixture
}

#[tokio::test]
async fn no_path_leads_out() {
    let fixture = with_links();
    let absolute = fixture.around.path().join("secret.txt").display().to_string();
    let client = fixture.writer().await;
    for path in OUT.into_iter().chain([absolute.as_str()]) {
        for (tool, arguments) in [
            ("list_files", json!({ "path": path })),
            ("read_file", json!({ "path": path })),
            ("search_files", json!({ "path": path, "text": "secret" })),
            ("edit_file", json!({ "path": path, "old": "secret", "new": "open" })),
        ] {
            let text = refusal(&client, tool, arguments).await;
            assert!(!text.contains(SECRET) && !text.contains("entries"), "{tool} {path:?}: {text}");
        }
    }
    let outside = refusal(&client, "read_file", json!({ "path": "way/secret.txt" })).await;
    assert_eq!(outside, "`way/secret.txt` leads out of the directory that is served: paths are relative to it");
}

#[tokio::test]
async fn nothing_is_written_outside() {
    let fixture = with_links();
    let client = fixture.writer().await;
    for path in OUT {
        for overwrite in [false, true] {
            let arguments = json!({ "path": path, "text": "mine", "overwrite": overwrite });
            // Some are odd names in the directory itself, and some are links that are replaced.
            client.call("write_file", arguments).await.unwrap();
        }
    }
    let outside = client.call("write_file", json!({ "path": "way/new/x", "text": "mine" })).await.unwrap();
    assert!(outside.is_error());
    let mut names: Vec<_> =
        fs::read_dir(fixture.around.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["root", "secret.txt"]);
    assert_eq!(fs::read_to_string(fixture.around.path().join("secret.txt")).unwrap(), SECRET);
}

#[tokio::test]
async fn no_uri_leads_out() {
    let fixture = with_links();
    let client = fixture.reader().await;
    let uris = [
        "files:///../secret.txt",
        "files:///%2e%2e/secret.txt",
        "files:///%252e%252e/secret.txt",
        "files:///src/..%2f..%2fsecret.txt",
        "files:////etc/passwd",
        "files:///%2fetc/passwd",
        "files:///link",
        "files:///way",
        "files:///way/secret.txt",
        "files:///absolute/secret.txt",
        "files:///readme.md%00",
        "files://host/../secret.txt",
        "file:///etc/passwd",
        "FILES:///../secret.txt",
    ];
    for uri in uris {
        let answer = client.read(uri).await;
        assert!(answer.is_err(), "{uri}: {answer:?}");
    }
}

/// Somebody swaps a folder for a link that leads out, as fast as it goes. Nothing but the directory itself is in between here.
#[test]
fn a_link_that_comes_in_the_last_moment_leads_nowhere() {
    let fixture = Fixture::new();
    fs::create_dir(fixture.root().join("folder")).unwrap();
    fixture.write("folder/secret.txt", "inside");
    symlink("..", fixture.root().join("out")).unwrap();
    let modified = || fs::metadata(fixture.around.path().join("secret.txt")).unwrap().modified().unwrap();
    let (written, root, is_over) = (modified(), fixture.root(), Arc::new(AtomicBool::new(false)));
    let ends = is_over.clone();
    let swapping = std::thread::spawn(move || {
        let swap = |from: &str, to: &str| fs::rename(root.join(from), root.join(to)).unwrap();
        while !ends.load(Ordering::Relaxed) {
            swap("folder", "at");
            swap("at", "folder");
            swap("out", "at");
            swap("at", "out");
        }
    });
    let folder = Folder::open(&fixture.root()).unwrap();
    let (mut inside, mut refused, began) = (0, 0, Instant::now());
    while inside < 100 || refused < 100 {
        assert!(!swapping.is_finished() && began.elapsed() < PATIENCE, "{inside} inside, {refused} refused");
        match folder.bytes("at/secret.txt", 1000) {
            Ok(bytes) => {
                assert_eq!(bytes, b"inside");
                inside += 1;
            }
            Err(Problem::Missing) => {}
            Err(_) => refused += 1,
        }
        let edited = folder.edit("at/secret.txt", 1000, |text| Ok(text.to_owned()));
        assert!(edited.is_err() || edited.is_ok_and(|text| text == "inside"));
        let found = search::run(&folder, "", "the secret", &Bounds::of(10), || false).unwrap();
        assert!(found.matches.iter().all(|found| found.line.is_none()), "it was searched");
    }
    is_over.store(true, Ordering::Relaxed);
    swapping.join().unwrap();
    assert_eq!(modified(), written, "the secret was written");
    assert_eq!(fs::read_dir(fixture.around.path()).unwrap().count(), 2, "something was written outside");
}

#[tokio::test]
async fn links_that_stay_inside_work_and_loops_end() {
    let fixture = Fixture::new();
    symlink(".", fixture.root().join("here")).unwrap();
    symlink("../..", fixture.root().join("src/deep/up")).unwrap();
    let client = fixture.reader().await;
    let page: Page =
        client.call("read_file", json!({ "path": "here/here/src/deep/up/readme.md" })).await.unwrap().structured();
    assert!(page.text.starts_with("# Files"));
    let found: Found = client.call("search_files", json!({ "text": "Read me" })).await.unwrap().structured();
    assert_eq!((found.matches.len(), found.complete), (1, true));
}

#[tokio::test]
async fn a_pipe_makes_nobody_wait() {
    let fixture = Fixture::new();
    let pipe = fixture.root().join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let _socket = std::os::unix::net::UnixListener::bind(fixture.root().join("socket")).unwrap();
    let client = fixture.writer().await;
    let began = Instant::now();
    for path in ["pipe", "socket"] {
        let listing: Listing = client.call("list_files", json!({})).await.unwrap().structured();
        assert!(listing.entries.iter().any(|entry| entry.path == path && entry.kind == folder::Kind::Other));
        refusal(&client, "read_file", json!({ "path": path })).await;
        refusal(&client, "edit_file", json!({ "path": path, "old": "a", "new": "b" })).await;
        refusal(&client, "write_file", json!({ "path": path, "text": "b", "overwrite": true })).await;
        assert!(client.read(&format!("files:///{path}")).await.is_err());
    }
    let found: Found = client.call("search_files", json!({ "text": "hello" })).await.unwrap().structured();
    assert_eq!((found.matches.len(), found.complete), (2, true));
    assert!(began.elapsed() < PATIENCE, "it waited for a writer");
}

#[tokio::test]
async fn a_huge_file_is_neither_held_nor_sent() {
    let fixture = Fixture::new();
    fs::File::create(fixture.root().join("huge")).unwrap().set_len(1 << 40).unwrap();
    let client = fixture.writer().await;
    let began = Instant::now();
    let line = refusal(&client, "read_file", json!({ "path": "huge" })).await;
    assert!(line.contains("line 1 alone is too long"), "{line}");
    refusal(&client, "edit_file", json!({ "path": "huge", "old": "a", "new": "b" })).await;
    assert!(client.read("files:///huge").await.is_err());
    let found: Found = client.call("search_files", json!({ "text": "hello" })).await.unwrap().structured();
    assert_eq!(found.matches.len(), 2);
    assert!(began.elapsed() < PATIENCE, "it read all of it");
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn names_that_are_no_text_are_counted() {
    use std::os::unix::ffi::OsStrExt as _;

    let fixture = Fixture::new();
    let name = std::ffi::OsStr::from_bytes(b"caf\xe9.txt");
    fs::write(fixture.root().join("src/deep").join(name), "hello").unwrap();
    let client = fixture.reader().await;
    let listing: Listing = client.call("list_files", json!({ "path": "src/deep" })).await.unwrap().structured();
    assert_eq!((listing.entries.len(), listing.left_out), (1, 1));
    let found: Found = client.call("search_files", json!({ "text": "hello" })).await.unwrap().structured();
    assert_eq!((found.matches.len(), found.complete), (2, false));
}

#[tokio::test]
async fn names_with_control_characters_do_no_harm_in_messages() {
    let fixture = Fixture::new();
    let text = refusal(&fixture.reader().await, "read_file", json!({ "path": "a\u{1b}[2Jb\nc" })).await;
    assert_eq!(text, "`a\\u{1b}[2Jb\\nc` does not exist: `list_files` tells what there is");
}
