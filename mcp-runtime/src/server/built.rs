//! A server that was validated, and what runs before and after it serves.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::time::timeout;

use super::{Hook, Server, Until};
use crate::capability::Capability;
use crate::changes::Changes;
use crate::context::{Shared, State};
use crate::error::{Error, Result};
use crate::list::Lists;
use crate::registry::Registry;
use crate::seal::Keys;
use crate::served::{Core, Parts, Settings};
use crate::stop::{Ask, Stop};
use crate::tasks::Roster;

/// A server that was validated, with what is still to be done before and after it serves.
pub(crate) struct Built {
    pub(crate) core: Arc<Core>,
    on_start: Vec<Hook>,
    on_shutdown: Vec<Hook>,
    until: Until,
}

/// What is still to be done when a server has served.
pub(crate) struct Ending {
    hooks: Vec<Hook>,
    state: Arc<State>,
    limit: Duration,
}

impl Server {
    /// Validates everything.
    ///
    /// # Errors
    /// With every fault that there is.
    pub(crate) fn build(self) -> Result<Built> {
        let Self { settings, selection, mut state, changes, mut faults, on_start, on_shutdown, hooks, until, .. } =
            self;
        faults.extend(settings.without_room());
        // Who holds another one may change something.
        let is_changed = Arc::strong_count(&changes.board) > 1;
        let board = changes.board.clone();
        state.insert(changes);
        let registry = Registry::collect(&selection, &state, is_changed);
        let registry = registry.map_err(|more| faults.extend(more));
        if let Ok(registry) = &registry {
            let unknown = board.open(registry.offered());
            faults.extend(unknown.iter().map(|unknown| format!("something is to be changed, but {unknown}")));
        }
        let Some(registry) = registry.ok().filter(|_| faults.is_empty()) else {
            return Err(Error::Faults(faults));
        };
        let keys = if registry.asks { keys(&settings).map(Some) } else { Ok(None) };
        let keys = keys.map_err(|fault| Error::Faults(vec![fault]))?;
        if !registry.capabilities.has(Capability::ListChanged) {
            // A hook that found it there would change what is told to be fixed.
            state.remove::<Changes>();
        }
        let most_threads = settings.threads.clamp(1, Semaphore::MAX_PERMITS);
        let shared = Shared { state: Arc::new(state), threads: Arc::new(Semaphore::new(most_threads)), most_threads };
        let board = Some(board).filter(|_| registry.capabilities.has(Capability::Listen));
        let changing = board.clone().filter(|_| registry.capabilities.has(Capability::ListChanged));
        let lists = Lists::new(settings.page_size, settings.cache_lists.clone(), changing);
        let roster = Roster::new(settings.tasks.clone());
        let hooks = Some(hooks).filter(|hooks| !hooks.is_empty());
        let core = Core::new(Parts { registry, lists, board, settings, keys, roster, hooks }, shared);
        Ok(Built { core, on_start, on_shutdown, until })
    }
}

fn keys(settings: &Settings) -> Result<Keys, String> {
    let keys = match &*settings.state_keys {
        [] => Keys::random().map_err(|error| format!("no key can be made for `requestState`: {error}")),
        given => Keys::given(given),
    };
    keys.map(|keys| keys.at_most(settings.state_length))
}

impl Built {
    /// Runs the start hooks, what serves, and the shutdown hooks however that ended. A start that is interrupted is
    /// given up; a shutdown has as long as the calls in flight have. `ask` is what `stop` hears.
    pub(crate) async fn around<E: Into<Error>>(
        self,
        ask: &Ask,
        stop: &Stop,
        serve: impl AsyncFnOnce(Arc<Core>) -> Result<(), E>,
    ) -> Result<()> {
        let Self { core, on_start, on_shutdown, until } = self;
        let asking = async {
            until.await;
            ask.ask();
            std::future::pending::<Infallible>().await
        };
        let (state, limit) = (core.shared.state.clone(), core.settings.drain);
        let serving = async {
            tokio::select! {
                started = run_hooks(on_start, &state) => started?,
                () = stop.asked() => return Ok(()),
            }
            let roster = core.roster.owned();
            // Boxed, since the way there is compiled for each transport.
            let served = Box::pin(serve(core)).await.map_err(Into::into);
            roster.finish().await;
            Ending { hooks: on_shutdown, state: state.clone(), limit }.run(stop).await?;
            served
        };
        tokio::select! {
            served = serving => served,
            never = asking => match never {},
        }
    }

    /// Runs the start hooks. What is left to do at the end is given back.
    #[cfg(feature = "http")]
    pub(crate) async fn start(self) -> Result<(Arc<Core>, Ending)> {
        let Self { core, on_start, on_shutdown, until: _ } = self;
        let (state, limit) = (core.shared.state.clone(), core.settings.drain);
        run_hooks(on_start, &state).await?;
        Ok((core, Ending { hooks: on_shutdown, state, limit }))
    }
}

impl Ending {
    /// Whether anything is left to do.
    #[cfg(feature = "http")]
    pub(crate) fn has_hooks(&self) -> bool {
        !self.hooks.is_empty()
    }

    /// Runs the shutdown hooks, within the time that calls in flight have too.
    pub(crate) async fn run(self, stop: &Stop) -> Result<()> {
        let Self { hooks, state, limit } = self;
        tokio::select! {
            shut = timeout(limit, run_hooks(hooks, &state)) => shut.unwrap_or_else(|_| Err(unfinished(limit))),
            () = stop.urged() => Ok(()),
        }
    }
}

async fn run_hooks(hooks: Vec<Hook>, state: &Arc<State>) -> Result<()> {
    for hook in hooks {
        hook(state.clone()).await.map_err(Error::Hook)?;
    }
    Ok(())
}

fn unfinished(limit: Duration) -> Error {
    Error::Hook(format!("a shutdown hook did not finish in {} s", limit.as_secs_f64()))
}
