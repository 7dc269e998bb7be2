//! Steps in order: what runs, what is recorded, in how many commits.

use crate::event::{DebtState, Event, Status, Trigger, TriggerKind};
use crate::execute::testing::*;
use crate::time::Duration;

const ROTATION: &str = r#"
version: 1
name: rotate
credential: { name: ci-token, lifetime: 30d, overlap: OVERLAP, in_use: steps.before.id }
steps:
  - id: before
    uses: fake.which
    with: { profile: ci }
  - id: create
    uses: fake.create
    with: { profile: admin, description: ci, expires_at: "{{ time_add run.started_at credential.lifetime }}" }
  - id: works
    uses: fake.list
    verifies: create
    with: { profile: admin, token: "{{ steps.create.token }}" }
    retry: { max_attempts: 5, delay: 10s, backoff: constant }
  - id: publish
    uses: fake.publish
    with: { profile: ci, token: "{{ steps.create.token }}" }
  - id: verify
    uses: fake.list
    verifies: publish
    with: { profile: ci }
  - id: promote
    uses: credential.promote
  - id: revoke_old
    uses: fake.revoke
    when: credential.old
    with: { profile: admin, token_id: "{{ credential.old.id }}" }
outputs:
  token_id: "{{ steps.create.id }}"
"#;

pub(crate) fn rotation(overlap: &str) -> String {
    ROTATION.replace("OVERLAP", overlap)
}

#[test]
fn a_rotation_ends_with_the_new_token_in_place_and_the_old_one_owed() {
    let host = MemoryHost::new();
    let outcome = run_text(&rotation("24h"), &host);
    assert_eq!(
        told(&outcome),
        "before succeeded, create succeeded, works succeeded, publish succeeded, \
         verify succeeded, promote succeeded, revoke_old owed"
    );
    assert_eq!(outcome.status, Status::Succeeded);
    assert_eq!(outcome.outputs["token_id"], "new-2".into());
    assert_eq!(host.world().live(), ["old-id", "admin-id", "new-2"]);
    assert!(host.world().places["profile ci"].starts_with("value-2"));
    let [debt] = outcome.debts.as_slice() else { panic!("{:?}", outcome.debts) };
    assert_eq!((debt.target.as_str(), debt.state), ("old-id", DebtState::Owed));
    assert_eq!(debt.due, Some(BEGIN + Duration::seconds(86_400)));
    let proofs: Vec<&str> = debt.proofs.iter().map(|proof| proof.step.as_str()).collect();
    assert_eq!(proofs, ["verify"]);
}

#[test]
fn a_debt_that_is_due_at_once_is_paid_by_the_run() {
    let host = MemoryHost::new();
    let outcome = run_text(&rotation("0s"), &host);
    assert!(told(&outcome).ends_with("revoke_old succeeded"), "{}", told(&outcome));
    assert_eq!(outcome.debts[0].state, DebtState::Paid);
    assert_eq!(host.world().live(), ["admin-id", "new-2"]);
    let calls = host.world().calls.clone();
    // The place is compared and the proof made once more before the old one goes.
    assert_eq!(calls[calls.len() - 3..], ["get profile ci", "list profile ci", "revoke old-id"]);
    let events = words(&host.history());
    assert_eq!(
        events[events.len() - 6..],
        [
            "debt_changed owed",
            "debt_changed paying",
            "started revoke_old 1",
            "succeeded revoke_old 1",
            "debt_changed paid",
            "ended succeeded"
        ]
    );
}

#[test]
fn what_is_burnt_has_no_overlap_and_the_run_says_what_started_it() {
    let host = MemoryHost::new();
    let trigger = Some(Trigger { by: TriggerKind::Burn, at: BEGIN });
    let plan = planned(&rotation("24h"));
    let how = How { trigger, ..How::default() };
    let outcome = run_with(&plan, &host, &how).expect("the edge holds");
    assert_eq!(outcome.debts[0].state, DebtState::Paid);
    assert_eq!(host.world().live(), ["admin-id", "new-2"]);
    let history = host.history();
    let Event::Claimed(claimed) = &history[0].event else { panic!("{:?}", history[0]) };
    assert_eq!(claimed.trigger, trigger);
    assert!(!serde_json::to_string(&run_first(&rotation("24h"))).unwrap().contains("trigger"));
}

fn run_first(text: &str) -> Event {
    let host = MemoryHost::new();
    run_text(text, &host);
    host.history()[0].event.clone()
}

#[test]
fn twenty_writes_in_order_are_twenty_one_commits() {
    let steps = (0..20)
        .map(|at| format!("  - {{ id: s{at}, uses: test.write, with: {{ name: n{at} }} }}\n"));
    let text = format!("version: 1\nname: many\nsteps:\n{}", steps.collect::<String>());
    let host = MemoryHost::new();
    let outcome = run_text(&text, &host);
    assert_eq!(outcome.status, Status::Succeeded);
    assert_eq!(host.journal().commits.len(), 21);
    assert_eq!(host.world().calls.len(), 20);
}
