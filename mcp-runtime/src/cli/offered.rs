//! What a server offers, as clients of the newest revision see it.

use serde_json::{Map, Value};

use crate::error::Result;
use crate::list::List;
use crate::protocol::Revision;
use crate::served::Core;
use crate::server::Server;
use crate::shape::Shape;

/// Each list, by its name on the wire.
pub(super) const LISTS: [(List, &str); 4] = [
    (List::Tools, "tools"),
    (List::Resources, "resources"),
    (List::Templates, "resourceTemplates"),
    (List::Prompts, "prompts"),
];

/// All lists; no hook runs for it.
///
/// # Errors
/// With every fault that there is.
pub(super) fn offered(server: Server) -> Result<Map<String, Value>> {
    let built = server.build()?;
    Ok(LISTS.map(|(list, name)| (name.to_owned(), Value::Array(whole(&built.core, list, name)))).into_iter().collect())
}

/// A list over all of its pages.
fn whole(core: &Core, list: List, name: &str) -> Vec<Value> {
    let shape = Shape { revision: Revision::LATEST, server: &core.settings.identity };
    let (mut items, mut cursor) = (Vec::new(), None::<String>);
    while let Some(page) = core.lists.page(list, &core.registry, &shape, cursor.as_deref()) {
        let mut page: Value = serde_json::from_slice(&page).unwrap_or_default();
        items.extend(page.get_mut(name).and_then(Value::as_array_mut).map(std::mem::take).unwrap_or_default());
        match page.get("nextCursor").and_then(Value::as_str) {
            Some(next) => cursor = Some(next.to_owned()),
            None => break,
        }
    }
    items
}
