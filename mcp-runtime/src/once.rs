//! Effects that are had once, although the function that has them runs again.

use std::convert::Infallible;
use std::fmt;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::runtime::Handle;

use crate::effects::Effects;
use crate::log;
use crate::once_store::{OnceClaim, Store};
use crate::store::StoreError;

/// Remembers what a function has done: borrow it as `&Once` where a function asks after an effect.
///
/// A client of 2026-07-28 that is asked calls again with the answer, and the function runs again from its beginning. What it
/// does through `once` is done in the first of these rounds alone, and gives the same value in all of them:
///
/// ```
/// use mcp_runtime::{Elicit, Once, Unanswered, form, tool};
///
/// # struct Orders;
/// # impl Orders { async fn reserve(&self, _: &str) -> Result<u64, std::io::Error> { Ok(7) } }
/// #[form]
/// struct Confirmation {
///     /// Really?
///     sure: bool,
/// }
///
/// /// Orders something.
/// #[tool]
/// async fn order(item: String, orders: &Orders, once: &Once, person: &Elicit) -> Result<String, Box<dyn std::error::Error>> {
///     let number = once.try_run("reserve", async { orders.reserve(&item).await }).await?;
///     let answer = person.ask::<Confirmation>(format!("Place order {number}?")).await?;
///     Ok(match answer.accepted() {
///         Some(Confirmation { sure: true }) => format!("order {number} is placed"),
///         Some(_) | None => format!("order {number} is dropped"),
///     })
/// }
/// ```
///
/// # What is promised
///
/// - A key stands for one effect of a call: under the same key the same value comes back, in a later round and in the same one.
///   In a loop, put what differs into the key. What depends on an answer should have that answer in its key, too: a client may
///   go back and answer otherwise.
/// - An effect that fails ([`try_run`](Self::try_run)), panics or is dropped is not remembered, and may be had again. It is
///   dropped when the call is cancelled or its time is over.
/// - A round does not end while an effect is on the way, so an effect may run beside a question, with `join!`. A question
///   *inside* an effect ends the call with an internal error in 2026-07-28.
/// - A round that is sent twice, after the other or at the same time, has its effects once: the server remembers them in a
///   store for one hour, in memory unless it is given another ([`Server::once_store`](crate::Server::once_store)). The first
///   round is the exception: nothing tells it from another call.
/// - Where there is a session (before 2026-07-28) and where nothing is asked, the function runs once anyway.
///
/// # How it travels
///
/// The value becomes JSON, and what it is read back as is what the function gets, also the first time. The client carries it in
/// `requestState`: signed, so that it cannot be changed, but **not hidden**. It takes part of the length that
/// [`Server::request_state_length`](crate::Server::request_state_length) allows, and a call that needs more ends with an internal error; so does
/// one whose value is no JSON, or cannot be read back as the type it has now, because the program has changed between rounds.
/// The log says which.
pub struct Once(Option<Memory>);

/// Where the effects of a call are remembered.
struct Memory {
    function: &'static str,
    /// By this call.
    effects: Arc<Effects>,
    /// By the server.
    store: Store,
}

impl Once {
    pub(crate) fn new(function: &'static str, effects: Arc<Effects>, store: Store) -> Self {
        Self(Some(Memory { function, effects, store }))
    }

    /// For a test that calls a function directly: every effect runs, and nothing is remembered.
    pub const fn for_test() -> Self {
        Self(None)
    }

    /// Has an effect, unless it was had before, and gives its value. What can fail is for [`try_run`](Self::try_run): here, a
    /// `Result` would be remembered whatever it is.
    ///
    /// ```
    /// use mcp_runtime::serde_json::json;
    /// use mcp_runtime::{Once, Server, items, tool};
    ///
    /// /// Throws a die.
    /// #[tool]
    /// async fn throw(once: &Once) -> String {
    ///     let first = once.run("die", async { 4 }).await;
    ///     let again = once.run("die", async { 6 }).await;
    ///     format!("{first}, and still {again}")
    /// }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> mcp_runtime::Result<()> {
    /// let client = Server::new("dice", "1.0.0").items(items![throw]).client().await?;
    /// assert_eq!(client.call("throw", json!({})).await?.text(), "4, and still 4");
    /// # Ok(())
    /// # }
    /// ```
    pub async fn run<T>(&self, key: &str, effect: impl Future<Output = T>) -> T
    where
        T: Remembered,
    {
        match self.try_run(key, async { Ok::<T, Infallible>(effect.await) }).await {
            Ok(value) => value,
            Err(never) => match never {},
        }
    }

    /// Has an effect that can fail, unless it has succeeded before. A failure is not remembered.
    ///
    /// ```
    /// use mcp_runtime::{Once, tool};
    ///
    /// /// Notes something down.
    /// #[tool]
    /// async fn note(text: String, once: &Once) -> Result<(), std::io::Error> {
    ///     once.try_run("note", async { std::fs::write("note.txt", &text) }).await
    /// }
    /// ```
    ///
    /// # Errors
    /// When the effect fails.
    pub async fn try_run<T, E>(&self, key: &str, effect: impl Future<Output = Result<T, E>>) -> Result<T, E>
    where
        T: Remembered,
    {
        let Some(memory) = &self.0 else {
            return effect.await;
        };
        let _at_work = memory.effects.begin();
        let json = match memory.claim(key).await {
            Ok(Turn::Over(json)) => json,
            Ok(Turn::Mine(mine)) => {
                let json = serde_json::to_string(&memory.polled(effect).await?);
                match json {
                    Ok(json) => mine.keep(json).await,
                    Err(error) => memory.broken(key, error).await,
                }
            }
            Err(error) => memory.broken(key, error).await,
        };
        match serde_json::from_str(&json) {
            Ok(value) => Ok(value),
            Err(error) => memory.broken(key, error).await,
        }
    }
}

impl Memory {
    /// Waits until nobody else is at the effect.
    async fn claim<'m>(&'m self, key: &'m str) -> Result<Turn<'m>, StoreError> {
        match self.effects.done.take(key).await {
            OnceClaim::Done(json) => return Ok(Turn::Over(json)),
            OnceClaim::Mine => {}
        }
        let mut mine = Mine { memory: self, key, shared: None };
        let Some(shared) = self.shared(key) else {
            return Ok(Turn::Mine(mine));
        };
        match self.store.claim(&shared).await? {
            OnceClaim::Done(json) => {
                self.effects.done.put(key, &json);
                Ok(Turn::Over(json))
            }
            OnceClaim::Mine => {
                mine.shared = Some(shared);
                Ok(Turn::Mine(mine))
            }
        }
    }

    /// How the server knows the effect. Nobody else can know of a first round.
    fn shared(&self, key: &str) -> Option<String> {
        let (conversation, function) = (self.effects.conversation()?, self.function);
        Some(format!("{conversation}/{function}/{key}"))
    }

    async fn polled<T>(&self, effect: impl Future<Output = T>) -> T {
        let mut effect = pin!(effect);
        poll_fn(|cx| {
            let _inside = self.effects.enter();
            effect.as_mut().poll(cx)
        })
        .await
    }

    /// The call ends here.
    async fn broken<T>(&self, key: &str, error: impl fmt::Display) -> T {
        self.effects.break_off(format!("what was to be done once as `{key}`: {error}"));
        std::future::pending().await
    }
}

/// Whose an effect is.
enum Turn<'m> {
    /// It has been done, and this is its value.
    Over(String),
    Mine(Mine<'m>),
}

/// An effect that is this call's to have. If it is dropped, the effect is for others to have.
struct Mine<'m> {
    memory: &'m Memory,
    key: &'m str,
    /// How the server knows the effect, if it was claimed there.
    shared: Option<String>,
}

impl Mine<'_> {
    /// The effect was had. It is kept also if the call ends meanwhile.
    async fn keep(mut self, json: String) -> String {
        self.memory.effects.done.put(self.key, &json);
        if let Some(effect) = self.shared.take() {
            let (store, value) = (self.memory.store.clone(), json.clone());
            let keeping = tokio::spawn(async move {
                if let Err(error) = store.keep(&effect, &value).await {
                    log::error(format_args!("`{effect}` was done, but could not be kept: {error}"));
                }
            });
            // That it panicked was told by the panic hook.
            drop(keeping.await);
        }
        json
    }
}

impl Drop for Mine<'_> {
    fn drop(&mut self) {
        self.memory.effects.done.let_go(self.key);
        if let (Some(effect), Ok(runtime)) = (self.shared.take(), Handle::try_current()) {
            let store = self.memory.store.clone();
            runtime.spawn(async move {
                if let Err(error) = store.release(&effect).await {
                    log::error(format_args!("`{effect}` was given up, but could not be released: {error}"));
                }
            });
        }
    }
}

impl fmt::Debug for Once {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Once").field("remembers", &self.0.is_some()).finish()
    }
}

/// What [`Once`] can remember: everything that becomes JSON and can be read back.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be remembered",
    label = "this has to become JSON, and to be read back from it",
    note = "put `#[mcp_runtime::model]` on a type of your own",
    note = "for an effect that can fail, use `try_run`: a failure is not remembered"
)]
pub trait Remembered: Serialize + DeserializeOwned {}

#[diagnostic::do_not_recommend]
impl<T: Serialize + DeserializeOwned> Remembered for T {}
