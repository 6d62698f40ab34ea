//! How long clients may keep an answer, and for whom (2026-07-28, Caching).

use std::time::Duration;

use serde::Serialize;

/// Who may keep a cached answer (2026-07-28, Caching).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum CacheScope {
    /// Anybody, also proxies between many users.
    Public,
    /// Only who asked.
    #[default]
    Private,
}

/// How long an answer stays fresh, and for whom.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct CacheHint {
    pub(crate) ttl: Duration,
    pub(crate) scope: CacheScope,
}

/// The largest integer that every client can read: JavaScript has no larger ones.
const SAFE: u64 = (1 << 53) - 1;

impl CacheHint {
    /// `ttlMs`: for ever is as long as a client can count.
    pub(crate) fn millis(&self) -> u64 {
        u64::try_from(self.ttl.as_millis()).unwrap_or(SAFE).min(SAFE)
    }

    /// What is said about one thing goes before what is said about all.
    pub(crate) fn but(self, ttl: Option<Duration>, scope: Option<CacheScope>) -> Self {
        Self { ttl: ttl.unwrap_or(self.ttl), scope: scope.unwrap_or(self.scope) }
    }
}
