//! Tests of the fold: total, the same on every replay, and right in its counts.

mod chance;
mod illegal;
mod replay;

use std::sync::OnceLock;

use super::*;
use crate::execute::testing::planned;
use crate::plan::Plan;
use crate::run::slot::Slot;

/// A workflow with a bit of everything: a rotation, items, hooks, a failure to pass over.
const MIXED: &str = r#"
version: 1
name: mixed
max_parallel: 3
credential: { name: ci-token, lifetime: 30d, overlap: 0s, in_use: steps.before.id }
steps:
  - { id: before, uses: fake.which, with: { profile: ci } }
  - { id: side, uses: test.look, needs: [], on_error: continue, with: { name: side } }
  - { id: all, uses: test.look, needs: [], for_each: [1, 2, 3, 4], max_parallel: 2, with: { name: n }, retry: { max_attempts: 3, delay: 1s } }
  - { id: create, uses: fake.create, needs: [before], with: { profile: admin, description: ci, expires_at: "{{ time_add run.started_at \"30d\" }}" } }
  - { id: works, uses: fake.list, verifies: create, with: { profile: admin, token: "{{ steps.create.token }}" } }
  - { id: publish, uses: fake.publish, with: { profile: ci, token: "{{ steps.create.token }}" } }
  - { id: verify, uses: fake.list, verifies: publish, with: { profile: ci } }
  - { id: promote, uses: credential.promote }
  - { id: put, uses: test.put, needs: [promote], with: { name: n }, retry: { max_attempts: 2, delay: 1s } }
  - { id: revoke_old, uses: fake.revoke, when: credential.old, with: { profile: admin, token_id: "{{ credential.old.id }}" } }
on_failure:
  - { id: tell, uses: log, with: { message: failed } }
finally:
  - { id: last, uses: log, for_each: [1, 2], with: { message: last } }
"#;

/// Returns the plan of [`MIXED`], which is made once.
fn mixed() -> &'static Plan {
    static PLAN: OnceLock<Plan> = OnceLock::new();
    PLAN.get_or_init(|| planned(MIXED))
}

/// Everything about a run that events change, but its defects.
fn changed_by_events(run: &Run) -> String {
    let queues = (&run.ready, &run.timers, &run.looks, &run.reopened_items);
    let counts = (&run.unmet, queues, run.running, run.open, run.doubts, run.stage);
    let credential = (&run.old, run.captured, &run.promoted, &run.debts, &run.unsettled);
    let ends = (&run.failure, &run.unpaid, run.stopped, &run.ended, &run.stored);
    format!("{:?}", (&run.claimed, &run.states, &run.items, &run.order, counts, credential, ends))
}

/// Counts everything anew by looking at all of it, and compares with what is kept.
fn assert_counts(run: &Run) {
    let nodes = 0..run.graph.nodes.len();
    let state = |node: usize| &run.states[node];
    let whole = nodes.clone().filter(|node| state(*node).is_running()).count();
    let items: usize = run
        .items
        .values()
        .map(|items| {
            let running = items.states.iter().filter(|state| state.is_running()).count();
            assert_eq!(running, items.running, "running items");
            running
        })
        .sum();
    assert_eq!(run.running, whole + items, "running");
    let unsettled = |node: usize| run.unsettled.contains(&id(node));
    let open = (0..run.graph.steps).filter(|node| !state(*node).is_over() || unsettled(*node));
    assert_eq!(run.open, open.count(), "open steps");
    for ((at, slot), unsettled) in
        run.timers.iter().map(|of| (of, false)).chain(run.looks.iter().map(|of| (of, true)))
    {
        let state = run.state(*slot).expect("a timer is of a slot that is there");
        assert_eq!((state.timer(), state.unsettled), (Some(*at), unsettled), "a slot that waits");
    }
    assert_eq!(run.doubts, run.slots().filter(|(_, state)| state.unsettled).count(), "doubts");
    for node in nodes {
        let ready = run.ready.contains(&id(node));
        let mut again = run.clone();
        again.refresh(id(node));
        assert_eq!(again.ready.contains(&id(node)), ready, "ready {}", run.graph.nodes[node].path);
    }
}

fn slot(run: &Run, path: &str) -> Slot {
    run.graph.slot(path).expect("the path is one of the workflow's")
}
