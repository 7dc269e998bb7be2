//! Tests of the last lines.

use cutover_engine::event::{Debt, DebtState, Failure, Identity, Status};
use cutover_engine::run::Outcome;
use cutover_engine::time::{Duration, Timestamp};
use cutover_engine::value::Map;
use insta::assert_snapshot;

use super::{Story, drawing, exit};
use crate::typed::Typed;

fn now() -> Timestamp {
    Timestamp::parse("2026-11-24T14:03:00Z").expect("a moment")
}

fn outcome(status: Status, ended: bool) -> Outcome {
    Outcome {
        run: "k3f9".to_owned(),
        workflow: "rotate-influx-ci".to_owned(),
        status,
        ended,
        interrupted: false,
        steps: Vec::new(),
        debts: Vec::new(),
        outputs: Map::new(),
        error: None,
        undo_error: None,
        left: Vec::new(),
    }
}

fn failure() -> Option<Failure> {
    Some(Failure {
        step: "publish".to_owned(),
        message: "~/.config/influxctl/config.toml: permission denied (os error 13)".to_owned(),
        code: String::new(),
        help: "Make the file writable for this user.".to_owned(),
    })
}

fn identity(id: &str) -> Identity {
    Identity { id: id.to_owned(), ..Identity::default() }
}

fn story() -> Story {
    let from = identity("8d3f0a52-77aa-4d2e-9c11-01");
    Story {
        credential: Some("influx-ci-prod".to_owned()),
        promoted: Some((Some(from), identity("b71c0a52-77aa-4d2e-9c11-02"))),
        took: Duration::seconds(34),
        again: "cutover run rotate.yaml --input environment=prod".to_owned(),
        typed: Typed::new(true, None),
        state: "~/.local/state/cutover/state.db".to_owned(),
        state_is_new: false,
    }
}

fn owed() -> Debt {
    Debt {
        id: "k3f9.revoke_old".to_owned(),
        credential: "influx-ci-prod".to_owned(),
        run: "k3f9".to_owned(),
        step: "revoke_old".to_owned(),
        uses: "influxctl.management.revoke".to_owned(),
        with: Map::new(),
        target: "8d3f0a52-77aa-4d2e-9c11-01".to_owned(),
        after: Duration::seconds(86_400),
        due: Some(now() + Duration::seconds(86_400)),
        state: DebtState::Owed,
        proofs: Vec::new(),
        reason: String::new(),
    }
}

fn drawn(run: &Outcome, story: &Story) -> String {
    anstream::adapter::strip_str(&drawing(run, story, now())).to_string()
}

#[test]
fn a_rotation_tells_from_what_to_what_and_what_is_owed_where() {
    let run = Outcome { debts: vec![owed()], ..outcome(Status::Succeeded, true) };
    let story = Story { state_is_new: true, ..story() };
    assert_snapshot!(drawn(&run, &story), @"
    Rotated influx-ci-prod: 8d3f… -> b71c… in 34s. Nothing else to do now.
      owed   revoke 8d3f… on 2026-11-25 14:03 UTC (this state: ~/.local/state/cutover/state.db)
      new state: ~/.local/state/cutover/state.db
             (keep it: what is current and what is owed stands there)
    ");
    assert_eq!(exit(&run).code(), 0);
}

#[test]
fn a_paid_debt_is_not_told_again() {
    let paid = Debt { state: DebtState::Paid, ..owed() };
    let run = Outcome { debts: vec![paid], ..outcome(Status::Succeeded, true) };
    assert!(!drawn(&run, &story()).contains("owed"));
}

#[test]
fn a_failure_that_left_nothing_says_so_and_what_to_type() {
    let run = Outcome { error: failure(), ..outcome(Status::Failed, true) };
    let story = Story { promoted: None, ..story() };
    assert_snapshot!(drawn(&run, &story), @"
    rotate-influx-ci failed at `publish`; nothing is left in the world.
      ~/.config/influxctl/config.toml: permission denied (os error 13)
      Make the file writable for this user.
      When that is mended: cutover run rotate.yaml --input environment=prod
    ");
    assert_eq!(exit(&run).code(), 1);
}

#[test]
fn a_failure_after_promotion_says_what_is_in_use_and_does_not_tell_to_rotate_again() {
    let due = Debt { due: Some(now()), ..owed() };
    let run = Outcome { error: failure(), debts: vec![due], ..outcome(Status::Failed, true) };
    assert_snapshot!(drawn(&run, &story()), @"
    influx-ci-prod is now b71c…, and `publish` failed after that.
      ~/.config/influxctl/config.toml: permission denied (os error 13)
      Make the file writable for this user.
      owed   revoke 8d3f… now: it is due (this state: ~/.local/state/cutover/state.db)
    ");
    assert_eq!(exit(&run).code(), 1);
}

#[test]
fn a_stuck_run_lists_what_is_left_and_how_to_give_it_up() {
    let left = vec!["b71c…  live, made by this run".to_owned()];
    let run = Outcome { error: failure(), left, ..outcome(Status::Stuck, false) };
    assert_snapshot!(drawn(&run, &story()), @"
    stuck: run k3f9 stopped at `publish`, and a person must look.
      ~/.config/influxctl/config.toml: permission denied (os error 13)
      Make the file writable for this user.
      In the world now
        b71c…  live, made by this run
      What happened: cutover runs show k3f9 --sandbox
      Give it up:    cutover abandon k3f9 --sandbox
    ");
    assert_eq!(exit(&run).code(), 3);
}

#[test]
fn what_could_not_be_undone_comes_before_what_failed_first() {
    let undo = Failure {
        step: "publish".to_owned(),
        message: "somebody else has changed it meanwhile; it is left alone".to_owned(),
        ..Failure::default()
    };
    let failed = Failure {
        step: "verify".to_owned(),
        message: "the login is refused".to_owned(),
        ..Failure::default()
    };
    let left = vec!["b71c…  live, made by this run".to_owned()];
    let (error, undo_error) = (Some(failed), Some(undo));
    let run = Outcome { error, undo_error, left, ..outcome(Status::Stuck, false) };
    assert_snapshot!(drawn(&run, &story()), @"
    stuck: run k3f9 could not undo `publish`.
      somebody else has changed it meanwhile; it is left alone
      It had failed at `verify`, for this reason:
      the login is refused
      In the world now
        b71c…  live, made by this run
      What happened: cutover runs show k3f9 --sandbox
      Give it up:    cutover abandon k3f9 --sandbox
    ");
}

#[test]
fn a_run_that_was_taken_back_says_that_the_world_is_as_before() {
    let run = Outcome { error: failure(), ..outcome(Status::Undone, true) };
    let story = Story { promoted: None, ..story() };
    assert_snapshot!(drawn(&run, &story), @"
    rotate-influx-ci failed at `publish`; everything was taken back. In the world: as before.
      ~/.config/influxctl/config.toml: permission denied (os error 13)
      Make the file writable for this user.
      When that is mended: cutover run rotate.yaml --input environment=prod
    ");
    assert_eq!(exit(&run).code(), 1);
}

#[test]
fn an_interrupt_is_no_failure_and_has_its_own_code() {
    let run = Outcome { interrupted: true, ..outcome(Status::Failed, false) };
    assert_snapshot!(drawn(&run, &story()), @"
    interrupted: run k3f9 stopped, and nothing new was begun.
      What happened: cutover runs show k3f9 --sandbox
      Give it up:    cutover abandon k3f9 --sandbox
    ");
    assert_eq!(exit(&run).code(), 130);
    let late = Outcome { interrupted: true, ..outcome(Status::Succeeded, true) };
    assert_eq!(exit(&late).code(), 0);
}

#[test]
fn nothing_advertises_a_command_that_does_not_exist() {
    let commands = ["check", "plan", "run", "runs", "abandon", "credentials", "debts"];
    for status in [Status::Succeeded, Status::Failed, Status::Stuck, Status::Parked] {
        for ended in [true, false] {
            let run = Outcome { debts: vec![owed()], error: failure(), ..outcome(status, ended) };
            let text = drawn(&run, &story());
            for typed in text.split("cutover ").skip(1) {
                let word = typed.split([' ', '`', '\n']).next().unwrap_or("");
                assert!(commands.contains(&word), "{text}");
            }
        }
    }
}
