//! Promises that only a real process can keep: descriptors, signals, threads, memory, and what a hostile peer sends.
#![cfg(unix)]

mod aside;
mod calls;
mod ending;
mod flood;
mod limits;
mod peers;
mod torture;
