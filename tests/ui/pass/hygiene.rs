//! Names of the user's that generated code must not trip over.
#![deny(warnings)]

use mcp_runtime::{items, prompt, resource, tool};

mod rt {
    pub(crate) struct Thing;
}

mod start {}

#[allow(non_camel_case_types)]
#[mcp_runtime::model]
#[derive(Default)]
struct call {
    value: u8,
}

/// Parameters with the names of what is generated, and with the names of each other's types.
#[tool]
async fn args(args: String, rt: String, call: call, p0: u8, value: u8, generator: u8, finished: Option<u8>) -> String {
    format!("{args}{rt}{}{p0}{value}{generator}{finished:?}", call.value)
}

/// A function called like a type, that borrows from a module called like ours.
#[tool]
fn string(thing: &rt::Thing, __mcp_start: Option<&rt::Thing>) -> u8 {
    let _ = (thing, __mcp_start);
    1
}

#[tool(inline)]
fn start() {}

#[tool]
fn r#match(r#type: u8, mut count: u8, _: &rt::Thing) -> u8 {
    count += r#type;
    count
}

mod shadows {
    #![allow(dead_code, non_snake_case)]

    use std::string::String as Text;

    struct String;
    struct Option;
    struct Result;
    struct Box;
    struct Vec;
    struct Default;
    const ITEM: u8 = 3;

    fn Ok() {}
    fn Some() {}
    fn None() {}
    fn Err() {}

    #[mcp_runtime::tool]
    pub(crate) async fn shadowed(
        a: Text,
        #[arg(default = ITEM)] b: u8,
        #[arg(default)] c: u8,
        d: std::option::Option<u8>,
    ) -> std::result::Result<Text, std::fmt::Error> {
        std::result::Result::Ok(format!("{a}{b}{c}{d:?}"))
    }
}

#[resource("hygiene://{args}{?call}")]
fn res(args: String, call: Option<u8>) -> String {
    format!("{args}{call:?}")
}

#[prompt]
fn pro(args: u8, #[arg(complete = ["a"])] value: String) -> String {
    format!("{args}{value}")
}

fn main() {
    let names = items![args, string, start, r#match, shadows::shadowed, res, self::pro].map(|item| item.name());
    assert_eq!(names, ["args", "string", "start", "match", "shadowed", "res", "pro"]);
}
