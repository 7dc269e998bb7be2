//! Debts that are paid after their run is over.

use super::linear::rotation;
use crate::event::{DebtState, Entry, Event};
use crate::execute::ExecuteError;
use crate::execute::testing::later::Later;
use crate::execute::testing::*;
use crate::host::HostError;
use crate::plan::Plan;
use crate::planted::{Bug, Planted};
use crate::run::Outcome;
use crate::time::Duration;

const DAY: Duration = Duration::seconds(24 * 60 * 60);
const DEBT: &str = "k3f9.revoke_old";

/// A rotation that is over, whose debt is due in a day, as another process finds it.
fn rotated(host: MemoryHost) -> (MemoryHost, Plan) {
    let plan = planned(&rotation("24h"));
    run_with(&plan, &host, &How::default()).expect("the edge holds");
    host.another_process(&plan);
    host.world().calls.clear();
    (host, plan)
}

fn due() -> (MemoryHost, Plan) {
    let (host, plan) = rotated(MemoryHost::new());
    host.pass(DAY);
    (host, plan)
}

#[track_caller]
fn paid(host: &MemoryHost, plan: &Plan) -> Outcome {
    host.pay(plan, &Later::default()).expect("the edge holds")
}

fn state(outcome: &Outcome) -> (DebtState, &str) {
    (outcome.debts[0].state, &outcome.debts[0].reason)
}

fn by_name() -> Later {
    Later { debts: Some(vec![DEBT.to_owned()]), early: true, ..Later::default() }
}

#[test]
fn a_debt_is_paid_when_its_time_has_come_and_not_before() {
    let (host, plan) = rotated(MemoryHost::new());
    let outcome = paid(&host, &plan);
    assert_eq!(state(&outcome), (DebtState::Owed, ""));
    assert!(host.world().calls.is_empty(), "nothing is asked before");
    host.pass(DAY);
    let before = host.history().len();
    let outcome = paid(&host, &plan);
    assert_eq!(state(&outcome), (DebtState::Paid, ""));
    assert!(told(&outcome).ends_with("revoke_old succeeded"), "{}", told(&outcome));
    let calls = ["get profile ci", "which profile ci", "list profile ci", "revoke old-id"];
    assert_eq!(host.world().calls, calls);
    assert_eq!(host.world().live(), ["admin-id", "new-2"]);
    let events = words(&host.history());
    let expected = [
        "debt_changed paying",
        "started revoke_old 1",
        "succeeded revoke_old 1",
        "debt_changed paid",
    ];
    assert_eq!(events[before..], expected);
}

#[test]
fn a_person_may_have_it_paid_before_its_time_after_the_same_proofs() {
    let (host, plan) = rotated(MemoryHost::new());
    let outcome = host.pay(&plan, &by_name()).expect("the edge holds");
    assert_eq!(state(&outcome).0, DebtState::Paid);
    assert_eq!(host.world().calls.len(), 4);
}

#[test]
fn a_place_that_holds_the_old_value_again_holds_the_debt_until_it_is_put_right() {
    let (host, plan) = due();
    let new = host.world().places["profile ci"].clone();
    host.world().places.insert("profile ci".to_owned(), "old-value".to_owned());
    let outcome = paid(&host, &plan);
    let why = "`publish`: fake profile ci does not hold what is current";
    assert_eq!(state(&outcome), (DebtState::Held, why));
    assert!(host.world().live().contains(&"old-id"));
    // It is looked at once more each time, and noted only where that is new.
    let events = host.history().len();
    paid(&host, &plan);
    assert_eq!(host.history().len(), events);
    host.world().places.insert("profile ci".to_owned(), new);
    assert_eq!(state(&paid(&host, &plan)), (DebtState::Paid, ""));
}

#[test]
fn without_proofs_the_old_value_that_somebody_put_back_is_revoked_in_use() {
    let (host, plan) = due();
    host.world().places.insert("profile ci".to_owned(), "old-value".to_owned());
    let how = Later { planted: Planted::bug(Bug::NoProofs), ..Later::default() };
    host.pay(&plan, &how).expect("the edge holds");
    assert_eq!(host.world().locked_out, ["old-id"]);
}

#[test]
fn a_short_value_falls_back_to_what_finds_the_one_in_use_and_to_the_proofs() {
    let (host, plan) = due();
    let mut known = host.known.lock().unwrap();
    let evidence = known.current.as_mut().and_then(|current| current.evidence.as_mut());
    evidence.expect("it is there").holders[0].check = None;
    drop(known);
    host.world().places.insert("profile ci".to_owned(), "old-value".to_owned());
    let why = "`before`: finds old-id in use, and the state knows new-2";
    assert_eq!(state(&paid(&host, &plan)), (DebtState::Held, why));
    host.world().places.insert("profile ci".to_owned(), "value-2-xxxxxxxxxxxxxxxxxxxx".to_owned());
    assert_eq!(state(&paid(&host, &plan)), (DebtState::Paid, ""));
}

#[test]
fn a_proof_that_fails_leaves_it_owed_with_its_reason() {
    let (host, plan) = rotated(MemoryHost::new().fault("list", 3, Fault::Refused(500)));
    host.pass(DAY);
    let why = "not paid: `verify`: list was refused with 500";
    assert_eq!(state(&paid(&host, &plan)), (DebtState::Owed, why));
    assert!(host.world().live().contains(&"old-id"));
    assert_eq!(state(&paid(&host, &plan)), (DebtState::Paid, ""));
}

#[test]
fn a_target_that_is_in_use_again_is_never_revoked() {
    let (host, plan) = due();
    let mut known = host.known.lock().unwrap();
    known.current.as_mut().expect("it is known").id = "old-id".to_owned();
    drop(known);
    for how in [Later::default(), by_name()] {
        let outcome = host.pay(&plan, &how).expect("the edge holds");
        assert_eq!(state(&outcome), (DebtState::Held, "old-id is in use again"));
    }
    assert!(host.world().calls.is_empty());
}

#[test]
fn put_back_and_replaced_once_more_the_later_time_counts() {
    let (host, plan) = due();
    let mut known = host.known.lock().unwrap();
    let mut later = known.debts[0].clone();
    later.id = "later.revoke_old".to_owned();
    later.due = Some(host.clock.now() + DAY);
    known.debts.push(later);
    drop(known);
    assert_eq!(state(&paid(&host, &plan)).0, DebtState::Owed);
    host.pass(DAY);
    assert_eq!(state(&paid(&host, &plan)).0, DebtState::Paid);
}

/// A second rotation behind the first, half a day later. Returns the first one's history.
fn rotated_twice() -> (MemoryHost, Plan, Vec<Entry>) {
    let (host, plan) = rotated(MemoryHost::new());
    let first = host.put_aside();
    host.pass(Duration::seconds(12 * 60 * 60));
    let outcome = run_with(&plan, &host, &How::default()).expect("the edge holds");
    assert_eq!(outcome.debts[0].target, "new-2");
    let second = host.put_aside();
    let mut debts = host.known.lock().unwrap().debts.clone();
    host.take_up(&second);
    host.another_process(&plan);
    // Both runs of these tests have one id: the second one's is told apart here.
    let mut known = host.known.lock().unwrap();
    known.debts.iter_mut().for_each(|debt| debt.id = "second.revoke_old".to_owned());
    known.debts.append(&mut debts);
    drop(known);
    host.take_up(&first);
    (host, plan, second)
}

#[test]
fn a_debt_is_paid_by_what_a_later_run_has_made_current() {
    let (host, plan, _) = rotated_twice();
    host.pass(Duration::seconds(12 * 60 * 60));
    let outcome = paid(&host, &plan);
    assert_eq!(state(&outcome), (DebtState::Paid, ""));
    assert_eq!(host.world().live(), ["admin-id", "new-2", "new-3"], "only its own target is gone");
}

#[test]
fn a_debt_that_is_rendered_when_it_is_paid_breaks_another_ones_overlap() {
    let (host, plan, _) = rotated_twice();
    host.pass(Duration::seconds(12 * 60 * 60));
    let how = Later { planted: Planted::bug(Bug::DebtRendersLate), ..Later::default() };
    host.pay(&plan, &how).expect("the edge holds");
    assert_eq!(host.world().live(), ["old-id", "admin-id", "new-3"]);
}

#[test]
fn a_debt_of_a_run_that_was_given_up_waits_for_a_later_promotion() {
    let text = rotation("24h").replace(
        "  - id: revoke_old",
        "  - { id: reload, uses: test.write, with: { name: reload } }\n  - id: revoke_old",
    );
    let plan = planned(&text);
    let host = MemoryHost::new().fault("write", 1, Fault::Refused(500));
    run_with(&plan, &host, &How::default()).expect("the edge holds");
    let refused = host.pay(&plan, &by_name()).expect_err("its run is not over");
    let taken =
        matches!(&refused, ExecuteError::Host(HostError::Taken { run, .. }) if run == "k3f9");
    assert!(taken, "{refused:?}");
    host.give_up();
    host.another_process(&plan);
    host.pass(DAY);
    let why = "its run was given up: it waits for the next promotion of the credential";
    for how in [Later::default(), by_name()] {
        let outcome = host.pay(&plan, &how).expect("the edge holds");
        assert_eq!(state(&outcome), (DebtState::Held, why));
    }
    let mut known = host.known.lock().unwrap();
    known.current.as_mut().expect("it is known").run = Some("later".to_owned());
    known.promoted_at = Some(host.clock.now());
    drop(known);
    assert_eq!(state(&paid(&host, &plan)), (DebtState::Held, why), "and for its time once more");
    host.pass(DAY);
    assert_eq!(state(&paid(&host, &plan)).0, DebtState::Paid);
}

#[test]
fn a_revoke_that_fails_leaves_it_owed_and_one_without_an_answer_is_sent_again() {
    let (host, plan) = rotated(MemoryHost::new().fault("revoke", 1, Fault::Refused(500)));
    host.pass(DAY);
    let why = "not paid: revoke was refused with 500";
    assert_eq!(state(&paid(&host, &plan)), (DebtState::Owed, why));
    assert_eq!(state(&paid(&host, &plan)).0, DebtState::Paid);
    for fault in [Fault::LostDone, Fault::LostUndone] {
        let (host, plan) = rotated(MemoryHost::new().fault("revoke", 1, fault));
        host.pass(DAY);
        assert_eq!(state(&paid(&host, &plan)), (DebtState::Paid, ""));
        let proofs = host.world().calls.iter().filter(|call| *call == "list profile ci").count();
        assert_eq!(proofs, 2, "it is proved once more before it is sent again");
    }
}

#[test]
fn what_is_paid_or_forgiven_is_never_paid_again() {
    let (host, plan) = due();
    assert_eq!(state(&host.forgive(&plan, DEBT).expect("the edge holds")).0, DebtState::Forgiven);
    assert_eq!(state(&paid(&host, &plan)), (DebtState::Forgiven, "it is gone"));
    assert!(host.world().calls.is_empty());
    let again = host.pay(&plan, &by_name()).expect_err("it is settled");
    assert_eq!(again.to_string(), "`k3f9.revoke_old` is forgiven already");
    let unknown = host.forgive(&plan, "k3f9.other").expect_err("there is none");
    assert_eq!(unknown.to_string(), "run k3f9 owes no `k3f9.other`");
    let (host, plan) = due();
    paid(&host, &plan);
    let calls = host.world().calls.len();
    assert_eq!(state(&paid(&host, &plan)).0, DebtState::Paid);
    assert_eq!(host.world().calls.len(), calls);
}

#[test]
fn what_another_process_has_recorded_meanwhile_is_not_paid_again() {
    let (host, plan) = due();
    let stale = host.history();
    paid(&host, &plan);
    let error = host.pay_from(&plan, &stale).expect_err("its history is old");
    assert_eq!(error.to_string(), "another process has taken over run k3f9");
}

const WITH_INPUT: &str = "inputs:
  admin: { type: secret, from: { env: ADMIN_PASSWORD } }
steps:
";

#[test]
fn a_secret_input_that_is_not_there_leaves_it_owed_and_says_what_it_needs() {
    let text = rotation("24h").replace("steps:\n", WITH_INPUT).replace(
        "fake.revoke\n    when: credential.old\n    with: { profile: admin, token_id:",
        "fake.drop\n    when: credential.old\n    with: { url: \"http://a\", admin_password: \
         \"{{ inputs.admin }}\", user:",
    );
    let host = MemoryHost::new();
    let given = |host: &MemoryHost| {
        planned_with(&text, "admin", host.secret("inputs.admin", "a-password-of-an-admin"))
    };
    run_with(&given(&host), &host, &How::default()).expect("the edge holds");
    let plan = planned(&text);
    host.another_process(&plan);
    host.pass(DAY);
    let needs = "needs env `ADMIN_PASSWORD`".to_owned();
    let missing = [("admin".to_owned(), needs.clone())].into_iter().collect();
    let how = Later { missing, ..Later::default() };
    let outcome = host.pay(&plan, &how).expect("the edge holds");
    assert_eq!(state(&outcome), (DebtState::Owed, needs.as_str()));
    assert!(host.world().live().contains(&"old-id"));
    let outcome = paid(&host, &given(&host));
    assert_eq!(state(&outcome), (DebtState::Paid, ""));
}

/// Wherever the process dies in a payment, the next one ends it, and nobody is locked out.
#[test]
fn a_payment_ends_right_wherever_it_is_cut_off() {
    for fault in [None, Some(Fault::LostDone), Some(Fault::LostUndone), Some(Fault::Refused(500))] {
        for dies_at in 0..6 {
            let host = MemoryHost::new();
            let host = match fault {
                Some(fault) => host.fault("revoke", 1, fault),
                None => host,
            };
            let (host, plan) = rotated(host);
            host.pass(DAY);
            let commits = host.journal().commits.len();
            host.journal().fails_at = Some(commits + dies_at);
            let ended = host.pay(&plan, &Later::default());
            host.journal().fails_at = None;
            assert!(dies_at > 0 || ended.is_err(), "it dies at its first record");
            for _ in 0..2 {
                host.another_process(&plan);
                paid(&host, &plan);
            }
            let outcome = paid(&host, &plan);
            assert_eq!(state(&outcome).0, DebtState::Paid, "{fault:?} {dies_at}");
            assert!(!host.world().live().contains(&"old-id"));
            assert!(host.world().locked_out.is_empty());
            let promoted = |entry: &&Entry| matches!(entry.event, Event::Promoted { .. });
            assert_eq!(host.history().iter().filter(promoted).count(), 1);
        }
    }
}

#[test]
fn a_program_that_proves_is_taken_at_its_authors_word_when_a_debt_is_paid() {
    let proved_by = "uses: exec.run\n    verifies: publish\n    with: { argv: [check, ci] }\n";
    let by_a_login = "uses: fake.list\n    verifies: publish\n    with: { profile: ci }\n";
    let text = |overlap: &str| {
        let text = rotation(overlap);
        assert!(text.contains(by_a_login));
        text.replace(by_a_login, proved_by)
    };
    let at_once = MemoryHost::new();
    let outcome = run_text(&text("0s"), &at_once);
    assert_eq!(state(&outcome), (DebtState::Paid, ""));
    let host = MemoryHost::new();
    let plan = planned(&text("24h"));
    run_with(&plan, &host, &How::default()).expect("the edge holds");
    host.another_process(&plan);
    host.pass(DAY);
    let host = host.fault("check", 2, Fault::Refused(1));
    let why = "not paid: `verify`: check was refused with 1";
    assert_eq!(state(&paid(&host, &plan)), (DebtState::Owed, why));
    assert_eq!(state(&paid(&host, &plan)), (DebtState::Paid, ""));
    assert_eq!(at_once.world().live(), host.world().live());
}
