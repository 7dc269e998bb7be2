//! Histories from seeds: thousands in every run of the tests, and one again by its seed.

use std::collections::BTreeMap;
use std::ops::Range;

use cutover_engine::planted::Bug;

use crate::history::History;
use crate::search::{search, story};
use crate::shapes::Shape;
use crate::verdict::verdict;

/// As many histories are tried in every run of the tests.
const HISTORIES: u64 = 20_000;

/// Returns a number that the environment gives.
fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().and_then(|given| given.parse().ok())
}

/// Returns so many seeds, from where the environment says.
fn seeds(many: u64) -> Range<u64> {
    let first = number("CUTOVER_SIM_FIRST").unwrap_or(0);
    first..first.saturating_add(many)
}

#[test]
fn a_calm_rotation_of_every_shape_succeeds() {
    for number in 0..crate::shapes::SHAPES {
        let history = History::calm(Shape::of(number));
        let verdict = verdict(&history, false);
        assert!(verdict.blame.is_none(), "{:?}\n{}", verdict.blame, story(&history));
    }
}

#[test]
fn a_run_ends_right_whatever_goes_wrong() {
    let many = number("CUTOVER_SIM_HISTORIES").unwrap_or(HISTORIES);
    let found = search(seeds(many), 5, &History::draw);
    let Some(first) = found.first() else { return };
    let all: Vec<String> =
        found.iter().map(|found| format!("{}: {}", found.seed, found.blame)).collect();
    let replay = format!(
        "CUTOVER_SIM_SEED={} cargo test -p cutover-cli --test sim replay -- --nocapture",
        first.seed
    );
    panic!("{}\n\n{replay}\n\n{}", all.join("\n"), story(&History::draw(first.seed)));
}

/// Of each bug that was found, a history that shows it: a take-back while the lost write could still
/// land; a sweep that took what another try made; a step that failed while a create was taken back
/// to be made anew; a create that ends the old one, given up at once (twice); a place that is sent
/// to blindly and holds the value; a value of ours that is made anew; an item that has failed; an
/// orphan in a list that lags; a drawn value that a crash took while its place was written; a sweep
/// that took what was in use before its run, what another run had made that was given up, and what
/// a program still held whose undo had failed.
const MENDED: [u64; 14] =
    [2357, 1699, 710, 1301, 2157, 825, 2806, 2018, 744, 2889, 76, 10_916, 14_185, 302_291];

#[test]
fn what_was_mended_stays_right() {
    for seed in MENDED {
        let whole = History::draw(seed);
        for history in [whole.clone().without_people(), whole] {
            let verdict = verdict(&history, false);
            assert!(verdict.blame.is_none(), "{seed}: {}\n{:?}", story(&history), verdict.blame);
        }
    }
}

#[test]
fn replay() {
    let Some(seed) = number("CUTOVER_SIM_SEED") else { return };
    let bug = std::env::var("CUTOVER_SIM_BUG").ok();
    let bug = bug.map(|name| {
        let named = |bug: &&Bug| format!("{bug:?}") == name;
        *Bug::ALL.iter().find(named).expect("a planted bug by its name")
    });
    let mut history = History::draw(seed);
    if let Some(bug) = bug {
        crate::narrow::narrow(bug, &mut history);
    }
    let verdict = verdict(&history, false);
    assert!(verdict.blame.is_none(), "{}\n{:?}", story(&history), verdict.blame);
}

/// Says what is wrong with how many histories, and gives a seed of each kind.
#[test]
#[expect(clippy::print_stdout, reason = "it is asked for, and shown with --nocapture alone")]
fn survey() {
    let Some(many) = number("CUTOVER_SIM_SURVEY") else { return };
    let found = search(seeds(many), usize::MAX, &History::draw);
    let mut kinds: BTreeMap<String, (usize, u64)> = BTreeMap::new();
    for found in &found {
        let digit = |c: char| if c.is_ascii_digit() { '#' } else { c };
        let kind: String = found.blame.chars().map(digit).take(110).collect();
        kinds.entry(kind).or_insert((0, found.seed)).0 += 1;
    }
    let mut kinds: Vec<_> = kinds.into_iter().collect();
    kinds.sort_by_key(|(_, (count, _))| std::cmp::Reverse(*count));
    println!("{} of {many}", found.len());
    for (kind, (count, seed)) in kinds.iter().take(40) {
        println!("{count:>5} seed {seed:>6} {kind}");
    }
}
