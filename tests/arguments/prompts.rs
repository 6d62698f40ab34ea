//! Arguments of prompts: text on the wire, types in Rust.

use mcp_runtime::{Server, items, model, prompt};
use serde_json::{Value, json};

use crate::common::{MODERN, Verdict, Wire, request, run};
use crate::{Color, Expected, problems};

#[prompt]
async fn typed_prompt(
    count: u8,
    /// Which.
    color: Color,
    #[arg(default = true)] polite: bool,
    words: Option<Vec<String>>,
    text: Option<String>,
) -> String {
    format!("{count} {color:?} {polite} {words:?} {text:?}")
}

#[test]
fn arguments_of_prompts() {
    let rows: [(Value, Expected); 8] = [
        (json!({ "count": "3", "color": "Red" }), Ok("3 Red true None None")),
        (
            json!({ "count": "3", "color": "Red", "polite": "false", "words": "[\"a\"]", "text": "5" }),
            Ok("3 Red false Some([\"a\"]) Some(\"5\")"),
        ),
        (json!({ "count": 3, "color": "Red" }), Ok("3 Red true None None")),
        (json!({ "count": "300", "color": "Red" }), Err(&["`count` must be at most 255, got 300"])),
        (
            json!({ "count": "x", "color": "Rad", "polite": "maybe", "more": "" }),
            Err(&[
                "`more` is not an argument; known: `count`, `color`, `polite`, `words`, `text`",
                "`count` must be an integer, got the string \"x\"",
                "`color` must be one of `Red`, `Green`, got `Rad`; did you mean `Red`?",
                "`polite` must be a boolean, got the string \"maybe\"",
            ]),
        ),
        (json!({}), Err(&["`count` is required", "`color` is required"])),
        (Value::Null, Err(&["`count` is required", "`color` is required"])),
        (
            json!({ "count": "1", "color": "Green", "words": "a, b" }),
            Err(&["`words` must be a list, got the string \"a, b\""]),
        ),
    ];
    let mut wrong = Verdict::default();
    run(async {
        for revision in ["2024-11-05", "2025-11-25", MODERN] {
            let mut wire = Wire::open_in(revision, Server::new("test", "1.0.0").items(items![typed_prompt])).await;
            for (arguments, expected) in &rows {
                let params = json!({ "name": "typed_prompt", "arguments": arguments });
                let answer = wire.ask(&request(revision, 1, "prompts/get", params)).await;
                match expected {
                    Ok(text) => wrong.same(
                        format_args!("{arguments} in {revision}"),
                        &answer["result"]["messages"][0]["content"]["text"],
                        &json!(text),
                    ),
                    Err(expected) => {
                        wrong.same(format_args!("{arguments} in {revision}"), &answer["error"]["code"], &json!(-32602));
                        wrong.same(
                            format_args!("{arguments} in {revision}"),
                            &json!(problems(&answer)),
                            &json!(expected),
                        );
                        let count = answer["error"]["data"]["errors"].as_array().map(Vec::len);
                        wrong.that(
                            format_args!("{arguments} in {revision}: data"),
                            count == Some(expected.len()),
                            &answer,
                        );
                    }
                }
            }
            let list = wire.ask(&request(revision, 1, "prompts/list", Value::Null)).await;
            let expected = json!([
                { "name": "count", "required": true }, { "name": "color", "description": "Which. (one of `Red`, `Green`)", "required": true },
                { "name": "polite", "description": "(default true)", "required": false }, { "name": "words", "required": false }, { "name": "text", "required": false },
            ]);
            wrong.same(
                format_args!("the arguments in {revision}"),
                &list["result"]["prompts"][0]["arguments"],
                &expected,
            );
            wire.close().await;
        }
    });
}

#[model]
#[derive(Debug)]
enum Mood {
    /// As on a good day.
    Cheerful,
    Grave,
    Angry,
}

#[prompt]
async fn described_prompt(mood: Mood, other: Option<Mood>) -> String {
    [Some(mood), other].into_iter().flatten().map(|mood| format!("{mood:?}")).collect()
}

/// What the variants mean takes nothing away from their being told.
#[test]
fn choices_that_are_described_are_told_too() {
    run(async {
        let mut wire = Wire::open(Server::new("test", "1.0.0").items(items![described_prompt]));
        let list = wire.ask(&request(MODERN, 1, "prompts/list", Value::Null)).await;
        let told = &list["result"]["prompts"][0]["arguments"];
        for (index, argument) in ["mood", "other"].into_iter().enumerate() {
            assert_eq!(told[index]["name"], argument);
            let description = told[index]["description"].as_str().unwrap();
            for variant in ["`Cheerful`", "`Grave`", "`Angry`"] {
                assert!(description.contains(variant), "{argument}: {description}");
            }
        }
        wire.close().await;
    });
}
