//! Threads inside a run.
//!
//! A batch is processed in chunks of rows whose results are added in the order
//! of the chunks, so that their number changes no bit. The runner lends a run
//! its threads; below it, [`in_order`] is all that knows of them.

use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::ThreadPool;
use rayon::iter::{IndexedParallelIterator, ParallelIterator};
use rayon::slice::ParallelSliceMut;

use crate::kernels::Kernel;

/// Threads lent to the run on this thread.
#[derive(Debug, Clone)]
pub struct Crew {
    pool: Arc<ThreadPool>,
    share: Arc<AtomicUsize>,
}

thread_local! {
    static CREW: RefCell<Option<Crew>> = const { RefCell::new(None) };
}

impl Crew {
    /// A crew of the threads of `pool`. What it does at a time is `share`
    /// chunks, a number that may change while it works.
    pub fn new(pool: Arc<ThreadPool>, share: Arc<AtomicUsize>) -> Self {
        Self { pool, share }
    }

    /// Runs `work` with this crew at its disposal.
    pub fn with<R>(self, work: impl FnOnce() -> R) -> R {
        /// Puts back what was there, even when `work` panics.
        struct Restore(Option<Crew>);
        impl Drop for Restore {
            fn drop(&mut self) {
                CREW.set(self.0.take());
            }
        }
        let _restore = Restore(CREW.replace(Some(self)));
        work()
    }
}

/// The crew of this thread and the number of its threads, if there are more
/// than one.
fn crew(most: usize) -> Option<(Crew, usize)> {
    CREW.with_borrow(|crew| {
        let crew = crew.as_ref()?;
        let threads = crew.share.load(Ordering::Relaxed).min(most);
        (threads > 1).then(|| (crew.clone(), threads))
    })
}

/// Does `work(i, item)` for every item, on as many threads as the run has.
pub fn for_each<T: Send>(items: &mut [T], work: impl Fn(usize, &mut T) + Sync) {
    let Some((crew, threads)) = crew(items.len()) else {
        for (index, item) in items.iter_mut().enumerate() {
            work(index, item);
        }
        return;
    };
    // The threads of the pool use the kernel of this one.
    let kernel = Kernel::current();
    let length = items.len().div_ceil(threads);
    crew.pool.install(|| {
        let parts = items.par_chunks_mut(length).enumerate().with_max_len(1);
        parts.for_each(|(part, items)| {
            kernel.force(|| {
                for (offset, item) in items.iter_mut().enumerate() {
                    work(part * length + offset, item);
                }
            });
        });
    });
}

/// Does `work(i, room)` for every i below `count`, on as many threads as the
/// run has, then `collect(i, room)` in ascending order of i on this one.
///
/// `rooms` lends memory: it grows to the number of threads, and a room is
/// collected before it is used again.
pub fn in_order<R: Default + Send>(
    count: usize,
    rooms: &mut Vec<R>,
    work: impl Fn(usize, &mut R) + Sync,
    mut collect: impl FnMut(usize, &mut R),
) {
    let threads = crew(count).map_or(1, |(_, threads)| threads);
    if rooms.len() < threads {
        rooms.resize_with(threads, R::default);
    }
    for start in (0..count).step_by(threads) {
        let wave = &mut rooms[..threads.min(count - start)];
        for_each(wave, |offset, room| work(start + offset, room));
        for (offset, room) in wave.iter_mut().enumerate() {
            collect(start + offset, room);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn squares(count: usize) -> Vec<usize> {
        let mut found = Vec::new();
        in_order(
            count,
            &mut Vec::new(),
            |index, room: &mut usize| *room = index * index,
            |_, room| found.push(*room),
        );
        found
    }

    #[test]
    fn results_come_in_order_for_any_number_of_threads() {
        let expected: Vec<usize> = (0..23).map(|i| i * i).collect();
        assert_eq!(squares(23), expected);
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(3)
            .build()
            .unwrap();
        let pool = Arc::new(pool);
        for threads in [1, 2, 3, 50] {
            let crew = Crew::new(pool.clone(), Arc::new(AtomicUsize::new(threads)));
            assert_eq!(crew.with(|| squares(23)), expected);
        }
        assert!(CREW.with_borrow(Option::is_none));
    }
}
