use std::time::Duration;

use tokio::time::{Instant, timeout};

use super::*;
use crate::uri::{Operator, Part, Template};

static ROOM: Template = Template { text: "room://1", parts: &[Part::Literal("room://1")] };
static ROOMS: Template = Template {
    text: "room://floor/{number}",
    parts: &[Part::Literal("room://floor/"), Part::Expression { operator: Operator::Simple, variables: &["number"] }],
};

fn board() -> Changes {
    let changes = Changes::new();
    let items = |names: &[&'static str]| names.iter().map(|name| (*name, Switch::default())).collect();
    let items = [items(&["heat", "cool"]), items(&["room://1"]), items(&["greet"])];
    assert!(changes.board.open(Offered { items, watched: vec![&ROOM, &ROOMS] }).is_empty());
    changes
}

/// What a listener tells.
fn told(listener: &mut Listener) -> Vec<String> {
    let mut told = Vec::new();
    listener.tell(|change| {
        told.push(match change {
            Change::List(kind) => kind.word().to_owned(),
            Change::Resource(uri) => uri.to_owned(),
            Change::Task(record) => record.id.clone(),
        });
    });
    told
}

fn filter(lists: [bool; 3], uris: &[&str]) -> Filter {
    Filter { lists, resources: Some(uris.iter().map(|uri| (*uri).to_owned()).collect()), tasks: None }
}

#[test]
fn many_changes_are_told_once() {
    let changes = board();
    let mut listener = Listener::of_session(&changes.board, |_| true);
    listener.subscribe("room://1", 9).unwrap();
    assert!(told(&mut listener).is_empty());
    for _ in 0..1000 {
        changes.tools().announce();
        changes.updated("room://1").unwrap();
    }
    assert_eq!(told(&mut listener), ["tool", "room://1"]);
    assert!(told(&mut listener).is_empty());
}

#[test]
fn only_what_is_wanted_is_told() {
    let changes = board();
    let mut listener = Listener::of(&changes.board, &filter([false, true, false], &["room://floor/7"]), 9).unwrap();
    changes.tools().announce();
    changes.prompts().announce();
    changes.updated("room://floor/8").unwrap();
    changes.updated("room://1").unwrap();
    assert!(told(&mut listener).is_empty());
    changes.resources().announce();
    changes.updated("ROOM://floor/7").unwrap();
    assert_eq!(told(&mut listener), ["resource", "room://floor/7"]);
}

#[test]
fn a_switch_is_told_only_if_it_was_thrown() {
    let changes = board();
    let mut listener = Listener::of_session(&changes.board, |_| true);
    changes.tools().enable("heat").unwrap();
    assert!(told(&mut listener).is_empty());
    changes.tools().disable("heat").unwrap();
    changes.tools().disable("heat").unwrap();
    changes.prompts().disable("greet").unwrap();
    assert_eq!(told(&mut listener), ["tool", "prompt"]);
}

#[test]
fn names_that_are_not_there_are_refused_with_those_that_are() {
    let changes = board();
    let unknown = changes.tools().disable("haet").unwrap_err();
    assert_eq!(unknown.to_string(), "there is no tool `haet`; did you mean `heat`?");
    let unknown = changes.updated("room://2").unwrap_err();
    assert_eq!(unknown.to_string(), "there is no watched resource `room://2`; did you mean `room://1`?");
}

#[test]
fn what_is_switched_early_holds_from_the_start() {
    let changes = Changes::new();
    changes.tools().disable("heat").unwrap();
    changes.tools().disable("haet").unwrap();
    changes.prompts().disable("greet").unwrap();
    changes.prompts().enable("greet").unwrap();
    let [heat, greet] = [Switch::default(), Switch::default()];
    let items = [[("heat", heat.clone())].into(), [].into(), [("greet", greet.clone())].into()];
    let unknown = changes.board.open(Offered { items, watched: vec![] });
    let [unknown] = &*unknown else { panic!("{unknown:?}") };
    assert!(unknown.starts_with("there is no tool `haet`; did you mean `heat`?\n  at "), "{unknown}");
    assert!(unknown.contains(file!()), "{unknown}");
    assert_eq!((heat.is_on(), greet.is_on()), (false, true));
}

#[test]
fn subscriptions_are_bounded_and_leave_nothing_behind() {
    let changes = board();
    let mut listener = Listener::of_session(&changes.board, |_| true);
    assert_eq!(listener.subscribe("room://2", 2), Err(Refused::NotWatched));
    for uri in ["room://1", "room://floor/1", "room://1"] {
        assert_eq!(listener.subscribe(uri, 2), Ok(()), "{uri}");
    }
    assert_eq!(listener.subscribe("room://floor/2", 2), Err(Refused::TooMany));
    let other = Listener::of(&changes.board, &filter([false; 3], &["room://1", "room://none"]), 1).unwrap();
    assert_eq!(other.resources().collect::<Vec<_>>(), ["room://1"]);
    assert_eq!(changes.board.watched(), 2);
    listener.unsubscribe("room://1");
    listener.unsubscribe("room://1");
    assert_eq!(changes.board.watched(), 2, "the other one is still there");
    drop(other);
    assert_eq!(changes.board.watched(), 1);
    drop(listener);
    assert_eq!(changes.board.watched(), 0);
}

#[test]
fn long_uris_are_subscribed_to_until_there_are_too_many_bytes() {
    let changes = board();
    let mut listener = Listener::of_session(&changes.board, |_| true);
    let uri = |number: usize| format!("room://floor/{number}{}", "x".repeat(7 * 1024));
    let taken = (0..100).take_while(|number| listener.subscribe(&uri(*number), 256).is_ok()).count();
    assert_eq!(taken, LENGTH / uri(1).len());
    assert_eq!(listener.subscribe(&uri(99), 256), Err(Refused::TooLong));
    listener.subscribe("room://1", 256).unwrap();
    let (start, left) = ("room://floor/", LENGTH - listener.resources().map(str::len).sum::<usize>());
    let of_length = |length: usize| format!("{start}{}", "y".repeat(length - start.len()));
    assert_eq!(listener.subscribe(&of_length(left + 1), 256), Err(Refused::TooLong));
    assert_eq!(listener.subscribe(&of_length(left), 256), Ok(()));
}

/// However many clients there are.
#[test]
fn all_subscriptions_together_are_bounded() {
    use super::board::{ROOM as MOST, size};
    let changes = board();
    let uri = |number: usize| format!("room://floor/{number:0>5}{}", "x".repeat(7 * 1024));
    let long = size(&uri(0));
    let mut listeners = Vec::new();
    for number in 0..MOST / long {
        if number % 8 == 0 {
            listeners.push(Listener::of_session(&changes.board, |_| true));
        }
        assert_eq!(listeners.last_mut().unwrap().subscribe(&uri(number), 8), Ok(()), "{number}");
    }
    let mut late = Listener::of_session(&changes.board, |_| true);
    let of_size = |taken: usize| format!("room://floor/{}", "x".repeat((taken - size("room://floor/")) / 2));
    let left = (MOST - changes.board.taken()) & !1;
    assert_eq!(late.subscribe(&of_size(left + 2), 8), Err(Refused::Busy));
    assert_eq!(late.subscribe(&of_size(left), 8), Ok(()), "at the limit");
    assert_eq!(late.subscribe("room://1", 8), Err(Refused::Busy));
    let refused = Listener::of(&changes.board, &filter([false; 3], &["room://1"]), 8);
    assert_eq!(refused.err(), Some(Refused::Busy));
    listeners.pop();
    assert_eq!(late.subscribe("room://1", 8), Ok(()), "there is room again");
    drop((listeners, late));
    assert_eq!((changes.board.taken(), changes.board.watched()), (0, 0));
}

#[test]
fn a_list_that_is_too_long_is_refused_as_a_whole() {
    let changes = board();
    let refused = Listener::of(&changes.board, &filter([false; 3], &["room://1", "room://floor/1"]), 1);
    assert_eq!(refused.err(), Some(Refused::TooMany));
    assert_eq!(changes.board.watched(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_bell_rings_at_once_and_then_with_pauses() {
    let changes = board();
    let mut bell = changes.board.bell();
    assert!(bell.rings().await, "there may have been changes before");
    let began = Instant::now();
    assert!(timeout(Duration::from_secs(60), bell.rings()).await.is_err(), "nothing changes");
    changes.tools().announce();
    assert!(bell.rings().await);
    assert_eq!(began.elapsed(), Duration::from_secs(60), "the first change is told at once");
    for _ in 0..9 {
        changes.tools().announce();
    }
    assert!(bell.rings().await);
    assert_eq!(began.elapsed(), Duration::from_millis(60_100), "those after it are told together");
    bell.again();
    assert!(bell.rings().await);
    assert!(bell.rings_or(std::pin::pin!(std::future::ready(()))).await, "for something else, and after the pause");
    assert_eq!(began.elapsed(), Duration::from_millis(60_300));
    changes.board.close();
    assert!(!bell.rings().await);
    assert_eq!(began.elapsed(), Duration::from_millis(60_300), "the end comes without a pause");
    assert!(!bell.rings().await, "and never again");
    assert!(!changes.board.bell().rings().await, "for nobody");
}
