//! The lists, rendered once per revision and page.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::OnceLock;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;

use crate::json::{self, Object};
use crate::protocol::Revision;
use crate::registry::{Described, Entry, Family, Registry};
use crate::shape::{CacheHint, Shape};

/// The lists that a client may ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum List {
    Tools,
    Resources,
    Templates,
    Prompts,
}

impl List {
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
    result: Vec<u8>,
}

/// All pages, made when they are first asked for.
#[derive(Debug)]
pub(crate) struct Lists {
    page_size: usize,
    hint: CacheHint,
    pages: [[OnceLock<Vec<Page>>; Revision::ALL.len()]; 4],
}

impl Lists {
    pub(crate) fn new(page_size: usize, hint: CacheHint) -> Self {
        Self { page_size: page_size.max(1), hint, pages: Default::default() }
    }

    /// The result for a page, as bytes; `None` if the cursor is not one of ours.
    pub(crate) fn page(
        &self,
        list: List,
        registry: &Registry,
        shape: &Shape<'_>,
        cursor: Option<&str>,
    ) -> Option<&[u8]> {
        let cell = self.pages.get(list as usize)?.get(shape.revision.index())?;
        let pages = cell.get_or_init(|| match list {
            List::Tools => self.render(list, &registry.tools, shape, |entry, out| shape.tool(entry, out)),
            List::Resources => self.render(list, &registry.resources, shape, |entry, out| shape.resource(entry, out)),
            List::Templates => self.render(list, &registry.templates, shape, |entry, out| shape.resource(entry, out)),
            List::Prompts => self.render(list, &registry.prompts, shape, |entry, out| shape.prompt(entry, out)),
        });
        pages.iter().find(|page| page.cursor.as_deref() == cursor).map(|page| page.result.as_slice())
    }

    fn render<T>(
        &self,
        list: List,
        family: &Family<T>,
        shape: &Shape<'_>,
        write: impl Fn(&Entry<T>, &mut Vec<u8>),
    ) -> Vec<Page>
    where
        &'static T: Described,
    {
        let mut chunks: Vec<&[Entry<T>]> = family.entries.chunks(self.page_size).collect();
        if chunks.is_empty() {
            chunks.push(&[]);
        }
        let cursor = |number: usize| cursor(list, family, self.page_size, number);
        let last = chunks.len().saturating_sub(1);
        let render = |(number, entries): (usize, &&[Entry<T>])| {
            let mut result = Vec::new();
            shape.cacheable(self.hint, &mut result, |object: &mut Object<'_>| {
                object.with(list.key(), |out| json::array(out, entries.iter(), |out, entry| write(entry, out)));
                object.some("nextCursor", (number < last).then(|| cursor(number.saturating_add(1))).as_ref());
            });
            Page { cursor: (number > 0).then(|| cursor(number)), result }
        };
        chunks.iter().enumerate().map(render).collect()
    }
}

/// Leads to a page of exactly this list: another list, another set of items or another size of page has other cursors.
fn cursor<T>(list: List, family: &Family<T>, page_size: usize, number: usize) -> String
where
    &'static T: Described,
{
    let mut hasher = DefaultHasher::new();
    (list.key(), page_size, number).hash(&mut hasher);
    family.entries.iter().for_each(|entry| entry.item.key().hash(&mut hasher));
    BASE64.encode(hasher.finish().to_be_bytes())
}
