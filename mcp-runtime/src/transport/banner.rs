//! The line that a server writes to standard error when it starts: who serves what, and where.

use std::io::{self, Write as _};

use crate::protocol::Implementation;
use crate::served::Core;

/// Says it, unless the server is to be quiet. `way` is how clients reach it: "over stdio".
pub(super) fn tell(core: &Core, way: &str) {
    if !core.settings.quiet {
        // There is nobody left to tell if standard error is closed.
        let _ = writeln!(io::stderr(), "{}", line(core, way));
    }
}

fn line(core: &Core, way: &str) -> String {
    let (registry, Implementation { name, version, .. }) = (&core.registry, &core.settings.identity);
    let counts = [
        (registry.tools.entries.len(), "tool"),
        (registry.resources.entries.len(), "resource"),
        (registry.templates.entries.len(), "resource template"),
        (registry.prompts.entries.len(), "prompt"),
    ];
    let offered = counts.into_iter().filter(|(count, _)| *count > 0);
    let offered: Vec<String> = offered.map(|(count, kind)| counted(count, kind)).collect();
    format!("{name} {version} serves {} {way}", enumerated(&offered))
}

fn counted(count: usize, kind: &str) -> String {
    let s = if count == 1 { "" } else { "s" };
    format!("{count} {kind}{s}")
}

/// "a", "a and b", "a, b and c".
fn enumerated(parts: &[String]) -> String {
    match parts {
        [first @ .., last] if !first.is_empty() => format!("{} and {last}", first.join(", ")),
        few => few.concat(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_offered_is_counted() {
        for (parts, text) in [(vec!["a"], "a"), (vec!["a", "b"], "a and b"), (vec!["a", "b", "c"], "a, b and c")] {
            let parts: Vec<String> = parts.into_iter().map(str::to_owned).collect();
            assert_eq!(enumerated(&parts), text);
        }
        assert_eq!([counted(1, "tool"), counted(2, "tool")], ["1 tool", "2 tools"]);
    }
}
