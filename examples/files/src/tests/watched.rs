//! What clients are told when files change.

use std::time::Duration;

use tokio::time::timeout;

use super::*;

/// A client of before 2026-07-28, which subscribes to one resource after the other.
async fn session(fixture: &Fixture) -> Client {
    let server = server(&fixture.root(), false).unwrap();
    Client::builder().revision(Revision::V2025_11_25).connect(server).await.unwrap()
}

/// The URIs of which the client is told next, until `last` is among them.
async fn told(client: &Client, last: &str) -> Vec<String> {
    let mut uris = Vec::new();
    loop {
        let told = timeout(Duration::from_secs(60), client.next_notification()).await;
        let told = told.unwrap_or_else(|_| panic!("{last} has changed, and {uris:?} were told")).unwrap();
        if told.method == "notifications/resources/updated" {
            uris.push(told.params["uri"].as_str().unwrap().to_owned());
            if uris.last().is_some_and(|uri| uri == last) {
                return uris;
            }
        }
    }
}

#[tokio::test]
async fn a_session_is_told_of_what_it_subscribed_to() {
    let fixture = Fixture::new();
    let client = session(&fixture).await;
    assert_eq!(client.opening()["capabilities"]["resources"], json!({ "subscribe": true, "listChanged": true }));
    let (file, folder) = ("files:///src/deep/note%201.txt", "files:///src/deep");
    client.watch([file, folder]).await.unwrap();
    fixture.write("src/main.rs", "nobody listens to this");
    fixture.write("src/deep/note 1.txt", "changed");
    assert!(!told(&client, file).await.iter().any(|uri| uri.contains("main")));
    client.read(file).await.unwrap().assert_text("changed");
    fixture.write("src/deep/another.txt", "new");
    told(&client, folder).await;
    assert!(client.read(folder).await.unwrap().text().contains("another.txt"));
    fs::remove_file(fixture.root().join("src/deep/note 1.txt")).unwrap();
    told(&client, file).await;
    assert!(client.read(file).await.is_err());
}

#[tokio::test]
async fn who_listens_is_told_of_files_that_come_later() {
    let fixture = Fixture::new();
    let client = fixture.writer().await;
    client.watch(["files:///made/later.txt", "files:///"]).await.unwrap();
    for text in ["one", "two"] {
        let arguments = json!({ "path": "made/later.txt", "text": text, "overwrite": true });
        assert!(!client.call("write_file", arguments).await.unwrap().is_error());
        told(&client, "files:///made/later.txt").await;
    }
    fs::remove_dir_all(fixture.root().join("src")).unwrap();
    told(&client, "files:///").await;
}

#[cfg(unix)]
#[tokio::test]
async fn what_happens_behind_a_link_is_not_told() {
    let fixture = Fixture::new();
    std::os::unix::fs::symlink("..", fixture.root().join("way")).unwrap();
    let client = session(&fixture).await;
    client.watch(["files:///way/secret.txt", "files:///way", "files:///readme.md"]).await.unwrap();
    fs::write(fixture.around.path().join("secret.txt"), "new").unwrap();
    fixture.write("readme.md", "new");
    assert_eq!(told(&client, "files:///readme.md").await, ["files:///readme.md"]);
}
