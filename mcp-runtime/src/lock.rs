//! Locks that stay open after a panic: one that ends a call must not end the others.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Locks, whoever panicked while holding it.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
