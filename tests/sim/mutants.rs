//! Engines that are wrong on purpose: the simulation must find every one of them.

use cutover_engine::planted::Bug;
use cutover_engine::time::Duration;

use crate::faults::{Fault, Faults, Kind, Outage};
use crate::history::{History, Meanwhile};
use crate::host::Stops;
use crate::search::search;
use crate::shapes::{Provider, Shape, Target};
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
    (Bug::AnewForgotten, &["lock-out", "holds", "ends as"]),
    (Bug::NoLandingWait, &["lock-out", "too early"]),
    (Bug::SweepsAnother, &["lock-out"]),
    (Bug::UndoUnread, &["lock-out"]),
];

/// As many histories are tried to find a planted bug.
const TRIES: u64 = 4000;

/// Leaves of a history what a bug shows in, and plants it.
pub(crate) fn narrow(bug: Bug, history: &mut History) {
    history.bug = Some(bug);
    match bug {
        Bug::NoSettleWait => {
            history.stops.truncate(1);
            for (number, fault) in history.faults.at.values_mut().enumerate() {
                *fault = Fault::Late(60 + 10 * (number as u64 % 4));
            }
        }
        Bug::NoFencing => {
            history.shape = Shape { targets: vec![Target::Vault], ..Shape::reference() };
            history.meanwhile = Meanwhile::TakesOver;
            let at = history.nature.flight.0 % 7 + history.between.0 % 11;
            if !matches!(history.stops.first(), Some(Stops::Pauses(_))) {
                history.stops.insert(0, Stops::Pauses(at * 3));
            }
        }
        Bug::SecondRun => {
            history.meanwhile = Meanwhile::SecondRun;
            let at = history.faults.at.keys().next().copied().unwrap_or(9);
            history.stops.insert(0, Stops::Pauses(at));
        }
        Bug::DebtRendersLate => {
            history.shape.overlap = true;
            history.rotations = 3;
            history.between = Duration::seconds(8 * 3600);
        }
        Bug::UndoRevokesHeld => {
            // The second place refuses, and so does taking the first one back.
            history.shape = Shape::reference();
            history.faults = Faults::default();
            history.faults.outage = Some(Outage { kind: Kind::Put, from: 1, calls: 20 });
        }
        Bug::BackupTwice => {
            // A write without an answer is sent again, then the second place refuses.
            let targets = vec![Target::Remote, Target::Vault];
            history.shape = Shape { targets, sends_again: true, ..Shape::reference() };
            history.stops.clear();
            let at = history.nature.flight.0 % 3 + history.between.0 % 11;
            let at = history.faults.at.keys().next().copied().unwrap_or(at);
            history.faults = Faults::default();
            history.faults.at.insert(at % 9, Fault::LostDone);
            history.faults.outage = Some(Outage { kind: Kind::Put, from: 2, calls: 1 });
        }
        Bug::NoProofs => {
            history.shape.overlap = true;
            history.rotations = 1;
            history.puts_back = true;
        }
        Bug::AnewForgotten => {
            let targets = vec![Target::Vault, Target::Remote];
            history.shape = Shape { targets, parallel: true, ..Shape::reference() };
        }
        Bug::NoLandingWait => {
            // A write is under way when the process dies, and its value is lost.
            let targets = vec![Target::Remote];
            history.shape = Shape { targets, sends_again: true, ..Shape::reference() };
            history.faults.outage = None;
            for fault in history.faults.at.values_mut() {
                *fault = Fault::LateDead(70);
            }
        }
        Bug::SweepsAnother => {
            // The second create of a run stays in a place that nothing can be put back into.
            let (provider, targets) = (Provider::Diff, vec![Target::Vault, Target::File]);
            history.shape = Shape { provider, targets, ..Shape::reference() };
            history.stops.clear();
            history.faults = Faults::default();
            let at = history.between.0 % 13 + history.nature.flight.0 % 7;
            history.faults.at.insert(at % 9, Fault::LostDone);
            history.faults.outage = Some(Outage { kind: Kind::Put, from: 1, calls: 60 });
        }
        Bug::UndoUnread => {
            // The second place refuses once, and the first one lies when it is put back.
            history.shape = Shape::reference();
            let from = history.faults.at.keys().next().copied().unwrap_or(15);
            history.faults = Faults::default();
            history.faults.outage = Some(Outage { kind: Kind::Put, from: 1, calls: 1 });
            history.faults.at.extend((from..from + 3).map(|effect| (effect, Fault::Lies)));
        }
        Bug::RevokeFirst
        | Bug::ResultOnly
        | Bug::MarkerPerRun
        | Bug::DebtApart
        | Bug::NotFoundIsGone
        | Bug::ReadBeforeCreate
        | Bug::UndoesFound => {}
    }
}

#[test]
fn every_planted_bug_is_found() {
    let mut missed = Vec::new();
    let all = || BUGS.iter().map(|(bug, _)| *bug);
    assert!(Bug::ALL.iter().all(|bug| all().any(|of| of == *bug)), "a bug is not looked for");
    let only = std::env::var("CUTOVER_SIM_BUG").ok();
    let wanted = |bug: &Bug| only.as_ref().is_none_or(|only| format!("{bug:?}") == *only);
    for (bug, words) in BUGS.iter().filter(|(bug, _)| wanted(bug)) {
        let draw = |seed| {
            let mut history = History::draw(seed);
            narrow(*bug, &mut history);
            history
        };
        let found = search(0..TRIES, 1, &draw);
        match found.first() {
            None => missed.push(format!("{bug:?} lives through {TRIES} histories")),
            Some(first) if !words.iter().any(|word| first.blame.contains(word)) => {
                missed.push(format!("{bug:?} by seed {}: {}", first.seed, first.blame));
            }
            Some(first) => {
                told(&format!("{bug:?} by seed {}: {}", first.seed, first.blame));
                let sound = History { bug: None, ..draw(first.seed) };
                if let Some(blame) = verdict(&sound, false).blame {
                    missed
                        .push(format!("{bug:?}: seed {} is wrong without it: {blame}", first.seed));
                }
            }
        }
    }
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}

/// Tells what was found to who asked for it.
#[expect(clippy::print_stdout, reason = "it is shown with --nocapture alone")]
fn told(words: &str) {
    println!("{words}");
}
