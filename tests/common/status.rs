//! What Linux says of a running process.

use std::str::FromStr;

/// A number from `/proc/<pid>/status`: `VmRSS:` (in KiB), `Threads:` …
pub(crate) fn of<T: FromStr>(pid: u32, field: &str) -> T {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(field)).unwrap();
    line.split_whitespace().next().and_then(|number| number.parse().ok()).unwrap()
}
