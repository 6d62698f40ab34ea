//! Who changes something and who listens, in every order.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::board::Board;
use super::listener::{Filter, Listener};
use super::{Kind, Offered};
use crate::interleave::{Stage, again, every_order, point};
use crate::uri::{Part, Template};

static ROOM: Template = Template { text: "room://1", parts: &[Part::Literal("room://1")] };

fn board() -> Arc<Board> {
    let board = Arc::<Board>::default();
    board.open(Offered { watched: vec![&ROOM], ..Offered::default() });
    board
}

fn listener(board: &Arc<Board>) -> Listener {
    Listener::of(board, &Filter { lists: [true; Kind::ALL.len()], ..Filter::default() }, 9).unwrap()
}

/// Time passes until this is so.
fn time_passes(stage: &mut Stage, is_over: Arc<AtomicBool>) {
    let time = stage.time();
    stage.thread("time", move || {
        while !is_over.load(Ordering::SeqCst) {
            time.passes(Duration::from_secs(1));
            again();
        }
    });
}

#[test]
fn the_last_change_is_told() {
    let orders = every_order(|stage| {
        let (board, is_over) = (board(), Arc::<AtomicBool>::default());
        let (mut listener, mut bell) = (listener(&board), board.bell());
        stage.thread("changes", {
            let board = board.clone();
            move || {
                board.announce(Kind::Tools);
                point();
                board.announce(Kind::Tools);
            }
        });
        time_passes(stage, is_over.clone());
        stage.task("listens", async move {
            let mut told = 0;
            while told < 2 {
                assert!(bell.rings().await);
                let before = board.changes(Kind::Tools);
                listener.tell(|_| {});
                told = before;
            }
            is_over.store(true, Ordering::SeqCst);
        });
    });
    assert!(orders > 50, "{orders}");
}

/// A client that reads slowly is told later, and a wait that is given up loses nothing.
#[test]
fn what_could_not_be_told_is_told_later() {
    every_order(|stage| {
        let (board, is_over) = (board(), Arc::<AtomicBool>::default());
        let (mut listener, mut bell) = (listener(&board), board.bell());
        stage.thread("changes", {
            let board = board.clone();
            move || board.announce(Kind::Tools)
        });
        time_passes(stage, is_over.clone());
        stage.task("listens", async move {
            assert!(bell.rings().await);
            bell.again();
            let mut is_told = false;
            tokio::select! {
                biased;
                _ = bell.rings() => bell.again(),
                () = std::future::ready(()) => {}
            }
            while !is_told {
                assert!(bell.rings().await);
                listener.tell(|_| is_told = true);
            }
            is_over.store(true, Ordering::SeqCst);
        });
    });
}

#[test]
fn who_listens_hears_of_the_end() {
    every_order(|stage| {
        let (board, is_over) = (board(), Arc::<AtomicBool>::default());
        let mut bell = board.bell();
        stage.thread("closes", {
            let board = board.clone();
            move || {
                board.announce(Kind::Tools);
                point();
                board.close();
            }
        });
        time_passes(stage, is_over.clone());
        stage.task("listens", async move {
            while bell.rings().await {}
            is_over.store(true, Ordering::SeqCst);
        });
    });
}

/// What is watched stays on the board as long as anybody has subscribed, and no longer.
#[test]
fn subscriptions_come_and_go() {
    let orders = every_order(|stage| {
        let board = board();
        for name in ["one", "other"] {
            let board = board.clone();
            stage.thread(name, move || {
                let mut listener = listener(&board);
                listener.subscribe(ROOM.text, 9).unwrap();
                board.updated(ROOM.text).unwrap();
                let mut is_told = false;
                listener.tell(|_| is_told = true);
                assert!(is_told, "an update is lost");
                listener.unsubscribe(ROOM.text);
            });
        }
        stage.finally(move || assert_eq!((board.watched(), board.taken()), (0, 0)));
    });
    assert!(orders > 50, "{orders}");
}

/// Whoever says meanwhile that it was updated does not keep it there.
#[test]
fn what_is_updated_while_the_last_one_leaves_is_forgotten() {
    every_order(|stage| {
        let board = board();
        let mut listener = listener(&board);
        listener.subscribe(ROOM.text, 9).unwrap();
        stage.thread("updates", {
            let board = board.clone();
            move || board.updated(ROOM.text).unwrap()
        });
        stage.thread("leaves", move || drop(listener));
        stage.finally(move || assert_eq!((board.watched(), board.taken()), (0, 0)));
    });
}
