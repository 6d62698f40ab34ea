//! The server as a client sees it.

use mcp_runtime::serde_json::json;

use super::server;

#[tokio::test]
async fn people_are_greeted_in_their_language() {
    let client = server().client().await.unwrap();
    for (arguments, greeting) in
        [(json!({ "name": "Ada" }), "Hello, Ada!"), (json!({ "name": "Ada", "language": "es" }), "Hola, Ada!")]
    {
        client.call("greet", arguments).await.unwrap().assert_text(greeting);
    }
}

#[tokio::test]
async fn who_asks_for_an_unknown_language_is_told_which_there_are() {
    let client = server().client().await.unwrap();
    let answer = client.call("greet", json!({ "name": "Ada", "language": "tlh" })).await.unwrap();
    answer.assert_error("unknown language `tlh`; it can be one of de, en, es");
}

#[tokio::test]
async fn the_languages_can_be_read() {
    let client = server().client().await.unwrap();
    client.read("greetings://languages").await.unwrap().assert_structured(["de", "en", "es"]);
}
