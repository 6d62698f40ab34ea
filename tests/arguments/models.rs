//! Types within types: problems have paths, and what is published is what is enforced.

use std::collections::HashMap;

use mcp_runtime::{Server, items, model, tool};
use serde_json::{Value, json};

use crate::common::{MODERN, Verdict, Wire, call, run};
use crate::{Expected, problems};

#[model]
#[derive(Debug)]
struct Order {
    #[schemars(range(min = 1))]
    amount: u32,
    #[schemars(length(max = 3))]
    lines: Vec<Line>,
    #[serde(flatten)]
    rest: HashMap<String, Value>,
}

#[model]
#[derive(Debug)]
struct Line {
    #[serde(rename = "articleNumber")]
    article: String,
    #[schemars(extend("multipleOf" = 5))]
    grams: u32,
}

#[tool]
async fn order(order: Order) -> usize {
    order.lines.len() + order.rest.len() + order.amount as usize
}

#[test]
fn nested_models() {
    let rows: [(Value, Expected); 5] = [
        (json!({ "amount": 1, "lines": [{ "articleNumber": "a", "grams": 5 }], "note": "x" }), Ok("3")),
        (json!({ "amount": "2", "lines": "[]" }), Ok("2")),
        (
            json!({ "amount": 0, "lines": [{ "article": "a", "grams": 7 }, { "articleNumber": "a", "grams": -5 }] }),
            Err(&[
                "`order.amount` must be at least 1, got 0",
                "`order.lines[0].grams` must be a multiple of 5, got 7",
                "`order.lines[0].articleNumber` is required",
                "`order.lines[1].grams` must be at least 0, got -5",
            ]),
        ),
        (
            json!({ "amount": 1, "lines": [1, 2, 3, 4] }),
            Err(&[
                "`order.lines[0]` must be an object, got 1",
                "`order.lines[1]` must be an object, got 2",
                "`order.lines[2]` must be an object, got 3",
                "`order.lines[3]` must be an object, got 4",
                "`order.lines` must have at most 3 items, got 4",
            ]),
        ),
        (json!([]), Err(&["`order` must be an object, got a list"])),
    ];
    check("order", "order", &rows);
}

/// What `#[arg(…)]` says, at a field and not at a parameter.
#[model]
#[derive(Debug)]
enum Journey {
    Train {
        #[arg(range = 1..=7, default = 3)]
        days: u8,
        #[arg(length = ..3, default = ["Bergen"])]
        stops: Vec<String>,
        #[arg(pattern = "^[A-Z]+$", length = 2..=3, example = "OSL")]
        code: Option<String>,
    },
    Walk(#[arg(range = 0.0..10.0)] f64),
}

#[tool]
async fn travel(journey: Journey) -> String {
    format!("{journey:?}")
}

#[test]
fn fields_have_the_words_of_parameters() {
    let rows: [(Value, Expected); 4] = [
        (json!({ "Train": {} }), Ok("Train { days: 3, stops: [\"Bergen\"], code: None }")),
        (
            json!({ "Train": { "days": 7, "stops": [], "code": "OSL" } }),
            Ok("Train { days: 7, stops: [], code: Some(\"OSL\") }"),
        ),
        (
            json!({ "Train": { "days": 8, "stops": ["a", "b", "c"], "code": "o" } }),
            Err(&[
                "`journey.Train.days` must be at most 7, got 8",
                "`journey.Train.stops` must have at most 2 items, got 3",
                "`journey.Train.code` must be at least 2 characters long, got 1",
                "`journey.Train.code` must match the pattern `^[A-Z]+$`, got the string \"o\"",
            ]),
        ),
        (json!({ "Walk": 10.0 }), Err(&["`journey.Walk` must be less than 10.0, got 10.0"])),
    ];
    check("travel", "journey", &rows);
}

/// What becomes of these values of the only argument.
fn check(tool: &str, argument: &str, rows: &[(Value, Expected)]) {
    let mut wrong = Verdict::default();
    run(async {
        let mut wire = Wire::open_in(MODERN, Server::new("test", "1.0.0").items(items![order, travel])).await;
        for (value, expected) in rows {
            let answer = wire.ask(&call(MODERN, 1, tool, json!({ argument: value }))).await;
            match expected {
                Ok(text) => wrong.same(value, &answer["result"]["content"][0]["text"], &json!(text)),
                Err(expected) => {
                    let mut got = problems(&answer);
                    let mut expected: Vec<String> = expected.iter().map(|problem| (*problem).to_owned()).collect();
                    got.sort();
                    expected.sort();
                    wrong.same(value, &json!(got), &json!(expected));
                }
            }
        }
        wire.close().await;
    });
}
