//! One check: walks over a text with a node in hand and collects what is wrong, within a budget.

use super::kinds::Kinds;
use super::node::{Applied, Id, Node};
use super::seen::Seen;
use super::{Problem, alternatives, words};
use crate::json::scan::{Broken, Cursor, Quoted, Shape, deeper};

/// More problems than these are not worth reading.
const MOST_PROBLEMS: usize = 50;
/// How many schemas may apply within each other; a value nested as deeply as is allowed needs fewer.
const MOST_WITHIN: usize = 512;

/// Why a walk ends early.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stop {
    /// The value is wrong, and nobody asked why.
    Wrong,
    /// There are enough problems.
    Enough,
    /// The budget is used up.
    Costly,
    Broken(Broken),
}

impl From<Broken> for Stop {
    fn from(broken: Broken) -> Self {
        Self::Broken(broken)
    }
}

/// How a place is reached; written out only when something is wrong there.
#[derive(Debug)]
pub(crate) struct Path<'p> {
    parent: Option<&'p Path<'p>>,
    step: Step<'p>,
    depth: usize,
}

#[derive(Debug)]
enum Step<'p> {
    Name(&'p str),
    Index(usize),
}

impl<'p> Path<'p> {
    pub(crate) fn root(name: &'p str) -> Self {
        Self { parent: None, step: Step::Name(name), depth: 0 }
    }

    pub(crate) fn field(&'p self, name: &'p str) -> Result<Self, Broken> {
        Ok(Self { parent: Some(self), step: Step::Name(name), depth: deeper(self.depth)? })
    }

    pub(crate) fn item(&'p self, index: usize) -> Result<Self, Broken> {
        Ok(Self { parent: Some(self), step: Step::Index(index), depth: deeper(self.depth)? })
    }

    pub(crate) fn written(&self) -> String {
        let mut text = self.parent.map(Self::written).unwrap_or_default();
        match self.step {
            Step::Name(name) => {
                if !text.is_empty() {
                    text.push('.');
                }
                text.push_str(&words::cut(name));
            }
            Step::Index(index) => text.push_str(&format!("[{index}]")),
        }
        text
    }
}

/// Who wants to know, and what for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// All problems, names that are given twice among them.
    Report,
    /// All problems with one more schema for a value that is walked over anyway.
    Again,
    /// Only whether the value is right.
    Verdict,
}

#[derive(Debug)]
pub(crate) struct Run<'c> {
    nodes: &'c [Node],
    pub(crate) mode: Mode,
    pub(crate) problems: Vec<Problem>,
    budget: usize,
    within: usize,
}

/// What the check of so many bytes may cost. A short value may be read in many ways; in a long one that would hold up others.
fn budget(length: usize) -> usize {
    const SHORT: usize = 64 * 1024;
    let short = length.min(SHORT);
    let rest = length.saturating_sub(short);
    short.saturating_mul(256).saturating_add(rest.saturating_mul(64)).saturating_add(100_000)
}

impl<'c> Run<'c> {
    pub(crate) fn new(nodes: &'c [Node], json: &str) -> Self {
        Self { nodes, mode: Mode::Report, problems: Vec::new(), budget: budget(json.len()), within: 0 }
    }

    pub(crate) fn accepts(mut self, id: Id, json: &str) -> bool {
        self.mode = Mode::Verdict;
        self.whole(id, json, &Path::root("")).is_ok()
    }

    pub(crate) fn report(mut self, id: Id, json: &str, path: &Path<'_>, problems: &mut Vec<Problem>) {
        let message = match self.whole(id, json, path) {
            Ok(()) | Err(Stop::Wrong | Stop::Enough) => None,
            Err(Stop::Costly) => Some("is too complex to check"),
            Err(Stop::Broken(Broken::Syntax)) => Some("is not valid JSON"),
            Err(Stop::Broken(Broken::Depth)) => Some("is nested too deeply"),
            Err(Stop::Broken(Broken::Unicode)) => Some("has text that is not valid Unicode"),
        };
        problems.append(&mut self.problems);
        problems.extend(message.map(|message| Problem { path: path.written(), message: message.to_owned() }));
    }

    fn whole(&mut self, id: Id, json: &str, path: &Path<'_>) -> Result<(), Stop> {
        let mut at = Cursor::new(json);
        self.value(id, &mut at, path)?;
        Ok(at.finish()?)
    }

    /// Checks the value at `at` and leaves `at` behind it.
    pub(crate) fn value(&mut self, id: Id, at: &mut Cursor<'_>, path: &Path<'_>) -> Result<(), Stop> {
        self.spend(8)?;
        let (node, start) = (self.node(id), *at);
        if let Some(node) = node
            && node.is_right_by_kind(at)?
        {
            return self.spend(start.distance(*at));
        }
        let outer = self.within;
        self.within = outer.saturating_add(1);
        if self.within > MOST_WITHIN {
            return Err(Stop::Costly);
        }
        let result = match node {
            Some(Node { alias: Some(target), .. }) => self.value(*target, at, path),
            Some(node) => self.with(node, at, path),
            None => Ok(at.skip(path.depth).map(drop)?),
        };
        self.within = outer;
        result
    }

    fn with(&mut self, node: &'c Node, at: &mut Cursor<'_>, path: &Path<'_>) -> Result<(), Stop> {
        let start = *at;
        let begun = Begun::read(at)?;
        let kind = begun.kind();
        if !node.accepts.meets(kind) {
            self.rest(&begun, at, path)?;
            return self.wrong(path, || words::wrong_kind(node.accepts, start.until(*at)));
        }
        if !self.is_chosen(node, start)? {
            self.rest(&begun, at, path)?;
            return self.wrong(path, || words::wrong_choice(&node.choices, start.until(*at)));
        }
        match begun {
            Begun::Null | Begun::Bool => {}
            Begun::Number(text) => self.number(&node.number, text, path)?,
            Begun::String(text) => self.string(&node.string, text, path)?,
            Begun::Array => self.array(node.array.as_deref(), at, path)?,
            Begun::Object => self.object(node, start, at, path)?,
        }
        if node.applied.is_empty() {
            return Ok(());
        }
        self.spend(start.distance(*at) / 8)?;
        self.again(|run| node.applied.iter().try_for_each(|keyword| run.apply(keyword, start, kind, path)))
    }

    /// Walks over what is left of a value that is wrong.
    fn rest(&mut self, begun: &Begun<'_>, at: &mut Cursor<'_>, path: &Path<'_>) -> Result<(), Stop> {
        if begun.has_parts() { self.anything(at, path) } else { Ok(()) }
    }

    fn apply(&mut self, keyword: &'c Applied, start: Cursor<'_>, kind: Kinds, path: &Path<'_>) -> Result<(), Stop> {
        match keyword {
            Applied::All(targets) => targets.iter().try_for_each(|id| self.value(*id, &mut start.clone(), path)),
            Applied::Any(alternatives) => alternatives::any(self, alternatives, start, kind, path),
            Applied::One(alternatives) => alternatives::one(self, alternatives, start, kind, path),
            Applied::Not(id) => {
                if self.verdict(*id, start, path)? {
                    let node = self.node(*id);
                    return self.wrong(path, || words::ruled_out(node, start));
                }
                Ok(())
            }
            Applied::If { condition, then, otherwise } => {
                let next = if self.verdict(*condition, start, path)? { then } else { otherwise };
                next.map_or(Ok(()), |id| self.value(id, &mut start.clone(), path))
            }
        }
    }

    /// Whether the value at `start` is right by another node.
    pub(crate) fn verdict(&mut self, id: Id, start: Cursor<'_>, path: &Path<'_>) -> Result<bool, Stop> {
        let (mode, within) = (self.mode, self.within);
        self.mode = Mode::Verdict;
        let result = self.value(id, &mut start.clone(), path);
        (self.mode, self.within) = (mode, within);
        match result {
            Ok(()) => Ok(true),
            Err(Stop::Wrong) => Ok(false),
            Err(stop @ (Stop::Enough | Stop::Costly | Stop::Broken(_))) => Err(stop),
        }
    }

    /// Walks over a text that was walked over before.
    pub(crate) fn again(&mut self, walk: impl FnOnce(&mut Self) -> Result<(), Stop>) -> Result<(), Stop> {
        let mode = self.mode;
        if mode == Mode::Report {
            self.mode = Mode::Again;
        }
        let result = walk(self);
        self.mode = mode;
        result
    }

    /// Walks over a value that no schema describes; a name that is given twice is wrong there too.
    pub(crate) fn anything(&mut self, at: &mut Cursor<'_>, path: &Path<'_>) -> Result<(), Stop> {
        if self.mode != Mode::Report {
            let start = *at;
            at.skip(path.depth)?;
            return self.spend(start.distance(*at) / 4);
        }
        self.spend(2)?;
        match at.shape()? {
            Shape::Null | Shape::Bool | Shape::Number | Shape::String => Ok(at.skip(path.depth).map(drop)?),
            Shape::Array => at.array(|index, item| self.anything(item, &path.item(index)?)).map(drop),
            Shape::Object => {
                let mut seen = Seen::default();
                at.object(|name, value| {
                    let name = name.text()?;
                    let path = path.field(&name)?;
                    self.anything(value, &path)?;
                    if seen.is_new(name.clone()) { Ok(()) } else { self.wrong(&path, || words::TWICE.to_owned()) }
                })
            }
        }
    }

    /// Notes a problem, or gives up if only the verdict matters.
    pub(crate) fn wrong(&mut self, path: &Path<'_>, message: impl FnOnce() -> String) -> Result<(), Stop> {
        if self.mode == Mode::Verdict {
            return Err(Stop::Wrong);
        }
        self.note(Problem { path: path.written(), message: message() })
    }

    /// Keeps a problem that is not known yet.
    pub(crate) fn note(&mut self, problem: Problem) -> Result<(), Stop> {
        if !self.problems.contains(&problem) {
            self.problems.push(problem);
        }
        if self.problems.len() < MOST_PROBLEMS { Ok(()) } else { Err(Stop::Enough) }
    }

    pub(crate) fn spend(&mut self, cost: usize) -> Result<(), Stop> {
        self.budget = self.budget.checked_sub(cost).ok_or(Stop::Costly)?;
        Ok(())
    }

    pub(crate) fn within(&self) -> usize {
        self.within
    }

    /// Forgets the schemas that an abandoned walk was within.
    pub(crate) fn back_to(&mut self, within: usize) {
        self.within = within;
    }

    pub(crate) fn all(&self) -> &'c [Node] {
        self.nodes
    }

    pub(crate) fn node(&self, id: Id) -> Option<&'c Node> {
        self.nodes.get(id)
    }
}

/// A value of which everything has been read that is not in parts.
enum Begun<'j> {
    Null,
    Bool,
    Number(&'j str),
    String(Quoted<'j>),
    Array,
    Object,
}

impl<'j> Begun<'j> {
    fn read(at: &mut Cursor<'j>) -> Result<Self, Broken> {
        Ok(match at.shape()? {
            Shape::Null => at.word().map(|_| Self::Null)?,
            Shape::Bool => at.word().map(|_| Self::Bool)?,
            Shape::Number => Self::Number(at.number()?),
            Shape::String => Self::String(at.string()?),
            Shape::Array => Self::Array,
            Shape::Object => Self::Object,
        })
    }

    fn has_parts(&self) -> bool {
        matches!(self, Self::Array | Self::Object)
    }

    fn kind(&self) -> Kinds {
        match self {
            Self::Null => Kinds::NULL,
            Self::Bool => Kinds::BOOL,
            Self::Number(text) => super::scalar::number_kind(text),
            Self::String(_) => Kinds::STRING,
            Self::Array => Kinds::ARRAY,
            Self::Object => Kinds::OBJECT,
        }
    }
}

impl Node {
    /// Reads over a value without parts if it is right because of its kind alone, and stays before any other.
    pub(crate) fn is_right_by_kind(&self, at: &mut Cursor<'_>) -> Result<bool, Broken> {
        if !self.is_bare {
            return Ok(false);
        }
        let mut after = *at;
        let begun = Begun::read(&mut after)?;
        let is_right = self.accepts.meets(begun.kind()) && !begun.has_parts();
        if is_right {
            *at = after;
        }
        Ok(is_right)
    }
}

/// Of which kind a value is that was read over before; of none if it has parts.
pub(crate) fn plain_kind(json: &str) -> Kinds {
    match json.as_bytes().first() {
        Some(b'"') => Kinds::STRING,
        Some(b'-' | b'0'..=b'9') => super::scalar::number_kind(json),
        Some(b't' | b'f') => Kinds::BOOL,
        Some(b'n') => Kinds::NULL,
        Some(_) | None => Kinds::NONE,
    }
}

/// Of which kind the value at `at` is.
pub(crate) fn kind(mut at: Cursor<'_>) -> Result<Kinds, Broken> {
    Begun::read(&mut at).map(|begun| begun.kind())
}
