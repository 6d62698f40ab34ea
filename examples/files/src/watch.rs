//! Tells clients what changes in the directory, as the system reports it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Receiver};
use std::time::Duration;

use mcp_runtime::Changes;
use notify::{Config, Event, RecommendedWatcher, RecursiveMode, Watcher as _};

use crate::uri;

/// A program that writes a file does so in many steps. What comes within this time is told once.
const BURST: Duration = Duration::from_millis(50);

/// Changes are told as long as this is there.
#[derive(Debug)]
pub(crate) struct Watch {
    _watcher: RecommendedWatcher,
}

impl Watch {
    /// Watches a directory, and all folders in it. It must be given as the system knows it: absolute, without links.
    pub(crate) fn start(root: &Path, changes: Changes) -> notify::Result<Self> {
        let (tell, told) = mpsc::channel();
        // Behind a link is what is not served.
        let config = Config::default().with_follow_symlinks(false);
        let mut watcher = RecommendedWatcher::new(tell, config)?;
        watcher.watch(root, RecursiveMode::Recursive)?;
        let root = root.to_owned();
        // It ends with the watcher, which holds the other end.
        std::thread::Builder::new().name("watch".into()).spawn(move || {
            while let Some(burst) = Burst::next(&told) {
                burst.announce(&root, &changes);
            }
        })?;
        Ok(Self { _watcher: watcher })
    }
}

/// What has changed within a moment.
#[derive(Debug, Default)]
struct Burst {
    paths: BTreeSet<PathBuf>,
    /// The system has lost count of what has changed.
    is_lossy: bool,
}

impl Burst {
    /// Waits for a change and those that follow at once. `None` when there will be none any more.
    fn next(told: &Receiver<notify::Result<Event>>) -> Option<Self> {
        let mut burst = Self::default();
        burst.add(told.recv().ok()?);
        std::thread::sleep(BURST);
        told.try_iter().for_each(|event| burst.add(event));
        Some(burst)
    }

    fn add(&mut self, event: notify::Result<Event>) {
        match event {
            // Our own reading is reported too.
            Ok(event) if event.kind.is_access() => {}
            Ok(event) => {
                self.is_lossy |= event.need_rescan();
                self.paths.extend(event.paths);
            }
            Err(error) => {
                eprintln!("files: {error}");
                self.is_lossy = true;
            }
        }
    }

    /// A file has other contents, and so has the folder that lists it. That there is a file more or less is no change of the
    /// list of resources, in which no file stands; only where it is unknown what has changed, clients are to look at all again.
    fn announce(&self, root: &Path, changes: &Changes) {
        if self.is_lossy {
            changes.resources().announce();
        }
        let below = self.paths.iter().filter_map(|path| path.strip_prefix(root).ok());
        let changed: BTreeSet<_> = below.flat_map(|path| [Some(path), path.parent()]).flatten().collect();
        for uri in changed.into_iter().filter_map(uri::of) {
            // A path that is too long for a URI has no subscribers.
            let _ = changes.updated(&uri);
        }
    }
}
