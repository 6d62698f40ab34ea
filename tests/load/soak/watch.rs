//! What a server holds when it is quiet, round by round.

use std::fmt;
use std::time::{Duration, Instant};

use tokio::time::sleep;

use crate::server::{PATIENCE, Torture};

/// A server, and what it held each time.
#[derive(Debug)]
pub(super) struct Watch {
    descriptors: usize,
    tasks: u64,
    threads: i64,
    memory: Vec<i64>,
}

impl Watch {
    /// Begins before anybody asks.
    pub(super) async fn of(server: &Torture, tasks: impl AsyncFn() -> u64) -> Self {
        let (descriptors, tasks) = (server.descriptors_at_rest(), tasks().await);
        Self { descriptors, tasks, threads: 0, memory: Vec::new() }
    }

    /// Looks when nobody asks any more: soon, the descriptors and the tasks are those of the beginning.
    pub(super) async fn look(&mut self, server: &Torture, tasks: impl AsyncFn() -> u64) {
        let began = Instant::now();
        while tasks().await > self.tasks {
            assert!(began.elapsed() < PATIENCE, "{} tasks are left, not {}", tasks().await, self.tasks);
            sleep(Duration::from_millis(10)).await;
        }
        server.descriptors_back(self.descriptors, PATIENCE);
        self.threads = server.threads();
        self.memory.push(server.memory());
    }

    /// The memory in the second half of the rounds: the least of a few each time, since a buffer or two may just be there. The
    /// first half is the warm-up, until so many calls have met by chance as ever will.
    pub(super) fn memory(&self) -> Vec<f64> {
        let warm = &self.memory[self.memory.len() / 2..];
        let few = (warm.len() / 10).max(1);
        warm.chunks(few).filter_map(|rounds| rounds.iter().min()).map(|memory| *memory as f64).collect()
    }
}

impl fmt::Display for Watch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { descriptors, tasks, threads, memory } = self;
        let memory = memory.last().unwrap_or(&0);
        write!(f, "{memory} KiB, {descriptors} descriptors, {tasks} tasks, {threads} threads")
    }
}

/// The mean, and by how much it grows with each value (least squares).
pub(super) fn growth(values: &[f64]) -> (f64, f64) {
    let many = values.len() as f64;
    let (mean, middle) = (values.iter().sum::<f64>() / many, (many - 1.0) / 2.0);
    let distances = || (0..values.len()).map(|at| at as f64 - middle);
    let together: f64 = distances().zip(values).map(|(distance, value)| distance * (value - mean)).sum();
    let alone: f64 = distances().map(|distance| distance * distance).sum();
    (mean, together / alone)
}

#[test]
fn growth_is_the_slope_of_the_line_that_fits_best() {
    assert_eq!(growth(&[10.0, 12.0, 14.0]), (12.0, 2.0));
    assert_eq!(growth(&[5.0, 5.0, 5.0, 5.0]), (5.0, 0.0));
    assert_eq!(growth(&[0.0, 9.0, 0.0]), (3.0, 0.0));
}
