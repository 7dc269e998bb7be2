//! Judging many histories on every core, and telling one of them in words.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use crate::history::History;
use crate::verdict::verdict;

/// A history in which something was that must not be.
pub(crate) struct Found {
    pub(crate) seed: u64,
    pub(crate) blame: String,
}

/// Tries the histories of some seeds and returns the first few in which something is wrong, by
/// seed. `draw` makes the history of a seed.
pub(crate) fn search(
    seeds: std::ops::Range<u64>,
    most: usize,
    draw: &(dyn Fn(u64) -> History + Sync),
) -> Vec<Found> {
    let (next, enough) = (AtomicU64::new(seeds.start), AtomicBool::new(false));
    let threads = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
    let work = || {
        let mut found = Vec::new();
        while !enough.load(Ordering::Relaxed) {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= seeds.end {
                break;
            }
            if let Some(blame) = verdict(&draw(seed), false).blame {
                found.push(Found { seed, blame });
                enough.store(found.len() >= most, Ordering::Relaxed);
            }
        }
        found
    };
    let mut found: Vec<Found> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        threads.into_iter().flat_map(|thread| thread.join().expect("a panic is judged")).collect()
    });
    found.sort_by_key(|found| found.seed);
    found
}

/// Returns everything about a history in words.
pub(crate) fn story(history: &History) -> String {
    let told = verdict(history, true);
    let (text, story) = (history.shape.text(), told.story.join("\n"));
    format!("{history:#?}\n\n{text}\n{story}\n\nends as {:?}", told.status)
}
