//! Everything that a server offers, validated once. Reads `inventory` in one place.

use std::any::TypeId;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::capability::Capabilities;
use crate::changes::{Kind, Offered, Switch};
use crate::context::{Speech, State};
use crate::form::FormRecord;
use crate::gather::gather;
use crate::item::{About, Item, Linked, Prompt, Resource, TaskSupport, Tool};
use crate::needs::Need;
use crate::place::Place;
use crate::published::{self, Input, Structure, Types};
use crate::schema::nearest;
use crate::task::Task;
use crate::uri::in_lower_scheme;

inventory::collect!(Linked);
inventory::collect!(&'static FormRecord);

/// Which of the items that are linked a server offers.
#[derive(Debug, Default)]
pub(crate) struct Selection {
    /// Instead of everything that is linked.
    pub(crate) items: Option<Vec<Item>>,
    /// Only what stands in one of these modules, if there are any.
    pub(crate) modules: Vec<String>,
    /// Only what has one of these tags, if there are any.
    pub(crate) tags: Vec<String>,
}

/// What a server offers.
#[derive(Debug)]
pub(crate) struct Registry {
    /// Whether a function may ask its client something.
    pub(crate) asks: bool,
    pub(crate) capabilities: Capabilities,
    pub(crate) tools: Family<Tool>,
    pub(crate) resources: Family<Resource>,
    pub(crate) templates: Family<Resource>,
    pub(crate) prompts: Family<Prompt>,
}

/// The items of one kind, in the order of the source, found by name (resources: by URI).
#[derive(Debug)]
pub(crate) struct Family<T: 'static> {
    pub(crate) entries: Vec<Entry<T>>,
    /// Sorted, so that they are found without hashing.
    by_key: Vec<(&'static str, usize)>,
}

/// An item with its schemas.
#[derive(Debug)]
pub(crate) struct Entry<T: 'static> {
    pub(crate) item: &'static T,
    pub(crate) input: Input,
    /// What a tool gives back, if that has a schema.
    pub(crate) structure: Option<Arc<Structure>>,
    /// Whether the function may say something before it answers.
    pub(crate) speaks: bool,
    /// Whether it may ask something.
    pub(crate) asks: bool,
    /// What the client must be able to do for it.
    pub(crate) needs: Vec<Need>,
    /// Whether it says itself when its call becomes a task.
    pub(crate) begins: bool,
    /// Whether it is offered at present.
    pub(crate) switch: Switch,
}

impl<T> Family<T> {
    /// The entry with this key, and its place.
    pub(crate) fn find(&self, key: &str) -> Option<(usize, &Entry<T>)> {
        let place = self.by_key.binary_search_by(|(known, _)| (*known).cmp(key)).ok()?;
        let (_, index) = *self.by_key.get(place)?;
        Some((index, self.entries.get(index)?))
    }

    /// The key that is most like this one, of those that are offered at present.
    pub(crate) fn nearest(&self, key: &str) -> Option<&'static str> {
        let is_on = |index: usize| self.entries.get(index).is_some_and(|entry| entry.switch.is_on());
        nearest(key, self.by_key.iter().filter(|(_, index)| is_on(*index)).map(|(key, _)| *key))
    }

    /// Those that are offered at present.
    pub(crate) fn offered(&self) -> Vec<&Entry<T>> {
        self.entries.iter().filter(|entry| entry.switch.is_on()).collect()
    }
}

impl<T> Family<T>
where
    &'static T: Described,
{
    fn switches(&self) -> impl Iterator<Item = (&'static str, Switch)> {
        self.entries.iter().map(|entry| (entry.item.key(), entry.switch.clone()))
    }
}

/// What can be said of every kind of item.
pub(crate) trait Described: Copy {
    fn about(self) -> &'static About;
    /// What must be unique in its family.
    fn key(self) -> &'static str;
    /// What a client may fill in.
    fn input(self, types: &mut Types, faults: &mut Vec<String>) -> Input {
        published::input(self.about().params, types, faults)
    }
    /// What it cannot do without.
    fn needs(self) -> Vec<Need> {
        needs(self.about())
    }
    /// The schema of what it gives back.
    fn structure(self, _: &mut Types, _: &mut Vec<String>) -> Option<Arc<Structure>> {
        None
    }
}

impl Described for &'static Tool {
    fn about(self) -> &'static About {
        &self.about
    }
    fn key(self) -> &'static str {
        self.about.name
    }
    fn input(self, types: &mut Types, faults: &mut Vec<String>) -> Input {
        published::tool(self, types, faults)
    }
    fn needs(self) -> Vec<Need> {
        let task = (self.task == TaskSupport::Required).then_some(Need::Tasks);
        needs(&self.about).into_iter().chain(task).collect()
    }
    fn structure(self, types: &mut Types, faults: &mut Vec<String>) -> Option<Arc<Structure>> {
        published::structure(self, types, faults)
    }
}

impl Described for &'static Resource {
    fn about(self) -> &'static About {
        &self.about
    }
    fn key(self) -> &'static str {
        self.uri.text
    }
}

impl Described for &'static Prompt {
    fn about(self) -> &'static About {
        &self.about
    }
    fn key(self) -> &'static str {
        self.about.name
    }
}

impl Registry {
    /// What the selection leaves of everything that is linked.
    pub(crate) fn collect(selection: &Selection, state: &State, is_changed: bool) -> Result<Self, Vec<String>> {
        let items = match &selection.items {
            Some(items) => items.clone(),
            None => linked(),
        };
        let mut faults = Vec::new();
        let items = narrowed(items, selection, &mut faults);
        if items.iter().any(asks_with_forms) {
            faults.extend(forms().into_iter().flat_map(FormRecord::faults));
        }
        Self::new(&items, state, is_changed, faults)
    }

    fn new(items: &[Item], state: &State, is_changed: bool, mut faults: Vec<String>) -> Result<Self, Vec<String>> {
        if items.is_empty() && faults.is_empty() {
            faults.push(NOTHING.into());
        }
        items.iter().for_each(|item| borrowed(item, state, &mut faults));
        items.iter().for_each(|item| never_a_task(item, &mut faults));
        let (mut tools, mut resources, mut templates, mut prompts) = (vec![], vec![], vec![], vec![]);
        for item in items {
            match item {
                Item::Tool(tool) => tools.push(*tool),
                Item::Resource(resource) if resource.uri.is_template() => templates.push(*resource),
                Item::Resource(resource) => resources.push(*resource),
                Item::Prompt(prompt) => prompts.push(*prompt),
            }
        }
        same_uris(&templates, &mut faults);
        let mut types = Types::default();
        let registry = Self {
            capabilities: Capabilities::of(items, is_changed),
            asks: items.iter().any(|item| asks(item.about())),
            tools: family("tools", &tools, &mut types, &mut faults),
            resources: family("resources", &resources, &mut types, &mut faults),
            templates: family("resource templates", &templates, &mut types, &mut faults),
            prompts: family("prompts", &prompts, &mut types, &mut faults),
        };
        if faults.is_empty() { Ok(registry) } else { Err(faults) }
    }

    /// Whether a resource of this URI, or a template of it, is offered at present.
    pub(crate) fn has_resource(&self, uri: &str) -> bool {
        let uri = in_lower_scheme(uri);
        let mut templates = self.templates.entries.iter().filter(|entry| entry.item.uri.fits(&uri));
        self.resources.find(&uri).is_some_and(|(_, entry)| entry.switch.is_on())
            || templates.any(|entry| entry.switch.is_on())
    }

    /// What may be switched and watched.
    pub(crate) fn offered(&self) -> Offered {
        let entries = self.resources.entries.iter().chain(&self.templates.entries);
        Offered {
            items: Kind::ALL.map(|kind| match kind {
                Kind::Tools => self.tools.switches().collect(),
                Kind::Resources => self.resources.switches().chain(self.templates.switches()).collect(),
                Kind::Prompts => self.prompts.switches().collect(),
            }),
            watched: entries.filter(|entry| entry.item.watch).map(|entry| &entry.item.uri).collect(),
        }
    }
}

const NOTHING: &str = "nothing is registered: no function with `#[tool]`, `#[resource]` or `#[prompt]` is linked\n\
    If the functions live in another crate or in this package's library, name it once so that the linker keeps it:\n\
    `use my_tools as _;`. `mcp_runtime::server!()` does that for this package's own library, `Server::new` does not.";

/// Everything that is linked, as the authors wrote it: by module, then by line.
fn linked() -> Vec<Item> {
    in_order(inventory::iter::<Linked>.into_iter().map(|linked| linked.0), |item| item.about().place)
}

/// By module, then by line. What arrives twice, through a cycle of dev-dependencies, is there once.
fn in_order<T: Copy>(linked: impl Iterator<Item = T>, place: impl Fn(&T) -> Place) -> Vec<T> {
    let linked: Vec<T> = linked.collect();
    let mut places: Vec<(Place, usize)> = linked.iter().map(place).zip(0..).collect();
    places.sort_unstable();
    places.dedup_by_key(|(place, _)| *place);
    places.into_iter().filter_map(|(_, index)| linked.get(index).copied()).collect()
}

fn narrowed(mut items: Vec<Item>, selection: &Selection, faults: &mut Vec<String>) -> Vec<Item> {
    narrow(&mut items, "module", &selection.modules, faults, |item| vec![item.about().place.module], is_within);
    narrow(&mut items, "tag", &selection.tags, faults, |item| item.about().tags.to_vec(), |tag, wanted| tag == wanted);
    items
}

fn narrow(
    items: &mut Vec<Item>,
    what: &str,
    wanted: &[String],
    faults: &mut Vec<String>,
    has: impl Fn(&Item) -> Vec<&'static str>,
    is: impl Fn(&str, &str) -> bool,
) {
    if wanted.is_empty() {
        return;
    }
    let known: BTreeSet<&str> = gather(items.iter().flat_map(&has));
    let unmatched = wanted.iter().filter(|one| !known.iter().any(|name| is(name, one)));
    let listed = known.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    let listed = if listed.is_empty() { "none at all".to_owned() } else { listed };
    faults.extend(
        unmatched.map(|one| {
            format!("the server is narrowed to the {what} `{one}`, but no item has it; there are: {listed}")
        }),
    );
    items.retain(|item| has(item).iter().any(|name| wanted.iter().any(|one| is(name, one))));
}

fn is_within(module: &str, outer: &str) -> bool {
    module.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

/// What a function borrows must be there.
fn borrowed(item: &Item, state: &State, faults: &mut Vec<String>) {
    let about = item.about();
    let missing = about.lends.iter().filter(|lend| !lend.optional && !state.lends((lend.id)()));
    faults.extend(missing.map(|lend| {
        let (name, kind, place) = ((lend.name)(), item.kind(), about.place);
        let (advice, name_of_item) = (instead(name, state), about.name);
        format!(
            "the {kind} `{name_of_item}` borrows `&{name}`, but the server has no state of that type\n{place}\n{advice}"
        )
    }));
}

/// What to do about state that is not there.
fn instead(name: &str, state: &State) -> String {
    if let Some(given) = state.wrapping(name) {
        return format!("there is a `{given}`: borrow `&{given}`, or give `.state(…)` the `{name}` itself");
    }
    if let Some(given) = state.wrapped(name) {
        return format!("there is a `{given}`: borrow `&{given}`, or give `.state(…)` a `{name}`");
    }
    let owned = name.replace("alloc::string::", "").replace("alloc::vec::", "");
    if !owned.contains("::") {
        return format!("an argument is owned: write `{owned}`; if it is state, add `.state(…)` with a `{name}`");
    }
    format!("add `.state(…)` with a `{name}`, or borrow `Option<&{name}>`; if the client fills it in, own it: `{name}`")
}

/// What borrows `&Task` must be a tool whose calls can be tasks.
fn never_a_task(item: &Item, faults: &mut Vec<String>) {
    let about = item.about();
    let is_task = matches!(item, Item::Tool(tool) if tool.task != TaskSupport::Forbidden);
    if begins(about) && !is_task {
        let (kind, name, place) = (item.kind(), about.name, about.place);
        let advice = match item {
            Item::Tool(_) => {
                "write `#[tool(task)]`, or `#[tool(task = \"optional\")]` if it may be an ordinary call too"
            }
            Item::Resource(_) | Item::Prompt(_) => "only calls of tools can be tasks",
        };
        faults.push(format!("the {kind} `{name}` borrows `&Task`, but its calls are never tasks\n{place}\n{advice}"));
    }
}

fn family<T>(kind: &str, items: &[&'static T], types: &mut Types, faults: &mut Vec<String>) -> Family<T>
where
    &'static T: Described,
{
    let mut by_key = BTreeMap::new();
    let mut entries: Vec<Entry<T>> = Vec::with_capacity(items.len());
    for (index, item) in items.iter().enumerate() {
        if let Some(earlier) = by_key.insert(item.key(), index) {
            let earlier = items.get(earlier).map(|earlier| earlier.about().place);
            faults.push(duplicate(kind, item.key(), earlier.unwrap_or(item.about().place), item.about().place));
        }
        entries.push(entry(*item, types, faults));
    }
    Family { entries, by_key: by_key.into_iter().collect() }
}

fn entry<T>(item: &'static T, types: &mut Types, faults: &mut Vec<String>) -> Entry<T>
where
    &'static T: Described,
{
    let mut own = Vec::new();
    let input = item.input(types, &mut own);
    let structure = item.structure(types, &mut own);
    let (name, place) = (item.about().name, item.about().place);
    faults.extend(own.into_iter().map(|fault| format!("`{name}`: {fault}\n{place}")));
    let speaks = item.about().lends.iter().any(|lend| Speech::lends((lend.id)()));
    let (asks, needs, begins) = (asks(item.about()), item.needs(), begins(item.about()));
    Entry { item, input, structure, speaks, asks, needs, begins, switch: Switch::default() }
}

/// Every form that is linked, in the order of the source. Which function asks with which form nobody knows, so that all have to
/// fit as soon as one function can ask with any.
fn forms() -> Vec<&'static FormRecord> {
    in_order(inventory::iter::<&FormRecord>.into_iter().copied(), |form| form.place)
}

fn asks_with_forms(item: &Item) -> bool {
    item.about().lends.iter().any(|lend| Need::of((lend.id)()) == Some(Need::Form))
}

/// Whether a function may ask its client something.
fn asks(about: &About) -> bool {
    about.lends.iter().any(|lend| Need::of((lend.id)()).is_some())
}

/// Whether a function says when its call becomes a task.
fn begins(about: &About) -> bool {
    about.lends.iter().any(|lend| (lend.id)() == TypeId::of::<Task>())
}

/// What a function cannot do without.
fn needs(about: &About) -> Vec<Need> {
    let needed = about.lends.iter().filter(|lend| !lend.optional);
    needed.filter_map(|lend| Need::of((lend.id)())).collect()
}

/// Two templates that differ in the names of their variables alone match the same URIs, so that one of them is never read.
fn same_uris(templates: &[&'static Resource], faults: &mut Vec<String>) {
    let mut by_shape: BTreeMap<String, &'static Resource> = BTreeMap::new();
    for template in templates {
        let Some(earlier) = by_shape.insert(template.uri.shape(), template) else { continue };
        if earlier.uri.text != template.uri.text {
            let (first, second) = (earlier.uri.text, template.uri.text);
            let (here, there) = (earlier.about.place, template.about.place);
            faults.push(format!(
                "the resource templates `{first}` and `{second}` match the same URIs\n{here}\n{there}\nlet a part that \
                 is no variable tell them apart, or make one function of them"
            ));
        }
    }
}

fn duplicate(kind: &str, key: &str, first: Place, second: Place) -> String {
    let places = format!("two {kind} are called `{key}`\n{first}\n{second}");
    if first == second {
        format!("{places}\n`.items(…)` was given it twice: leave one out")
    } else if (first.file, first.line) == (second.file, second.line) {
        format!("{places}\nthe file is compiled twice: say `mod …;` in the library only, and `use` it in the program")
    } else {
        format!("{places}\nrename one of the functions, or give one a name: `#[…(name = \"…\")]`")
    }
}
