//! `items![add, weather::forecast]`: the records of functions, for a server that is put together by hand.

use proc_macro2::TokenStream;
use quote::quote;
use syn::parse::{Parse, ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::{Path, PathArguments, Token};

use crate::item;

/// `<path of the runtime>; a, b::c`
struct Items {
    runtime: Path,
    paths: Vec<Path>,
}

impl Parse for Items {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let runtime = input.call(Path::parse_mod_style)?;
        input.parse::<Token![;]>()?;
        let paths = Punctuated::<Path, Token![,]>::parse_terminated_with(input, Path::parse_mod_style)?;
        Ok(Self { runtime, paths: paths.into_iter().collect() })
    }
}

/// Expands `items!(<path of the runtime>; paths…)`.
pub(crate) fn expand(input: TokenStream) -> TokenStream {
    match Items::parse.parse2(input) {
        Ok(items) => items.expand(),
        Err(error) => {
            let error =
                syn::Error::new(error.span(), "expected the names of functions: `items![add, weather::forecast]`");
            error.into_compile_error()
        }
    }
}

impl Items {
    fn expand(self) -> TokenStream {
        let runtime = self.runtime;
        let count = self.paths.len();
        let records = self.paths.into_iter().map(record);
        quote!({
            const __MCP_ITEMS: [#runtime::__private::Item; #count] = [#(<#records>::ITEM),*];
            __MCP_ITEMS
        })
    }
}

/// The path of the hidden type that stands beside a function.
fn record(mut path: Path) -> Path {
    if let Some(last) = path.segments.last_mut() {
        last.ident = item::record_name(&last.ident);
        last.arguments = PathArguments::None;
    }
    path
}
