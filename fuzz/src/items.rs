//! What the servers under test offer. Each function checks what it was promised.

use std::collections::BTreeMap;
use std::time::Duration;

use mcp_runtime::{Elicit, Elicited, Filled, Item, Server, Unanswered, form, items, model, prompt, resource, tool};

/// A server that gives nothing up, however slow the machine is.
fn offering(items: impl IntoIterator<Item = Item>) -> Server {
    let long = Duration::from_secs(600);
    Server::new("fuzz", "1.0.0").timeout(long).drain(long).page_size(2).items(items)
}

/// Everything.
pub fn server() -> Server {
    offering(items![typed, shaped, echo, nap, route, book, plain, path, pair, query, labels, review])
}

/// One of each kind: cheap to build, for what has to begin anew with every input.
pub fn light() -> Server {
    offering(items![echo, nap, pair, review])
}

/// What headers repeat.
pub fn mirrored() -> Server {
    offering(items![echo, route])
}

/// What asks.
pub fn asking() -> Server {
    offering(items![book])
}

/// Takes one of everything simple.
#[tool]
async fn typed(
    #[arg(range = 1..=100)] count: i64,
    small: Option<u8>,
    #[arg(range = 0.0..=1.0)] ratio: Option<f64>,
    flag: Option<bool>,
    #[arg(length = 1..=5)] word: Option<String>,
    #[arg(pattern = "^[a-f0-9]*$")] hex: Option<String>,
    letter: Option<char>,
    wide: Option<u64>,
) -> String {
    assert!((1..=100).contains(&count));
    assert!(ratio.is_none_or(|ratio| (0.0..=1.0).contains(&ratio)));
    assert!(word.as_ref().is_none_or(|word| (1..=5).contains(&word.chars().count())));
    assert!(hex.as_ref().is_none_or(|hex| hex.bytes().all(|byte| matches!(byte, b'a'..=b'f' | b'0'..=b'9'))));
    format!("{small:?} {flag:?} {letter:?} {wide:?}")
}

/// A thing.
#[model]
struct Thing {
    /// Its name.
    name: String,
    /// Its parts.
    parts: Vec<Part>,
    /// Its sizes.
    sizes: BTreeMap<String, i32>,
    /// What it holds.
    inside: Option<Box<Thing>>,
}

/// A part.
#[model]
enum Part {
    Wheel,
    Axle { length: u32 },
    Bolt(i16),
}

/// Takes one of everything composed.
#[tool]
async fn shaped(
    thing: Thing,
    tags: Option<Vec<String>>,
    grid: Option<Vec<Vec<i8>>>,
    pair: Option<(i32, String)>,
    #[arg(length = 0..=3)] few: Option<Vec<bool>>,
) -> Thing {
    drop((tags, grid, pair));
    assert!(few.is_none_or(|few| few.len() <= 3));
    thing
}

/// Returns the message.
#[tool]
async fn echo(message: String) -> String {
    message
}

/// Lets others run.
#[tool]
async fn nap(times: u8) -> u8 {
    for _ in 0..times {
        pause().await;
    }
    times
}

async fn pause() {
    let mut yielded = false;
    std::future::poll_fn(|cx| {
        if yielded {
            return std::task::Poll::Ready(());
        }
        yielded = true;
        cx.waker().wake_by_ref();
        std::task::Poll::Pending
    })
    .await;
}

fn is_safe(value: &str) -> bool {
    !value.contains(['/', '\\', '\0']) && value != ".." && value != "."
}

fn is_safe_path(path: &str) -> bool {
    path.split('/').all(|part| !part.contains(['\\', '\0']) && part != ".." && part != ".")
}

/// Has arguments that headers repeat.
#[tool]
async fn route(
    #[arg(header = "Text")] text: String,
    #[arg(header = "Number")] number: Option<i64>,
    #[arg(header = "Flag")] flag: Option<bool>,
) -> String {
    format!("{text:?} {number:?} {flag:?}")
}

/// Somebody who comes.
#[form]
struct Guest {
    /// Name
    #[schemars(length(min = 1, max = 5))]
    name: String,
    /// Email
    #[schemars(email)]
    email: Option<String>,
    /// Nights
    #[schemars(range(min = 1, max = 5))]
    nights: u8,
    /// Share
    #[schemars(range(min = 0.0, max = 1.0))]
    share: Option<f64>,
    /// Breakfast
    #[serde(default)]
    breakfast: bool,
    room: Room,
    #[serde(default)]
    extras: Vec<Extra>,
}

#[model]
#[derive(Debug)]
enum Room {
    Quiet,
    Sea,
}

#[model]
#[derive(Debug)]
enum Extra {
    Parking,
    Dog,
}

/// Books a room for two guests.
#[tool]
async fn book(person: &Elicit) -> Result<String, Unanswered> {
    let mut booked = String::new();
    for key in ["first", "second"] {
        let Elicited::Accepted(guest) = person.ask_as::<Guest>(key, "Who comes?").await? else { break };
        let Guest { name, email, nights, share, breakfast, room, extras } = guest;
        assert!((1..=5).contains(&name.chars().count()), "{name:?}");
        assert!(email.as_ref().is_none_or(|email| email.contains('@')), "{email:?}");
        assert!((1..=5).contains(&nights), "{nights}");
        assert!(share.is_none_or(|share| (0.0..=1.0).contains(&share)), "{share:?}");
        booked += &format!("{name} {nights} {breakfast} {room:?} {extras:?}\n");
    }
    Ok(booked)
}

/// One variable.
#[resource("one://{name}")]
async fn plain(name: String) -> String {
    assert!(is_safe(&name), "{name:?}");
    name
}

/// A path.
#[resource("path:///{+path}/raw")]
async fn path(path: String) -> String {
    assert!(is_safe_path(&path), "{path:?}");
    path
}

/// Two variables, one of which is a number.
#[resource("two://{a}-{number}.txt")]
async fn pair(a: String, number: u16) -> String {
    assert!(is_safe(&a), "{a:?}");
    format!("{a} {number}")
}

/// Search.
#[resource("find://{scope}{?text,page}")]
async fn query(scope: String, text: Option<String>, page: Option<u32>) -> String {
    assert!(is_safe(&scope), "{scope:?}");
    format!("{scope} {text:?} {page:?}")
}

/// Labels and segments.
#[resource("labels://x{.a}{/b}{;c}{#d}")]
async fn labels(a: Option<String>, b: Option<String>, c: Option<String>, d: Option<String>) -> String {
    for value in [&a, &b, &c].into_iter().flatten() {
        assert!(is_safe(value), "{value:?}");
    }
    format!("{a:?} {b:?} {c:?} {d:?}")
}

/// Reviews.
#[prompt]
async fn review(#[arg(complete = languages)] language: String, strict: Option<bool>) -> String {
    format!("{language} {strict:?}")
}

fn languages(prefix: &str, _: &Filled<'_>) -> Vec<String> {
    ["rust", "ruby"].iter().filter(|name| name.starts_with(prefix)).map(ToString::to_string).collect()
}
