//! How a run begins: whose credential it is, and what is in use of it.

use super::linear::rotation;
use crate::event::{DebtState, Event, Identity, Status};
use crate::execute::testing::*;
use crate::execute::{ExecuteError, Expected};
use crate::host::{GivenUp, HostError};
use crate::run::Outcome;

fn run(text: &str, host: &MemoryHost, first: bool) -> Result<Outcome, ExecuteError> {
    run_with(&planned(text), host, &How { first, ..How::default() })
}

/// A refusal in a line: the exit code and the message.
#[track_caller]
fn refused(result: Result<Outcome, ExecuteError>) -> String {
    match result {
        Err(ExecuteError::Refused { message, exit, .. }) => format!("{exit}: {message}"),
        other => panic!("{other:?}"),
    }
}

fn nothing_in_use() -> MemoryHost {
    let host = MemoryHost::new();
    host.world().places.remove("profile ci");
    host
}

#[test]
fn the_first_event_holds_all_that_a_resume_needs() {
    let host = MemoryHost::new();
    let text = rotation("24h");
    run_text(&text, &host);
    let Event::Claimed(claimed) = &host.history()[0].event else { panic!("it is the claim") };
    assert_eq!(claimed.text, text);
    assert_eq!(claimed.digest, crate::execute::sha256(&text));
    assert_eq!(claimed.credential.as_deref(), Some("ci-token"));
    assert_eq!((claimed.started_at, claimed.salt.len()), (BEGIN, 32));
}

#[test]
fn what_the_state_does_not_know_is_what_in_use_finds() {
    let host = MemoryHost::new();
    let outcome = run_text(&rotation("24h"), &host);
    assert_eq!(outcome.debts[0].target, "old-id");
    assert!(words(&host.history()).contains(&"captured".to_owned()));
}

#[test]
fn what_the_state_knows_is_in_use_where_the_place_says_the_same_or_nothing() {
    let host = MemoryHost::new().knowing("old-id");
    let outcome = run_text(&rotation("24h"), &host);
    assert_eq!(outcome.debts[0].target, "old-id");
    assert!(!words(&host.history()).contains(&"captured".to_owned()));
    let host = nothing_in_use().knowing("old-id");
    assert_eq!(run_text(&rotation("24h"), &host).debts[0].target, "old-id");
}

#[test]
fn a_run_is_refused_where_state_and_place_disagree() {
    let host = MemoryHost::new().knowing("another-id");
    let why = refused(run(&rotation("24h"), &host, true));
    assert_eq!(why, "3: the state knows another-id as in use, and old-id is");
    assert_eq!(host.world().live().len(), 2, "nothing was made");
    assert_eq!(words(&host.history()).last().map(String::as_str), Some("ended stuck"));
}

/// Makes it known that what the place holds was made by a run that was given up.
fn given_up(host: &MemoryHost, old: Option<&str>) {
    let identity = |id: &str| Identity { id: id.to_owned(), ..Identity::default() };
    let (run, made) = ("run-0".to_owned(), "old-id".to_owned());
    let run = GivenUp { run, made, old: old.map(identity) };
    host.known.lock().unwrap().given_up.push(run);
}

#[test]
fn where_the_place_holds_what_a_run_made_that_was_given_up_what_that_run_was_to_replace_is_replaced()
 {
    let host = MemoryHost::new().knowing("another-id");
    given_up(&host, Some("another-id"));
    assert_eq!(run_text(&rotation("24h"), &host).debts[0].target, "another-id");
    let host = MemoryHost::new();
    given_up(&host, Some("first-id"));
    assert_eq!(run_text(&rotation("24h"), &host).debts[0].target, "first-id");
    let host = MemoryHost::new();
    given_up(&host, None);
    assert_eq!(run_text(&rotation("24h"), &host).debts[0].target, "old-id");
}

#[test]
fn where_nothing_is_known_in_use_a_person_has_to_say_first() {
    let host = nothing_in_use();
    let why = refused(run(&rotation("24h"), &host, false));
    assert_eq!(why, "2: nothing is known to be in use of `ci-token`, and it would be revoked");
    assert_eq!(host.world().live().len(), 2, "nothing was made");
    let host = nothing_in_use();
    let outcome = run(&rotation("24h"), &host, true).expect("it was said");
    assert_eq!((outcome.status, outcome.debts[0].state), (Status::Succeeded, DebtState::Cancelled));
    assert!(told(&outcome).ends_with("revoke_old skipped"), "{}", told(&outcome));
}

#[test]
fn without_in_use_it_is_refused_before_anything_is_recorded() {
    let text = rotation("24h").replace(", in_use: steps.before.id", "");
    let host = MemoryHost::new();
    refused(run(&text, &host, false));
    assert_eq!(host.journal().commits.len(), 0);
    run(&text, &MemoryHost::new(), true).expect("it was said");
    run(&text, &MemoryHost::new().knowing("old-id"), false).expect("it is known");
}

#[test]
fn a_run_of_a_reviewed_plan_is_refused_where_the_claim_captures_something_else() {
    let expected = |current: Option<&str>, debts: &[&str]| {
        let debts = debts.iter().map(|debt| (*debt).to_owned()).collect();
        let expected = Some(Expected { current: current.map(str::to_owned), debts });
        let host = MemoryHost::new().knowing("old-id");
        let ended =
            run_with(&planned(&rotation("24h")), &host, &How { expected, ..How::default() });
        (ended, host.journal().commits.len())
    };
    let (ended, recorded) = expected(Some("older-id"), &[]);
    let why = "2: nothing ran: what is in use has changed since the plan was compared";
    assert_eq!((refused(ended).as_str(), recorded), (why, 0));
    let (ended, recorded) = expected(Some("old-id"), &["k3f8.revoke_old"]);
    let why = "2: nothing ran: what is owed has changed since the plan was compared";
    assert_eq!((refused(ended).as_str(), recorded), (why, 0));
    expected(Some("old-id"), &[]).0.expect("it is as it was");
}

#[test]
fn a_name_that_another_workflow_promoted_is_refused() {
    let host = MemoryHost::new().knowing("old-id");
    host.known.lock().unwrap().promoted_by = Some("other".to_owned());
    let why = refused(run(&rotation("24h"), &host, false));
    assert_eq!(why, "2: `ci-token` belongs to the workflow `other`");
    host.known.lock().unwrap().promoted_by = Some("rotate".to_owned());
    run(&rotation("24h"), &host, false).expect("it is its own");
}

#[test]
fn a_run_that_would_revoke_what_it_made_does_not_promote() {
    // The provider gives the id that the state knows as in use: something is very wrong.
    let host = nothing_in_use().knowing("new-2");
    let outcome = run_text(&rotation("24h"), &host);
    assert!(told(&outcome).contains("promote failed"), "{}", told(&outcome));
    assert_eq!(host.world().live().len(), 3);
}

#[test]
fn a_history_that_is_not_the_whole_is_refused_and_nothing_is_done() {
    let host = MemoryHost::new().fault("list", 1, Fault::Refused(500));
    let plan = planned(&rotation("24h"));
    run_with(&plan, &host, &How::default()).expect("the edge holds");
    let calls = host.world().calls.len();
    let mut history = host.history();
    history.truncate(3);
    for history in [history, Vec::new()] {
        let result = run_with(&plan, &host, &How { history, ..How::default() });
        let fenced = matches!(result, Err(ExecuteError::Host(HostError::Fenced(_))));
        assert!(fenced, "{result:?}");
    }
    assert_eq!(host.world().calls.len(), calls);
}
