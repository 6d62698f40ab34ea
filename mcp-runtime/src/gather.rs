//! Puts entries into maps.

/// Puts one entry after the other into a map, or into a set. `collect` and `from` sort them first, with code that a compiler makes
/// anew for each type of iterator: 5 kB for each place where it is said, which is more than all that a small map ever holds.
pub(crate) fn gather<M: Default + Extend<T>, T>(entries: impl IntoIterator<Item = T>) -> M {
    let mut map = M::default();
    map.extend(entries);
    map
}
