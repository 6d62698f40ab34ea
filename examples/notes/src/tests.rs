//! The server as a client sees it.

use mcp_runtime::{Client, Revision};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::*;

/// A client of a server with notes of its own. They are gone with the directory.
async fn client() -> (TempDir, Client) {
    let folder = TempDir::new().unwrap();
    let store = Store::open(&folder.path().join("notes.db")).unwrap();
    (folder, server().state(store).client().await.unwrap())
}

async fn add(client: &Client, title: &str, text: &str, tags: &[&str]) -> Note {
    let arguments = json!({ "title": title, "text": text, "tags": tags });
    client.call("add_note", arguments).await.unwrap().structured()
}

async fn find(client: &Client, arguments: Value) -> Vec<Note> {
    client.call("find_notes", arguments).await.unwrap().structured()
}

#[tokio::test]
async fn a_note_is_written_found_edited_and_deleted() {
    let (_folder, client) = client().await;
    let note = add(&client, "Tea", "Buy some.", &["shop"]).await;
    assert_eq!(find(&client, json!({ "query": "buy tea" })).await, std::slice::from_ref(&note));
    let edit = json!({ "id": note.id, "text": "Buy two.", "tags": ["shop", "soon"] });
    let edited: Note = client.call("edit_note", edit).await.unwrap().structured();
    assert_eq!((edited.title.as_str(), edited.text.as_str(), edited.tags.len()), ("Tea", "Buy two.", 2));
    let deleted: Note = client.call("delete_note", json!({ "id": note.id })).await.unwrap().structured();
    assert_eq!(deleted, edited);
    assert_eq!(find(&client, json!({})).await, []);
}

#[tokio::test]
async fn a_note_that_is_not_there_is_said_not_to_be() {
    let (_folder, client) = client().await;
    for tool in ["edit_note", "delete_note"] {
        let answer = client.call(tool, json!({ "id": 7 })).await.unwrap();
        answer.assert_error("there is no note 7: `find_notes` tells which there are");
    }
    for uri in ["notes://7", "notes://seven"] {
        let error = client.read(uri).await.err().unwrap();
        assert!(matches!(error, Error::Refused { code: -32602, .. }), "{error}");
    }
}

#[tokio::test]
async fn what_is_too_long_is_refused_before_it_is_written() {
    let (_folder, client) = client().await;
    let arguments = json!({ "title": "", "text": "x".repeat(100_001) });
    let answer = client.call("add_note", arguments).await.unwrap();
    answer.assert_error("`title`").assert_error("`text`");
    assert_eq!(find(&client, json!({})).await, []);
}

#[tokio::test]
async fn notes_are_resources() {
    let (_folder, client) = client().await;
    let note = add(&client, "Tea", "Buy some.", &["shop"]).await;
    let uri = format!("notes://{}", note.id);
    client.read(&uri).await.unwrap().assert_structured(&note);
    let lines = json!([{ "uri": uri, "title": "Tea", "tags": ["shop"], "changed": note.changed }]);
    client.read("notes://all").await.unwrap().assert_structured(lines);
}

#[tokio::test]
async fn a_summary_is_of_the_notes_with_the_tag_and_tags_are_completed() {
    let (_folder, client) = client().await;
    add(&client, "Tea", "Buy some.", &["shop"]).await;
    add(&client, "Bench", "Paint it.", &["garden"]).await;
    let text = client.prompt("summarise_notes", json!({ "tag": "garden" })).await.unwrap().text();
    assert!(text.contains("# Bench\nPaint it.") && !text.contains("Tea"), "{text}");
    assert_eq!(client.complete("summarise_notes", "tag", "s").await.unwrap(), ["shop"]);
}

#[tokio::test]
async fn every_revision_is_served() {
    for revision in Revision::ALL {
        let folder = TempDir::new().unwrap();
        let store = Store::open(&folder.path().join("notes.db")).unwrap();
        let client = Client::builder().revision(revision).connect(server().state(store)).await.unwrap();
        client.call("add_note", json!({ "title": "Tea", "text": "Buy some." })).await.unwrap();
        let found = client.call("find_notes", json!({})).await.unwrap();
        assert!(!found.is_error() && found.text().contains("Buy some."), "{revision:?}: {}", found.text());
        client.close().await.unwrap();
    }
}
