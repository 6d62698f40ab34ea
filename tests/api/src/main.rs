//! Prints the public items of a crate, one per line, from what rustdoc wrote about it.

use std::process::ExitCode;

fn main() -> ExitCode {
    let Some(path) = std::env::args_os().nth(1) else {
        eprintln!("usage: api RUSTDOC.json");
        return ExitCode::from(2);
    };
    // What every type has, or what is derived, says little and changes often.
    let api = public_api::Builder::from_rustdoc_json(path).omit_blanket_impls(true).omit_auto_trait_impls(true);
    match api.build() {
        Ok(api) => {
            print!("{api}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("api: {error}");
            ExitCode::FAILURE
        }
    }
}
