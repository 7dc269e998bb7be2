//! Engines that are wrong on purpose: the simulation must find every one of them.

use cutover_engine::planted::Bug;

use crate::history::History;
use crate::narrow::narrow;
use crate::search::search;
use crate::verdict::verdict;

/// Every planted bug, with a part of what the oracle says of it.
pub(crate) const BUGS: &[(Bug, &[&str])] = &[
    (Bug::RevokeFirst, &["current", "lock-out", "not due", "neither owed"]),
    (Bug::ResultOnly, &["not announced", "nothing is recorded", "before its first try"]),
    (Bug::NoSettleWait, &["too early", "orphan", "lock-out"]),
    (Bug::MarkerPerRun, &["one marker for two tries"]),
    (Bug::NoFencing, &["lock-out", "not announced", "does not end"]),
    (Bug::BackupTwice, &["lock-out", "given up"]),
    (Bug::UndoRevokesHeld, &["lock-out", "taken back while"]),
    (Bug::DebtRendersLate, &["current", "lock-out", "not due"]),
    (Bug::DebtApart, &["forgotten", "neither owed"]),
    (Bug::NotFoundIsGone, &["counts as revoked", "orphan"]),
    (Bug::SecondRun, &["a second run"]),
    (Bug::ReadBeforeCreate, &["before its first try"]),
    (Bug::NoProofs, &["lock-out"]),
    (Bug::UndoesFound, &["there before us"]),
    (Bug::NoLandingWait, &["lock-out", "too early"]),
    (Bug::SweepsAnother, &["lock-out"]),
    (Bug::UndoUnread, &["lock-out"]),
];

/// As many histories are tried to find a planted bug.
const TRIES: u64 = 4000;

#[test]
fn every_planted_bug_is_found() {
    let all: Vec<Bug> = BUGS.iter().map(|(bug, _)| *bug).collect();
    assert_eq!(all, Bug::ALL, "every bug that can be planted is looked for");
    let only = std::env::var("CUTOVER_SIM_BUG").ok();
    let wanted = |bug: &Bug| only.as_ref().is_none_or(|only| format!("{bug:?}") == *only);
    let bugs = BUGS.iter().filter(|(bug, _)| wanted(bug));
    let missed: Vec<String> = bugs.filter_map(|(bug, words)| missed(*bug, words).err()).collect();
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}

/// Looks for a planted bug: the oracle has to say one of the words of it, and nothing of the same
/// history without it.
fn missed(bug: Bug, words: &[&str]) -> Result<(), String> {
    let draw = |seed| {
        let mut history = History::draw(seed);
        narrow(bug, &mut history);
        history
    };
    let found = search(0..TRIES, 1, &draw);
    let first = found.first().ok_or(format!("{bug:?} lives through {TRIES} histories"))?;
    let by = format!("{bug:?} by seed {}: {}", first.seed, first.blame);
    if !words.iter().any(|word| first.blame.contains(word)) {
        return Err(by);
    }
    told(&by);
    let sound = History { bug: None, ..draw(first.seed) };
    match verdict(&sound, false).blame {
        Some(blame) => Err(format!("{bug:?}: seed {} is wrong without it: {blame}", first.seed)),
        None => Ok(()),
    }
}

/// Tells what was found to who asked for it.
#[expect(clippy::print_stdout, reason = "it is shown with --nocapture alone")]
fn told(words: &str) {
    println!("{words}");
}
