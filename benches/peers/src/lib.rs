//! What the measured servers share: the command line, and the arguments of `book`.

use std::str::FromStr;

use schemars::JsonSchema;
use serde::Deserialize;

/// `--name value` on the command line.
pub fn option<T: FromStr>(name: &str) -> Option<T> {
    let mut words = std::env::args().skip_while(|word| word != name);
    words.nth(1)?.parse().ok()
}

/// One tool of a long list.
pub fn dummy(number: usize) -> (String, serde_json::Value) {
    let schema = serde_json::json!({
        "type": "object",
        "properties": {
            "path": { "type": "string", "description": "Where to look." },
            "limit": { "type": "integer", "description": "How many entries to return at most." },
            "recursive": { "type": "boolean", "description": "Whether to go into folders." }
        },
        "required": ["path"]
    });
    (format!("dummy_{number:03}"), schema)
}

/// One mebibyte of text.
pub fn mebibyte() -> String {
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_\n".repeat(16_384)
}

/// The twelve values of `book`. Nothing checks their bounds here.
#[derive(Deserialize, JsonSchema)]
pub struct Book {
    from: String,
    to: String,
    seats: u32,
    day: String,
    payment: Payment,
}

#[derive(Deserialize, JsonSchema)]
#[expect(dead_code, reason = "they are read, and that is all")]
struct Payment {
    amount: f64,
    currency: Currency,
    tags: Vec<String>,
    reference: String,
    holder: Holder,
}

#[derive(Deserialize, JsonSchema)]
enum Currency {
    Eur,
    Nok,
    Usd,
}

#[derive(Deserialize, JsonSchema)]
#[expect(dead_code, reason = "they are read, and that is all")]
struct Holder {
    name: String,
    email: String,
    country: String,
    age: u8,
}

impl Book {
    /// What is answered.
    pub fn told(self) -> String {
        let Self { from, to, seats, day, payment: Payment { amount, holder, .. } } = self;
        format!("{seats} from {from} to {to} on {day} for {}, {amount}", holder.name)
    }
}
