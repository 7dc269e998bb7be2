//! Random histories, legal ones and others: no panic, right counts, and a defect changes nothing.

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;
use crate::event::{DebtState, Decision, Entry, Started};
use crate::execute::testing::{BEGIN, MemoryHost, run_text};
use crate::run::testing::debt;
use crate::spec::Role;
use crate::time::Duration;
use crate::value::Value;

const PATHS: [&str; 17] = [
    "before",
    "side",
    "all",
    "all[0]",
    "all[1]",
    "all[3]",
    "all[9]",
    "create",
    "works",
    "publish",
    "verify",
    "promote",
    "put",
    "revoke_old",
    "on_failure.tell",
    "finally.last[1]",
    "nope",
];

/// What one step of a random history is made of.
type Dice = (u8, u8, u8, u8);

fn any_event(run: &Run, (kind, path, attempt, _): Dice) -> Event {
    let path = PATHS[usize::from(path) % PATHS.len()];
    answer(run, path, u32::from(attempt % 4), kind)
}

/// Makes the event of a kind for a path.
fn answer(run: &Run, path: &str, attempt: u32, kind: u8) -> Event {
    let step = path.to_owned();
    let error = Failure { step: step.clone(), ..Failure::default() };
    let at = BEGIN + Duration(u64::from(attempt) * 1000);
    let debt_state = [DebtState::Owed, DebtState::Paying, DebtState::Paid, DebtState::Held];
    let state = debt_state[attempt as usize % debt_state.len()];
    match kind % 27 {
        0 | 1 => started(run, path, attempt),
        2 | 3 => Event::Succeeded {
            step,
            attempt,
            outputs: Map::new(),
            checks: indexmap::IndexMap::new(),
            unwritten: kind > 128,
        },
        4 => Event::Failed { step, attempt, error },
        5 => Event::Lost { step, attempt, error },
        6 | 7 => Event::RetryAt { step, attempt, at, reason: String::new() },
        8 => Event::Found {
            step,
            attempt,
            outputs: Map::new(),
            checks: indexmap::IndexMap::default(),
        },
        9 => Event::Skipped { step, reason: String::new() },
        10 => Event::Expanded { step, items: vec![Value::Null; attempt as usize] },
        11 => Event::Promoted {
            step,
            from: None,
            to: Identity::default(),
            debts: vec![debt("k3f9.revoke_old", state)],
        },
        12 | 13 => Event::DebtChanged {
            debt: "k3f9.revoke_old".to_owned(),
            state,
            due: None,
            reason: String::new(),
        },
        14 => Event::Undone { step, note: String::new() },
        15 => Event::UndoFailed { step, error },
        16 => Event::Captured { old: None },
        17 => Event::Stopped,
        18 => Event::Parked { step, until: (attempt > 1).then_some(at), ask: None },
        19 => Event::Resumed { machine: String::new() },
        20 => {
            let decision = [Decision::Redo, Decision::Skip, Decision::Approve, Decision::Abandon];
            let decision = decision[attempt as usize % decision.len()];
            let step = if decision == Decision::Abandon { String::new() } else { step };
            Event::Decided { step, decision, by: String::new(), note: String::new() }
        }
        21 => Event::Settling { step, attempt, until: at, reason: String::new() },
        22 => Event::Abandoned { step, attempt, marker: String::new() },
        23 => Event::Reopened { steps: vec![step], reason: String::new() },
        24 => {
            let error = Failure { code: crate::run::SPENT.to_owned(), ..error };
            Event::Lost { step, attempt, error }
        }
        25 => Event::UndoStarted { step, attempt, uses: None, with: Map::new() },
        _ => Event::Ended { status: Status::Failed, error: None, outputs: Map::new() },
    }
}

fn started(run: &Run, path: &str, attempt: u32) -> Event {
    let node = run.graph.slot(path).map(|slot| slot.node);
    let writes = node.is_some_and(|node| run.shape(node).writes);
    Event::Started(Box::new(Started {
        step: path.to_owned(),
        attempt,
        uses: String::new(),
        role: Role::Other,
        params: Map::new(),
        deadline: BEGIN,
        marker: writes.then(|| "cutover-fake".to_owned()),
        writes,
        checks: indexmap::IndexMap::new(),
    }))
}

/// Answers what the run itself wants next, or ends what is under way: so histories get far.
fn wanted(run: &Run, (kind, pick, roll, _): Dice) -> Option<Event> {
    let now = BEGIN + Duration::seconds(3600);
    let actions = run.next(now);
    let running = run.interrupted();
    let undos = run.cut_undos();
    let choices = actions.len() + running.len() + undos.len();
    let choice = usize::from(pick).checked_rem(choices)?;
    if let Some(undo) = choice.checked_sub(actions.len() + running.len()) {
        return Some(answer(run, &run.graph.path(undos[undo]), 0, 14 + roll % 2));
    }
    if let Some(cut) = choice.checked_sub(actions.len()) {
        let kinds = [2, 2, 2, 2, 4, 5, 6, 8];
        let kind = kinds[usize::from(roll) % kinds.len()];
        let attempt = running[cut].attempt + u32::from(kind == 6);
        return Some(answer(run, &running[cut].step, attempt, kind));
    }
    let path = |slot: &Slot| run.graph.path(*slot);
    Some(match &actions[choice] {
        Action::Expand(slot) => answer(run, &path(slot), u32::from(kind % 4), 10),
        Action::Start { slot, attempt: 1 } if kind < 12 => answer(run, &path(slot), 0, 9),
        Action::Start { slot, .. } if kind < 20 => answer(run, &path(slot), 0, 4),
        Action::Start { slot, attempt } => started(run, &path(slot), *attempt),
        Action::Skip { slot, .. } => answer(run, &path(slot), 0, 9),
        Action::Promote(slot) => answer(run, &path(slot), 3, 11),
        Action::Owe(slot) => answer(run, &path(slot), 0, 12),
        Action::Pay(slot) => answer(run, &path(slot), 1, 12),
        Action::Undo(slot) => answer(run, &path(slot), 0, [14, 15, 25, 25][usize::from(roll % 4)]),
        Action::Look(slot) => {
            let kinds = [8, 21, 22, 6, 18, 24, 15, 20];
            let kind = kinds[usize::from(roll) % kinds.len()];
            let kind = if kind == 20 && !run.waits_for_a_word(*slot) { 22 } else { kind };
            let attempts = run.state(*slot)?.attempts;
            let attempt = match kind {
                6 => attempts + 1,
                20 => 4 * u32::from(roll) + u32::from(roll % 3),
                _ => attempts,
            };
            answer(run, &path(slot), attempt, kind)
        }
        Action::Leave => answer(run, "create", 0, 19),
        Action::WaitUntil(_) => Event::Stopped,
        Action::End { status, error } => {
            Event::Ended { status: *status, error: error.clone(), outputs: Map::new() }
        }
    })
}

fn claimed() -> Entry {
    let host = MemoryHost::new();
    run_text("version: 1\nname: a\nsteps: [{ id: a, uses: test.echo }]\n", &host);
    host.history()[0].clone()
}

/// Applies an event; a defect must change nothing but the list of defects.
fn apply(run: &mut Run, event: Event) -> bool {
    let before = run.clone();
    run.apply(&Entry { at: BEGIN, event });
    assert_counts(run);
    let legal = run.defects.len() == before.defects.len();
    if !legal {
        let (before, after) = (changed_by_events(&before), changed_by_events(run));
        assert_eq!(after, before, "a defect changed something");
    }
    let (_, _, _) = (run.outcome(), run.next(BEGIN), run.steps());
    legal
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn random_events_never_panic_and_keep_the_counts(dice in vec(any::<Dice>(), 0..60)) {
        let mut run = Run::new(mixed(), "k3f9");
        run.apply(&claimed());
        for roll in dice {
            let wants = (roll.3 < 170).then(|| wanted(&run, roll)).flatten();
            let event = wants.unwrap_or_else(|| any_event(&run, roll));
            apply(&mut run, event);
        }
    }

    #[test]
    fn what_a_run_wants_is_legal_and_leads_to_its_end(dice in vec(any::<Dice>(), 120..121)) {
        let mut run = Run::new(mixed(), "k3f9");
        run.apply(&claimed());
        for roll in dice {
            let Some(event) = wanted(&run, roll) else { break };
            let shown = format!("{event:?}");
            prop_assert!(apply(&mut run, event), "{:?}: {shown}", run.defects);
        }
        prop_assert!(run.defects.is_empty());
    }
}
