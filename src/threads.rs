//! Threads inside a run.
//!
//! A batch is processed in chunks of rows whose results are added in the order
//! of the chunks, so that the number of threads changes no bit.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::ThreadPool;
use rayon::iter::{IndexedParallelIterator, ParallelIterator};
use rayon::slice::ParallelSliceMut;

/// Threads that share the work of a run; by default the calling one alone.
#[derive(Debug, Clone, Default)]
pub struct Team(Option<Lent>);

/// Threads of a pool that other runs may use as well.
#[derive(Debug, Clone)]
struct Lent {
    pool: Arc<ThreadPool>,
    share: Arc<AtomicUsize>,
}

impl Team {
    /// Threads of `pool`: at any time as many as `share` says, a number that
    /// may change while they work.
    pub fn new(pool: Arc<ThreadPool>, share: Arc<AtomicUsize>) -> Self {
        Self(Some(Lent { pool, share }))
    }

    /// The pool and the number of its threads to use for at most `most` pieces
    /// of work, if there are more than one.
    fn threads(&self, most: usize) -> Option<(&ThreadPool, usize)> {
        let Lent { pool, share } = self.0.as_ref()?;
        let threads = share.load(Ordering::Relaxed).min(most);
        (threads > 1).then_some((pool, threads))
    }

    /// How many of `count` pieces of work are done at a time, as long as nothing changes.
    pub fn at_a_time(&self, count: usize) -> usize {
        self.threads(count).map_or(1, |(_, threads)| threads)
    }

    /// Does `work(i, item)` for every item.
    pub fn for_each<T: Send>(&self, items: &mut [T], work: impl Fn(usize, &mut T) + Sync) {
        let Some((pool, threads)) = self.threads(items.len()) else {
            for (index, item) in items.iter_mut().enumerate() {
                work(index, item);
            }
            return;
        };
        let length = items.len().div_ceil(threads);
        pool.install(|| {
            let parts = items.par_chunks_mut(length).enumerate().with_max_len(1);
            parts.for_each(|(part, items)| {
                for (offset, item) in items.iter_mut().enumerate() {
                    work(part * length + offset, item);
                }
            });
        });
    }

    /// Does `work(i, scratch)` for every i below `count`, then
    /// `collect(i, scratch)` in ascending order of i on the calling thread.
    ///
    /// `scratch` lends memory: it grows to one element for each thread, and an
    /// element is collected before it is used again.
    pub fn in_order<S: Default + Send>(
        &self,
        count: usize,
        scratch: &mut Vec<S>,
        work: impl Fn(usize, &mut S) + Sync,
        mut collect: impl FnMut(usize, &mut S),
    ) {
        let threads = self.at_a_time(count);
        if scratch.len() < threads {
            scratch.resize_with(threads, S::default);
        }
        for start in (0..count).step_by(threads) {
            let wave = &mut scratch[..threads.min(count - start)];
            self.for_each(wave, |offset, scratch| work(start + offset, scratch));
            for (offset, scratch) in wave.iter_mut().enumerate() {
                collect(start + offset, scratch);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn squares(team: &Team, count: usize) -> Vec<usize> {
        let mut found = Vec::new();
        team.in_order(
            count,
            &mut Vec::new(),
            |index, scratch: &mut usize| *scratch = index * index,
            |_, scratch| found.push(*scratch),
        );
        found
    }

    #[test]
    fn results_come_in_order_for_any_number_of_threads() {
        let expected: Vec<usize> = (0..23).map(|i| i * i).collect();
        assert_eq!(squares(&Team::default(), 23), expected);
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(3)
            .build()
            .unwrap();
        let pool = Arc::new(pool);
        for threads in [1, 2, 3, 50] {
            let team = Team::new(pool.clone(), Arc::new(AtomicUsize::new(threads)));
            assert_eq!(squares(&team, 23), expected);
        }
    }
}
