//! The lists, rendered once per revision and page.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, Mutex, OnceLock};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;

use crate::cache::CacheHint;
use crate::changes::{Board, Kind};
use crate::json::{self, Object};
use crate::lock::lock;
use crate::protocol::Revision;
use crate::registry::{Described, Entry, Family, Registry};
use crate::shape::Shape;

/// A list that clients may ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum List {
    /// `tools/list`.
    Tools,
    /// `resources/list`.
    Resources,
    /// `resources/templates/list`.
    Templates,
    /// `prompts/list`.
    Prompts,
}

impl List {
    const COUNT: usize = 4;

    const fn key(self) -> &'static str {
        match self {
            Self::Tools => "tools",
            Self::Resources => "resources",
            Self::Templates => "resourceTemplates",
            Self::Prompts => "prompts",
        }
    }
}

/// One page: the result, and the cursor that leads to it.
#[derive(Debug)]
struct Page {
    cursor: Option<String>,
    result: Arc<[u8]>,
}

/// How long clients may keep lists: all of them, and those about which more is said.
#[derive(Clone, Debug, Default)]
pub(crate) struct ListHints {
    pub(crate) all: CacheHint,
    one: [Option<CacheHint>; List::COUNT],
}

impl ListHints {
    fn of(&self, list: List) -> CacheHint {
        self.one.get(list as usize).copied().flatten().unwrap_or(self.all)
    }

    pub(crate) fn set(&mut self, list: List, hint: CacheHint) {
        self.one.get_mut(list as usize).map(|one| one.replace(hint));
    }
}

/// The pages of every list in every revision, made when they are first asked for.
#[derive(Debug, Default)]
struct Pages(Box<[[OnceLock<Vec<Page>>; Revision::ALL.len()]; List::COUNT]>);

/// All lists.
#[derive(Debug)]
pub(crate) struct Lists {
    page_size: usize,
    hints: ListHints,
    pages: Kept,
}

/// How long pages hold.
#[derive(Debug)]
enum Kept {
    /// For ever: nothing can change.
    Always(Pages),
    /// As long as the board says the same.
    While(Arc<Board>, Mutex<(Version, Arc<Pages>)>),
}

/// How often each list has changed.
type Version = [u64; Kind::ALL.len()];

fn version(board: &Board) -> Version {
    Kind::ALL.map(|kind| board.changes(kind))
}

impl Lists {
    /// Lists that change where there is a board.
    pub(crate) fn new(page_size: usize, hints: ListHints, board: Option<Arc<Board>>) -> Self {
        let pages = match board {
            None => Kept::Always(Pages::default()),
            Some(board) => Kept::While(board, Mutex::default()),
        };
        Self { page_size: page_size.max(1), hints, pages }
    }

    /// The result for a page; `None` if the cursor is not one of ours.
    pub(crate) fn page(
        &self,
        list: List,
        registry: &Registry,
        shape: &Shape<'_>,
        cursor: Option<&str>,
    ) -> Option<Arc<[u8]>> {
        match &self.pages {
            Kept::Always(pages) => self.find(pages, list, registry, shape, cursor),
            Kept::While(board, kept) => self.find(&current(board, kept), list, registry, shape, cursor),
        }
    }

    fn find(
        &self,
        pages: &Pages,
        list: List,
        registry: &Registry,
        shape: &Shape<'_>,
        cursor: Option<&str>,
    ) -> Option<Arc<[u8]>> {
        let cell = pages.0.get(list as usize)?.get(shape.revision.index())?;
        let pages = cell.get_or_init(|| {
            let offered = match list {
                List::Tools => offered(&registry.tools, |entry, out| shape.tool(entry, out)),
                List::Resources => offered(&registry.resources, |entry, out| shape.resource(entry, out)),
                List::Templates => offered(&registry.templates, |entry, out| shape.resource(entry, out)),
                List::Prompts => offered(&registry.prompts, |entry, out| shape.prompt(entry, out)),
            };
            self.render(list, &offered, shape)
        });
        Some(pages.iter().find(|page| page.cursor.as_deref() == cursor)?.result.clone())
    }

    fn render(&self, list: List, offered: &[Offered], shape: &Shape<'_>) -> Vec<Page> {
        let mut chunks: Vec<&[Offered]> = offered.chunks(self.page_size).collect();
        if chunks.is_empty() {
            chunks.push(&[]);
        }
        let cursor = |number: usize| cursor(list, offered, self.page_size, number);
        let last = chunks.len().saturating_sub(1);
        let render = |(number, entries): (usize, &&[Offered])| {
            let mut result = Vec::new();
            shape.cacheable(self.hints.of(list), &mut result, |object: &mut Object<'_>| {
                object.with(list.key(), |out| {
                    json::array(out, entries.iter(), |out, entry| out.extend_from_slice(&entry.json));
                });
                object.some("nextCursor", (number < last).then(|| cursor(number.saturating_add(1))).as_ref());
            });
            Page { cursor: (number > 0).then(|| cursor(number)), result: result.into() }
        };
        chunks.iter().enumerate().map(render).collect()
    }
}

/// An item that is offered.
struct Offered {
    key: &'static str,
    json: Vec<u8>,
}

fn offered<T>(family: &Family<T>, write: impl Fn(&Entry<T>, &mut Vec<u8>)) -> Vec<Offered>
where
    &'static T: Described,
{
    let one = |entry: &Entry<T>| {
        let mut json = Vec::new();
        write(entry, &mut json);
        Offered { key: entry.item.key(), json }
    };
    family.offered().into_iter().map(one).collect()
}

/// The pages of what is offered now. Switches are thrown before they are counted, so that pages of an old count may be newer
/// than that, and never older.
fn current(board: &Board, kept: &Mutex<(Version, Arc<Pages>)>) -> Arc<Pages> {
    let now = version(board);
    let mut kept = lock(kept);
    if kept.0 != now {
        *kept = (now, Arc::default());
    }
    kept.1.clone()
}

/// Leads to a page of exactly this list: another list, another set of items or another size of page has other cursors.
fn cursor(list: List, offered: &[Offered], page_size: usize, number: usize) -> String {
    let mut hasher = DefaultHasher::new();
    (list.key(), page_size, number).hash(&mut hasher);
    offered.iter().for_each(|entry| entry.key.hash(&mut hasher));
    BASE64.encode(hasher.finish().to_be_bytes())
}
