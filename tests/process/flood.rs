//! Very many damaged messages, the same ones in every run.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::Stdio;

use serde_json::{Value, json};

use crate::torture::{alone, call, command, request};

/// A generator that needs no crate (SplitMix64).
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.roll() % bound as u64) as usize
    }
}

fn messages() -> Vec<Vec<u8>> {
    let meta = json!({ "io.modelcontextprotocol/protocolVersion": "2026-07-28", "io.modelcontextprotocol/clientCapabilities": {} });
    let cancelled = json!({ "jsonrpc": "2.0", "method": "notifications/cancelled", "params": { "requestId": 3 } });
    let messages = [
        request(
            1,
            "initialize",
            json!({ "protocolVersion": "2025-03-26", "capabilities": {}, "clientInfo": { "name": "n", "version": "1" } }),
        ),
        request(2, "tools/list", json!({ "_meta": meta, "cursor": "AAAA" })),
        call(3, "ticker", json!({ "ms": 20, "key": "k" })),
        call(4, "typed", json!({ "count": "7", "label": "\u{1F600}\\u0041" })),
        call(5, "echo", json!({ "message": "ä\0\u{7f}" })),
        call(6, "panic_aside", json!({ "message": "x" })),
        request(7, "resources/read", json!({ "uri": "torture://files/%2e%2e%2fx" })),
        request(8, "server/discover", json!({ "_meta": meta })),
        request(
            9,
            "completion/complete",
            json!({ "ref": { "type": "ref/resource", "uri": "torture://files/{name}" }, "argument": { "name": "name", "value": "" } }),
        ),
        cancelled.clone(),
        json!([request(10, "ping", json!({})), call(11, "sleep", json!({ "ms": 1 })), cancelled]),
        json!({ "jsonrpc": "2.0", "id": 12, "result": { "x": [[[[]]]] } }),
    ];
    messages.iter().map(|message| message.to_string().into_bytes()).collect()
}

/// Damages a message in one of the ways in which bytes and JSON get damaged.
fn damage(message: &mut Vec<u8>, others: &[Vec<u8>], dice: &mut Dice) {
    const WORDS: [&str; 14] = [
        "null",
        "\"\"",
        "[]",
        "{}",
        "-0",
        "1e999",
        "18446744073709551616",
        "\"\\ud800\"",
        "true",
        ",",
        "\"id\":1,",
        "\0",
        "\u{feff}",
        "[[",
    ];
    let at = dice.below(message.len().max(1)).min(message.len());
    match dice.below(7) {
        0 => drop(message.drain(at..)),
        1 => message.insert(at, dice.roll() as u8),
        2 => message.iter_mut().skip(at).take(1).for_each(|byte| *byte ^= 1 << (at % 8)),
        3 => drop(message.splice(at..at, WORDS[dice.below(WORDS.len())].bytes())),
        4 => {
            let end = at.saturating_add(dice.below(12)).min(message.len());
            message.drain(at..end);
        }
        5 => {
            let other = &others[dice.below(others.len())];
            message.truncate(at);
            message.extend_from_slice(&other[dice.below(other.len())..]);
        }
        _ => drop(message.splice(at..at, std::iter::repeat_n(b'[', dice.below(300)))),
    }
}

/// Set `TORTURE_MESSAGES` to send more.
#[test]
fn damaged_messages_neither_kill_nor_stop_it() {
    let _alone = alone();
    let count: usize = std::env::var("TORTURE_MESSAGES").ok().and_then(|count| count.parse().ok()).unwrap_or(200_000);
    let mut child = command().stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let (mut input, output) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    let writer = std::thread::spawn(move || {
        let (whole, mut dice) = (messages(), Dice(1));
        let mut burst = Vec::new();
        for _ in 0..count {
            let mut message = whole[dice.below(whole.len())].clone();
            for _ in 0..dice.below(3) {
                damage(&mut message, &whole, &mut dice);
            }
            message.retain(|byte| *byte != b'\n');
            burst.extend_from_slice(&message);
            burst.push(b'\n');
            if burst.len() > 30_000 {
                input.write_all(&burst).unwrap();
                burst.clear();
            }
        }
        input.write_all(&burst).unwrap();
        writeln!(input, "{}", request(123_456, "ping", json!({}))).unwrap();
    });
    let (mut answers, mut last) = (0, Value::Null);
    for line in BufReader::new(output).lines() {
        let line = line.unwrap();
        let message: Value = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line:.300}"));
        answers += 1;
        if message["id"] == 123_456 {
            last = message;
        }
    }
    writer.join().unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert_eq!(last["result"], json!({}));
    assert!(answers > count / 4, "only {answers} answers");
}
