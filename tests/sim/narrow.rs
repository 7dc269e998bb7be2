//! What of a drawn history is left for a planted bug: where it shows soon.

use cutover_engine::planted::Bug;
use cutover_engine::time::Duration;

use crate::faults::{Fault, Faults, Kind, Outage};
use crate::history::{History, Meanwhile};
use crate::host::Stops;
use crate::shapes::{Provider, Shape, Target};

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
        Bug::NoFencing => two_drivers(history),
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
            history.faults = puts_fail(20);
        }
        Bug::BackupTwice => sent_again(history),
        Bug::NoProofs => {
            history.shape.overlap = true;
            history.rotations = 1;
            history.puts_back = true;
        }
        Bug::NoLandingWait => dies_while_it_writes(history),
        Bug::SweepsAnother => made_twice(history),
        Bug::UndoUnread => lies_when_put_back(history),
        Bug::RevokeFirst
        | Bug::ResultOnly
        | Bug::MarkerPerRun
        | Bug::DebtApart
        | Bug::NotFoundIsGone
        | Bug::ReadBeforeCreate
        | Bug::UndoesFound => {}
    }
}

/// Nothing goes wrong but that the second place refuses, so often.
fn puts_fail(calls: u64) -> Faults {
    let mut faults = Faults::default();
    faults.outage = Some(Outage { kind: Kind::Put, from: 1, calls });
    faults
}

fn two_drivers(history: &mut History) {
    history.shape = Shape { targets: vec![Target::Vault], ..Shape::reference() };
    history.meanwhile = Meanwhile::TakesOver;
    let at = history.nature.flight.0 % 7 + history.between.0 % 11;
    if !matches!(history.stops.first(), Some(Stops::Pauses(_))) {
        history.stops.insert(0, Stops::Pauses(at * 3));
    }
}

/// A write without an answer is sent again, then the second place refuses.
fn sent_again(history: &mut History) {
    let targets = vec![Target::Remote, Target::Vault];
    history.shape = Shape { targets, sends_again: true, ..Shape::reference() };
    history.stops.clear();
    let at = history.nature.flight.0 % 3 + history.between.0 % 11;
    let at = history.faults.at.keys().next().copied().unwrap_or(at);
    history.faults = Faults::default();
    history.faults.at.insert(at % 9, Fault::LostDone);
    history.faults.outage = Some(Outage { kind: Kind::Put, from: 2, calls: 1 });
}

/// A write is under way when the process dies, and its value is lost.
fn dies_while_it_writes(history: &mut History) {
    let targets = vec![Target::Remote];
    history.shape = Shape { targets, sends_again: true, ..Shape::reference() };
    history.faults.outage = None;
    for fault in history.faults.at.values_mut() {
        *fault = Fault::LateDead(70);
    }
}

/// The second create of a run stays in a place that nothing can be put back into.
fn made_twice(history: &mut History) {
    let (provider, targets) = (Provider::Diff, vec![Target::Vault, Target::File]);
    history.shape = Shape { provider, targets, ..Shape::reference() };
    history.stops.clear();
    let at = history.between.0 % 13 + history.nature.flight.0 % 7;
    history.faults = puts_fail(60);
    history.faults.at.insert(at % 9, Fault::LostDone);
}

/// The second place refuses once, and the first one lies when it is put back.
fn lies_when_put_back(history: &mut History) {
    history.shape = Shape::reference();
    let from = history.faults.at.keys().next().copied().unwrap_or(15);
    history.faults = puts_fail(1);
    history.faults.at.extend((from..from + 3).map(|effect| (effect, Fault::Lies)));
}
