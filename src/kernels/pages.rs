//! Large pages under memory that is passed through again and again: with pages of four kilobytes
//! a batch of 50,000 rows has more of them than the processor remembers.

use std::ops::Range;

/// Bytes of a large page.
const LARGE: usize = 2 << 20;

/// Bytes between two buffers that may lie in one large page with them.
const GAP: usize = 64 << 10;

/// Asks the system to put `buffers` into large pages, as far as these lie within them. Where it
/// knows none (Linux before 6.1 or without glibc, other systems), or has none left, nothing
/// happens; what the buffers hold stays.
pub(crate) fn enlarge_pages<'a, E: 'a>(buffers: impl Iterator<Item = &'a [E]>) {
    large_pages(buffers.map(bytes).collect())
        .into_iter()
        .for_each(ask_for);
}

#[cfg(all(target_os = "linux", target_env = "gnu"))]
fn ask_for(page: usize) {
    // SAFETY: it changes no contents, and no range that is mapped.
    unsafe { libc::madvise(page as *mut _, LARGE, libc::MADV_COLLAPSE) };
}

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
fn ask_for(_: usize) {}

fn bytes<E>(buffer: &[E]) -> Range<usize> {
    let Range { start, end } = buffer.as_ptr_range();
    start as usize..end as usize
}

/// Where the large pages begin that lie within `ranges` and the small gaps between them.
fn large_pages(mut ranges: Vec<Range<usize>>) -> Vec<usize> {
    ranges.retain(|range| !range.is_empty());
    ranges.sort_by_key(|range| range.start);
    let runs = ranges.chunk_by(|a, b| b.start <= a.end + GAP);
    let pages = runs.flat_map(|run| {
        let end = run[run.len() - 1].end;
        let starts = (run[0].start.next_multiple_of(LARGE)..).step_by(LARGE);
        starts.take_while(move |start| start + LARGE <= end)
    });
    pages.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_pages_lie_within_buffers_and_small_gaps() {
        // Four megabytes of small buffers around 4M, out of order, and a lone one far away.
        let near = (0..64).map(|i| (3 << 20) + i * (64 << 10)..(3 << 20) + i * (64 << 10) + 50_000);
        let far = [(9 << 20)..(9 << 20) + 100, 7..7];
        let ranges: Vec<_> = near.rev().chain(far).collect();
        assert_eq!(large_pages(ranges), [4 << 20]);
        // A gap that is too wide parts what would hold a page.
        assert!(large_pages(vec![0..LARGE / 2, LARGE / 2 + GAP + 1..LARGE]).is_empty());
        assert_eq!(large_pages(vec![0..LARGE / 2, LARGE / 2 + GAP..LARGE]), [0]);
        assert!(large_pages(Vec::new()).is_empty());
    }

    #[test]
    fn buffers_keep_what_they_hold() {
        let buffers: Vec<Vec<u32>> = (0..100).map(|i| vec![i; 30_000]).collect();
        enlarge_pages(buffers.iter().map(|buffer| &buffer[..]));
        for (i, buffer) in (0..).zip(&buffers) {
            assert!(buffer.iter().all(|&value| value == i));
        }
    }
}
