//! `server!()`: a server with the name and version of the package, which names the package's own library.
//!
//! Items that live in a library are linked only if something names the library. A program that never says
//! `use my_tools as _;` would serve nothing, so this says it for the package's own.

use std::env;
use std::fs;
use std::path::PathBuf;

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;

/// Expands `server!(<path of the runtime>)`.
pub(crate) fn expand(runtime: &TokenStream) -> TokenStream {
    let variable = |name: &str| env::var(name).unwrap_or_default();
    let package = variable("CARGO_PKG_NAME");
    let program = env::var("CARGO_BIN_NAME").ok();
    let version = variable("CARGO_PKG_VERSION");
    // A program often has the name of its library; what has that name and is no program is the library itself.
    let library = library(&package).filter(|library| program.is_some() || *library != variable("CARGO_CRATE_NAME"));
    let name = program.unwrap_or(package);
    let named = library.and_then(|library| syn::parse_str::<Ident>(&library).ok()).map(|library| {
        let library = Ident::new(&library.to_string(), Span::call_site());
        quote! {
            #[allow(unused_imports, unused_extern_crates)]
            use ::#library as _;
        }
    });
    quote!({ #named #runtime::Server::new(#name, #version) })
}

/// The name of the package's library, if it has one that can be linked.
fn library(package: &str) -> Option<String> {
    let folder = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR")?);
    let manifest = fs::read_to_string(folder.join("Cargo.toml")).ok()?;
    let table = Table::read(&manifest, "lib");
    let exists = folder.join(table.text("path").unwrap_or("src/lib.rs")).is_file();
    let linked = !table.says("proc-macro") && !table.says("proc_macro") && table.is_rust();
    let name = table.text("name").map_or_else(|| package.replace('-', "_"), str::to_owned);
    (exists && linked).then_some(name)
}

/// The lines of one table of a manifest; as much of TOML as a `[lib]` needs.
struct Table<'m>(Vec<(&'m str, &'m str)>);

impl<'m> Table<'m> {
    fn read(manifest: &'m str, name: &str) -> Self {
        let lines = manifest.lines().map(str::trim);
        let inside =
            lines.skip_while(|line| header(line) != Some(name)).skip(1).take_while(|line| header(line).is_none());
        let pair = |line: &'m str| line.split_once('=').map(|(key, value)| (key.trim(), value.trim()));
        Self(inside.filter_map(pair).collect())
    }

    fn value(&self, key: &str) -> Option<&'m str> {
        self.0.iter().find(|(name, _)| name.trim_matches('"') == key).map(|(_, value)| *value)
    }

    fn text(&self, key: &str) -> Option<&'m str> {
        let value = self.value(key)?;
        let quote = value.chars().next().filter(|first| ['"', '\''].contains(first))?;
        value.strip_prefix(quote)?.split(quote).next()
    }

    fn says(&self, key: &str) -> bool {
        self.value(key).is_some_and(|value| value.starts_with("true"))
    }

    /// A `cdylib` or `staticlib` alone cannot be named from Rust.
    fn is_rust(&self) -> bool {
        let kinds = self.value("crate-type").or_else(|| self.value("crate_type"));
        kinds.is_none_or(|kinds| kinds.contains("\"lib\"") || kinds.contains("\"rlib\"") || kinds.contains("\"dylib\""))
    }
}

/// The name in `[name]`.
fn header(line: &str) -> Option<&str> {
    line.strip_prefix('[')?.split(']').next().map(str::trim)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANIFEST: &str = "[package]\nname = \"a-b\"\n\n[lib] # ours\nname = \"other\" # renamed\npath = 'lib/main.rs'\n\
        proc-macro = false\n\n[dependencies]\npath = \"no\"\n";

    #[test]
    fn the_library_of_a_manifest() {
        let table = Table::read(MANIFEST, "lib");
        assert_eq!(table.text("name"), Some("other"));
        assert_eq!(table.text("path"), Some("lib/main.rs"));
        assert!(!table.says("proc-macro"));
        assert_eq!(table.value("dependencies"), None);
    }

    #[test]
    fn a_manifest_without_a_library() {
        let table = Table::read("[package]\nname = \"a\"\n[[bin]]\nname = \"b\"\n", "lib");
        assert_eq!(table.text("name"), None);
        assert!(table.is_rust());
    }

    #[test]
    fn libraries_that_cannot_be_linked() {
        assert!(Table::read("[lib]\nproc-macro = true", "lib").says("proc-macro"));
        assert!(!Table::read("[lib]\ncrate-type = [\"cdylib\"]", "lib").is_rust());
        assert!(Table::read("[lib]\ncrate-type = [\"cdylib\", \"rlib\"]", "lib").is_rust());
    }
}
