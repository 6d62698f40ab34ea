//! Plays a few actors in every order in which threads could run them: exhaustive tests of what we synchronise ourselves.
//!
//! Each actor has a thread, but only one of them runs at a time. Where others can notice that a thread is interrupted (before
//! it takes a [lock](crate::lock), before it uses an [atomic number](crate::atomic), before it polls its future) it is chosen
//! who runs next, and the scenario is played again until everything that can be chosen has been. An actor whose future waits
//! runs again only after it was woken: if nobody can run any more, a wake-up was lost. A test that fails tells the order.
//! Orders with more than two interruptions are left out, unless a scenario says [otherwise](Stage::interruptions).
//!
//! What the memory of the machine may reorder is not seen: that is for Miri and ThreadSanitizer.

use std::any::Any;
use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, TryLockError};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};

/// What an actor does.
type Part = Box<dyn FnOnce() + Send>;

/// The actors of one play, and what must hold when all have ended.
pub(crate) struct Stage {
    actors: Vec<(&'static str, Part)>,
    finally: Option<Part>,
    time: Arc<Runtime>,
    most: usize,
}

/// Time, which stands still unless somebody lets it pass.
#[derive(Clone)]
pub(crate) struct Time(Arc<Runtime>);

impl Time {
    /// Whatever was spawned goes on as far as it can.
    pub(crate) fn passes(&self, time: Duration) {
        self.0.block_on(tokio::time::advance(time));
    }

    /// Runs this, and what it spawns.
    pub(crate) fn block_on<T>(&self, future: impl Future<Output = T>) -> T {
        self.0.block_on(future)
    }
}

impl Stage {
    fn new() -> Self {
        let time = Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        Self { actors: Vec::new(), finally: None, time: Arc::new(time), most: 2 }
    }

    pub(crate) fn time(&self) -> Time {
        Time(self.time.clone())
    }

    /// Only orders in which actors are interrupted so often at most although they could go on, instead of twice. What goes wrong
    /// at all goes wrong with one or two, and there are many more orders with each.
    pub(crate) fn interruptions(&mut self, most: usize) {
        self.most = most;
    }

    pub(crate) fn thread(&mut self, name: &'static str, part: impl FnOnce() + Send + 'static) {
        self.actors.push((name, Box::new(part)));
    }

    pub(crate) fn task(&mut self, name: &'static str, part: impl Future<Output = ()> + Send + 'static) {
        self.thread(name, move || run(Box::pin(part)));
    }

    /// Checks at the end of each play.
    pub(crate) fn finally(&mut self, check: impl FnOnce() + Send + 'static) {
        self.finally = Some(Box::new(check));
    }

    fn play(self, choices: Vec<Choice>) -> Vec<Choice> {
        let names = self.actors.iter().map(|(name, _)| *name).collect();
        let director = Arc::new(Director::new(names, self.most, choices));
        let _time = self.time.enter();
        director.play().go_on(None);
        thread::scope(|scope| {
            for (number, (_, part)) in self.actors.into_iter().enumerate() {
                let (actor, time) = (Actor { director: director.clone(), number }, &self.time);
                scope.spawn(move || {
                    let _time = time.enter();
                    actor.act(part);
                });
            }
        });
        let mut play = director.play();
        if let Some(failed) = &play.failed {
            panic!("{failed}; the order was {}", play.told());
        }
        if let Some(check) = self.finally {
            let told = catch_unwind(AssertUnwindSafe(check));
            assert!(told.is_ok(), "at the end, after {}: {}", play.told(), told.map_or_else(said, |()| String::new()));
        }
        std::mem::take(&mut play.choices)
    }
}

/// Plays the scenario in every order, and returns how many there were. Miri, which looks for something else, plays some.
pub(crate) fn every_order(scenario: impl Fn(&mut Stage)) -> usize {
    let (mut choices, mut orders) = (Vec::new(), 0);
    loop {
        let mut stage = Stage::new();
        scenario(&mut stage);
        choices = stage.play(choices);
        orders += 1;
        if cfg!(miri) && orders == 10 {
            return usize::MAX;
        }
        while choices.last().is_some_and(|choice| choice.taken + 1 == choice.of) {
            choices.pop();
        }
        match choices.last_mut() {
            Some(choice) => choice.taken += 1,
            None => return orders,
        }
    }
}

/// Something that no order decides, such as whether a timer was faster: each of so many is tried.
pub(crate) fn chosen(of: usize) -> usize {
    with(|actor| actor.director.play().choose(of)).expect("nobody plays")
}

/// Here others may come in between.
pub(crate) fn point() {
    with(|actor| actor.pause(Status::Ready));
}

/// Goes on when somebody else has done something: for who does a thing again and again.
pub(crate) fn again() {
    with(|actor| {
        let mut play = actor.director.play();
        play.done += 1;
        let now = play.done;
        drop(play);
        actor.pause(Status::Again(now));
    });
}

/// Waits until the lock is free, so that taking it does not wait.
pub(crate) fn before<T>(mutex: &Mutex<T>) {
    point();
    with(|actor| {
        while matches!(mutex.try_lock(), Err(TryLockError::WouldBlock)) && !actor.director.has_failed() {
            let done = actor.director.play().done;
            actor.pause(Status::Again(done));
        }
    });
}

/// Whether this thread is that of an actor.
pub(crate) fn plays() -> bool {
    with(|_| ()).is_some()
}

/// Waits for a [told](tell) variable.
pub(crate) fn wait_for(variable: usize) {
    with(|actor| actor.pause(Status::Waits(variable)));
}

/// One who waits for the variable goes on.
pub(crate) fn tell(variable: usize) {
    with(|actor| {
        let mut play = actor.director.play();
        if let Some((_, status)) = play.actors.iter_mut().find(|(_, status)| *status == Status::Waits(variable)) {
            *status = Status::Ready;
        }
    });
}

fn run(mut future: std::pin::Pin<Box<dyn Future<Output = ()> + Send>>) {
    let actor = with(Actor::clone).expect("nobody plays");
    let woken = Arc::new(Woken { actor: actor.clone(), is_set: AtomicBool::new(false) });
    let waker = Waker::from(woken.clone());
    loop {
        point();
        woken.is_set.store(false, Ordering::SeqCst);
        if let Poll::Ready(()) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return;
        }
        if !woken.is_set.load(Ordering::SeqCst) {
            actor.pause(Status::Asleep);
        }
    }
}

struct Woken {
    actor: Actor,
    is_set: AtomicBool,
}

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.is_set.store(true, Ordering::SeqCst);
        let status = &mut self.actor.director.play().actors[self.actor.number].1;
        if *status == Status::Asleep {
            *status = Status::Ready;
        }
    }
}

thread_local! {
    static ACTOR: RefCell<Option<Actor>> = const { RefCell::new(None) };
}

/// Does something as the actor of this thread, if it is one.
fn with<T>(act: impl FnOnce(&Actor) -> T) -> Option<T> {
    let actor = ACTOR.try_with(|actor| actor.borrow().clone()).ok().flatten();
    actor.as_ref().map(act)
}

#[derive(Clone)]
struct Actor {
    director: Arc<Director>,
    number: usize,
}

/// Ends an actor of a play that has failed.
struct Curtain;

impl Actor {
    fn act(self, part: Part) {
        ACTOR.set(Some(self.clone()));
        let ended = catch_unwind(AssertUnwindSafe(|| {
            self.wait();
            part();
        }));
        ACTOR.set(None);
        let mut play = self.director.play();
        play.actors[self.number].1 = Status::Ended;
        play.done += 1;
        if let Err(panic) = ended
            && !panic.is::<Curtain>()
        {
            play.failed.get_or_insert(said(panic));
        }
        play.go_on(None);
        self.director.turn.notify_all();
    }

    /// Lets another one run, if it is their turn.
    fn pause(&self, status: Status) {
        {
            let mut play = self.director.play();
            play.actors[self.number].1 = status;
            // Who finds a lock taken has done nothing.
            play.done += usize::from(!matches!(status, Status::Again(_)));
            play.go_on(Some(self.number));
        }
        self.director.turn.notify_all();
        self.wait();
    }

    fn wait(&self) {
        let is_early = |play: &mut Play| play.running != Some(self.number) && play.failed.is_none();
        let play = self.director.turn.wait_while(self.director.play(), is_early).unwrap();
        let has_failed = play.failed.is_some();
        drop(play);
        if has_failed && !thread::panicking() {
            resume_unwind(Box::new(Curtain));
        }
    }
}

pub(crate) fn said(panic: Box<dyn Any + Send>) -> String {
    let text = panic.downcast::<String>().map(|text| *text);
    text.or_else(|panic| panic.downcast::<&str>().map(|text| (*text).to_owned())).unwrap_or_default()
}

/// What was chosen, and of how many.
struct Choice {
    taken: usize,
    of: usize,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Status {
    Ready,
    /// Until it is woken.
    Asleep,
    /// When somebody else has done something.
    Again(usize),
    /// Until this variable is told.
    Waits(usize),
    Ended,
}

/// No play is so long that ends.
const LONG: usize = 10_000;

struct Director {
    play: Mutex<Play>,
    turn: Condvar,
}

struct Play {
    actors: Vec<(&'static str, Status)>,
    running: Option<usize>,
    choices: Vec<Choice>,
    /// How many choices have been made.
    made: usize,
    /// How often anybody did something.
    done: usize,
    interruptions: usize,
    most: usize,
    order: Vec<usize>,
    failed: Option<String>,
}

impl Director {
    fn new(names: Vec<&'static str>, most: usize, choices: Vec<Choice>) -> Self {
        let play = Play {
            actors: names.into_iter().map(|name| (name, Status::Ready)).collect(),
            running: None,
            choices,
            made: 0,
            done: 0,
            interruptions: 0,
            most,
            order: Vec::new(),
            failed: None,
        };
        Self { play: Mutex::new(play), turn: Condvar::new() }
    }

    fn play(&self) -> MutexGuard<'_, Play> {
        self.play.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn has_failed(&self) -> bool {
        self.play().failed.is_some()
    }
}

impl Play {
    fn choose(&mut self, of: usize) -> usize {
        if self.made == self.choices.len() {
            self.choices.push(Choice { taken: 0, of });
        }
        let choice = &self.choices[self.made];
        assert_eq!(choice.of, of, "it does not go the same way twice");
        self.made += 1;
        choice.taken
    }

    /// Chooses who runs next. Who has run goes on first.
    fn go_on(&mut self, last: Option<usize>) {
        if self.failed.is_some() {
            return;
        }
        let mut able: Vec<_> = (0..self.actors.len()).filter(|number| self.is_able(*number)).collect();
        let goes_on = able.iter().position(|number| Some(*number) == last);
        if let Some(at) = goes_on {
            able[..=at].rotate_right(1);
            if self.interruptions == self.most {
                able.truncate(1);
            }
        }
        if able.is_empty() {
            self.running = None;
            let waiting = self.actors.iter().filter(|(_, status)| *status != Status::Ended);
            let waiting: Vec<_> = waiting.map(|(name, _)| *name).collect();
            if !waiting.is_empty() {
                self.failed = Some(format!("{waiting:?} wait for ever"));
            }
            return;
        }
        if self.order.len() == LONG {
            self.failed = Some("it goes on for ever".into());
            return;
        }
        let taken = if able.len() == 1 { 0 } else { self.choose(able.len()) };
        self.interruptions += usize::from(goes_on.is_some() && taken > 0);
        self.order.push(able[taken]);
        self.running = Some(able[taken]);
    }

    fn is_able(&self, number: usize) -> bool {
        match self.actors[number].1 {
            Status::Ready => true,
            Status::Again(then) => self.done > then,
            Status::Asleep | Status::Waits(_) | Status::Ended => false,
        }
    }

    /// Who ran, one after the other.
    fn told(&self) -> String {
        let names: Vec<_> = self.order.iter().map(|number| self.actors[*number].0).collect();
        names.join(" ")
    }
}
