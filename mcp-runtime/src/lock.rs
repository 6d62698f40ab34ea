//! Locks that stay open after a panic: one that ends a call must not end the others. In tests, others may come in between
//! before each of them.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Locks, whoever panicked while holding it.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    #[cfg(test)]
    crate::interleave::before(mutex);
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What threads wait for: that something locked has changed.
#[cfg(feature = "stdio")]
#[derive(Debug, Default)]
pub(crate) struct Condvar(std::sync::Condvar);

#[cfg(feature = "stdio")]
impl Condvar {
    /// Waits while this holds of what the guard of the mutex guards.
    pub(crate) fn wait_while<'m, T>(
        &self,
        mutex: &'m Mutex<T>,
        guard: MutexGuard<'m, T>,
        mut condition: impl FnMut(&mut T) -> bool,
    ) -> MutexGuard<'m, T> {
        let mut guard = guard;
        while condition(&mut guard) {
            guard = self.wait(mutex, guard);
        }
        guard
    }

    fn wait<'m, T>(&self, mutex: &'m Mutex<T>, guard: MutexGuard<'m, T>) -> MutexGuard<'m, T> {
        #[cfg(test)]
        if crate::interleave::plays() {
            drop(guard);
            crate::interleave::wait_for(std::ptr::from_ref(self).addr());
            return lock(mutex);
        }
        #[cfg(not(test))]
        let _ = mutex;
        self.0.wait(guard).unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn notify_one(&self) {
        #[cfg(test)]
        crate::interleave::tell(std::ptr::from_ref(self).addr());
        self.0.notify_one();
    }
}
