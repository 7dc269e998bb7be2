//! A history gives the same run wherever it is cut, and can be gone on with from there.

use super::*;
use crate::event::{Entry, Status};
use crate::execute::testing::*;
use crate::execute::tests::linear::rotation;

/// The histories of some runs: one that went well, with items, hooks and retries, and failed ones.
fn histories() -> Vec<(String, Vec<Entry>)> {
    let faulty = [
        ("which", 9, Fault::Busy),
        ("look", 2, Fault::Busy),
        ("create", 1, Fault::LostDone),
        ("put", 1, Fault::Refused(500)),
        ("list", 3, Fault::Refused(500)),
        ("revoke", 1, Fault::Refused(500)),
    ];
    let texts = [MIXED.to_owned(), rotation("0s"), rotation("24h")];
    let run = |(text, (verb, nth, fault)): (&String, &(&str, usize, Fault))| {
        let host = MemoryHost::new().fault(verb, *nth, *fault);
        run_text(text, &host);
        (text.clone(), host.history())
    };
    texts.iter().flat_map(|text| faulty.iter().map(move |fault| (text, fault))).map(run).collect()
}

#[test]
fn a_replay_from_every_prefix_gives_the_same_run() {
    for (text, history) in histories() {
        let plan = planned(&text);
        let mut whole = Run::new(&plan, "k3f9");
        for (count, entry) in history.iter().enumerate() {
            whole.apply(entry);
            assert_counts(&whole);
            let mut again = Run::new(&plan, "k3f9");
            history[..=count].iter().for_each(|entry| again.apply(entry));
            assert_eq!(changed_by_events(&again), changed_by_events(&whole));
        }
        assert!(whole.defects.is_empty(), "{:?}", whole.defects);
        assert!(whole.interrupted().is_empty());
    }
}

#[test]
fn a_cut_history_names_what_was_cut_off() {
    let (text, history) = histories().swap_remove(6);
    let cut = history
        .iter()
        .position(|entry| matches!(&entry.event, Event::Started(of) if of.step == "create"));
    let mut run = Run::new(&planned(&text), "k3f9");
    history[..=cut.expect("it was started")].iter().for_each(|entry| run.apply(entry));
    let cut = run.interrupted();
    assert_eq!((cut[0].step.as_str(), cut[0].attempt, cut[0].writes), ("create", 1, true));
    assert!(cut[0].marker.as_deref().is_some_and(|marker| marker.starts_with("cutover-")));
    assert_eq!(run.state(slot(&run, "create")).map(|state| state.attempts), Some(1));
}

#[test]
fn every_prefix_can_be_gone_on_with() {
    for (text, history) in histories() {
        let plan = planned(&text);
        for count in 1..history.len() {
            let host = MemoryHost::new();
            *host.journal() = Journal::holding(&history[..count]);
            let how = How { history: history[..count].to_vec(), ..How::default() };
            let outcome = run_with(&plan, &host, &how).expect("the edge holds");
            let waits = outcome.status == Status::Failed && !outcome.ended;
            let promoted = !outcome.debts.is_empty();
            assert!(outcome.ended || (waits && promoted), "cut at {count}: {outcome:?}");
        }
    }
}

/// Crashes at every record of a rotation, on a world that goes on: the profile always holds a
/// value that works, and there is never more than one new token.
#[test]
fn a_crash_at_any_record_locks_nobody_out() {
    for overlap in ["0s", "24h"] {
        let text = rotation(overlap);
        let plan = planned(&text);
        for commit in 0..12 {
            let host = MemoryHost::new();
            host.journal().fails_at = Some(commit);
            let crashed = run_with(&plan, &host, &How::default()).is_err();
            host.journal().fails_at = None;
            host.secrets.forget();
            let how = How { history: host.history(), ..How::default() };
            let outcome = run_with(&plan, &host, &how).expect("the edge holds");
            let world = host.world();
            let held = &world.places["profile ci"];
            let works = world.tokens.iter().any(|token| token.value == *held && token.live);
            assert!(works, "{overlap}, crash at {commit}: locked out, {outcome:?}");
            assert!(world.live().len() <= 3, "{overlap}, crash at {commit}: {:?}", world.live());
            if commit == 11 {
                assert!(!crashed, "every record was tried");
            }
        }
    }
}
