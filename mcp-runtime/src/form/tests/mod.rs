//! Forms of derived types, as each revision has them, and the answers to them.

mod bounds;
mod choices;
mod defaults;
mod refused;

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Sheet;
use crate::protocol::Revision;

const FIRST: Revision = Revision::V2025_06_18;
const SECOND: Revision = Revision::V2025_11_25;
const THIRD: Revision = Revision::V2026_07_28;

fn sheet<T: JsonSchema + DeserializeOwned>() -> Sheet {
    Sheet::of::<T>().unwrap()
}

fn published<T: JsonSchema + DeserializeOwned>(revision: Revision) -> Value {
    serde_json::from_str(sheet::<T>().schema(revision).get()).unwrap()
}

#[expect(clippy::needless_pass_by_value, reason = "reads better at the callers")]
fn read_in<T: JsonSchema + DeserializeOwned>(revision: Revision, content: Value) -> Result<T, Vec<String>> {
    let problems = sheet::<T>().read(&content.to_string(), revision);
    problems.map_err(|all| all.into_iter().map(|one| format!("{}: {}", one.path, one.message)).collect())
}

fn read<T: JsonSchema + DeserializeOwned>(content: Value) -> Result<T, Vec<String>> {
    read_in(THIRD, content)
}

#[track_caller]
fn refused<T: JsonSchema + DeserializeOwned>(faults: &[&str]) {
    assert_eq!(Sheet::of::<T>().map(|sheet| sheet.schema(SECOND)).unwrap_err(), faults);
}
