//! Tests of the last lines.

use cutover_engine::event::{Debt, DebtState, Event, Failure, Identity, Status};
use cutover_engine::run::{Outcome, StepStatus, StepView};
use cutover_engine::time::{Duration, Timestamp};
use cutover_engine::value::Map;
use insta::assert_snapshot;

use super::{Story, drawing, exit};
use crate::render::standing::Seen;
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
        parked: Vec::new(),
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
        seen: Seen::default(),
        columns: 100,
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

fn unpromoted() -> Story {
    Story { promoted: None, ..story() }
}

/// A story in which some events happened.
fn seen(events: Vec<Event>) -> Story {
    let mut seen = Seen::default();
    events.iter().for_each(|event| seen.see(event));
    Story { seen, ..unpromoted() }
}

fn undone(step: &str) -> StepView {
    StepView {
        id: step.to_owned(),
        uses: "influxctl.management.create".to_owned(),
        status: StepStatus::Undone,
        attempts: 1,
        started_at: None,
        ended_at: None,
        outputs: Map::new(),
        error: None,
        next_try: None,
        marker: None,
    }
}

fn drawn(run: &Outcome, story: &Story) -> String {
    let drawn = drawing(run, story, now());
    anstream::adapter::strip_str(&crate::text::fitted(&drawn, 100)).to_string()
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
    assert_snapshot!(drawn(&run, &unpromoted()), @"
    rotate-influx-ci failed at `publish`; nothing is left in the world.
      ~/.config/influxctl/config.toml: permission denied (os error 13)
      Make the file writable for this user, then: cutover run rotate.yaml --input environment=prod
    ");
    assert_eq!(exit(&run).code(), 1);
}

#[test]
fn a_failure_that_was_taken_back_says_that_the_world_is_as_before() {
    let run = Outcome { error: failure(), ..outcome(Status::Undone, true) };
    assert_snapshot!(drawn(&run, &unpromoted()), @"
    rotate-influx-ci failed at `publish`; everything was taken back. In the world: as before.
      ~/.config/influxctl/config.toml: permission denied (os error 13)
      Make the file writable for this user, then: cutover run rotate.yaml --input environment=prod
    ");
    assert_eq!(exit(&run).code(), 1);
    let error = Some(Failure { help: String::new(), ..failure().expect("there is one") });
    let run = Outcome { error, ..outcome(Status::Undone, true) };
    let text = drawn(&run, &unpromoted());
    assert!(text.contains("\n  When that is mended: cutover run rotate.yaml"), "{text}");
}

#[test]
fn a_failure_of_which_not_all_can_be_taken_back_lists_what_stays() {
    let left = vec!["`grant` was done, and stays: the project keeps it".to_owned()];
    let run = Outcome { error: failure(), left, ..outcome(Status::Failed, true) };
    assert_snapshot!(drawn(&run, &unpromoted()), @"
    rotate-influx-ci failed at `publish`; not everything can be taken back.
      ~/.config/influxctl/config.toml: permission denied (os error 13)
      In the world now
        `grant` was done, and stays: the project keeps it
      Make the file writable for this user, then: cutover run rotate.yaml --input environment=prod
    ");
    assert_eq!(exit(&run).code(), 1);
}

#[test]
fn a_debt_that_could_not_be_paid_stays_owed_and_the_run_is_over() {
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
fn a_failure_after_promotion_waits_for_resume_and_holds_its_debt() {
    let held = Debt { due: None, state: DebtState::Held, ..owed() };
    let run = Outcome { error: failure(), debts: vec![held], ..outcome(Status::Failed, false) };
    assert_snapshot!(drawn(&run, &story()), @"
    influx-ci-prod is now b71c…, and `publish` failed after that; the run waits for `resume`.
      ~/.config/influxctl/config.toml: permission denied (os error 13)
      Make the file writable for this user.
      When that is mended: cutover resume k3f9 --sandbox
      Leave it undone:     cutover abandon k3f9 --sandbox
      held   revoke 8d3f… until 1d after what it waits for is done
             (this state: ~/.local/state/cutover/state.db)
    ");
    assert_eq!(exit(&run).code(), 1);
}

#[test]
fn a_stuck_run_says_what_it_could_not_undo_what_is_in_the_world_and_what_to_do() {
    let message = "profile ci-prod holds a value that is neither the old nor the new one";
    let help = "decide which one ci-prod should hold, and put it there";
    let story = seen(vec![Event::UndoFailed {
        step: "publish".to_owned(),
        error: Failure {
            step: "publish".to_owned(),
            message: message.to_owned(),
            help: help.to_owned(),
            ..Failure::default()
        },
    }]);
    let error =
        Failure { step: "verify".to_owned(), message: "401".to_owned(), ..Failure::default() };
    let left = vec![
        "b71c0a52-77aa-4d2e-9c11-02 (M.V1.9qTz)  live, made by this run, perhaps in use by \
         influxctl profile ci-prod"
            .to_owned(),
        "8d3f0a52-77aa-4d2e-9c11-01  live, in use before this run".to_owned(),
        "`grant` was done, and has no undo".to_owned(),
    ];
    let run = Outcome { error: Some(error), left, ..outcome(Status::Stuck, true) };
    assert_snapshot!(drawn(&run, &story), @"
    stuck: run k3f9 could not undo `publish`: profile ci-prod holds a value that is neither the old
      nor the new one.
      It failed at `verify` before: 401
      In the world now
        b71c0a52-77aa-4d2e-9c11-02 (M.V1.9qTz)  live, made by this run, perhaps in use by influxctl
                                                profile ci-prod
        8d3f0a52-77aa-4d2e-9c11-01              live, in use before this run
        `grant` was done, and has no undo
      Decide which one ci-prod should hold, and put it there, then: cutover resume k3f9 --sandbox
      Or give it up: cutover abandon k3f9 --sandbox
    ");
    assert_eq!(exit(&run).code(), 3);
}

#[test]
fn a_run_that_is_stuck_without_an_undo_says_so_too() {
    let run = Outcome { error: failure(), ..outcome(Status::Stuck, true) };
    assert_snapshot!(drawn(&run, &unpromoted()), @"
    stuck: run k3f9 stopped at `publish`, and a person must look.
      ~/.config/influxctl/config.toml: permission denied (os error 13)
      Make the file writable for this user.
      Go on with it: cutover resume k3f9 --sandbox      Give it up: cutover abandon k3f9 --sandbox
    ");
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
    stuck: run k3f9 could not undo `publish`: somebody else has changed it meanwhile; it is left alone.
      It failed at `verify` before: the login is refused
      In the world now
        b71c…  live, made by this run
      When that is set right: cutover resume k3f9 --sandbox
      Give it up:             cutover abandon k3f9 --sandbox
    ");
}

#[test]
fn a_run_that_was_taken_back_says_that_the_world_is_as_before() {
    let run = Outcome { error: failure(), ..outcome(Status::Undone, true) };
    let story = Story { promoted: None, ..story() };
    assert_snapshot!(drawn(&run, &story), @"
    rotate-influx-ci failed at `publish`; everything was taken back. In the world: as before.
      ~/.config/influxctl/config.toml: permission denied (os error 13)
      Make the file writable for this user, then: cutover run rotate.yaml --input environment=prod
    ");
    assert_eq!(exit(&run).code(), 1);
}

#[test]
fn an_interrupt_is_no_failure_and_has_its_own_code() {
    let run = Outcome { interrupted: true, ..outcome(Status::Failed, false) };
    assert_snapshot!(drawn(&run, &story()), @"
    interrupted: run k3f9 stopped, and nothing new was begun.
      Go on with it: cutover resume k3f9 --sandbox      Give it up: cutover abandon k3f9 --sandbox
    ");
    assert_eq!(exit(&run).code(), 130);
    let late = Outcome { interrupted: true, ..outcome(Status::Succeeded, true) };
    assert_eq!(exit(&late).code(), 0);
}

fn parked(step: &str, until: Option<Timestamp>, ask: Option<&str>) -> Event {
    Event::Parked { step: step.to_owned(), until, ask: ask.map(str::to_owned) }
}

fn lost(step: &str) -> Event {
    Event::Lost { step: step.to_owned(), attempt: 1, error: Failure::default() }
}

#[test]
fn a_run_that_waits_for_a_person_says_for_what_and_what_to_type() {
    let run = outcome(Status::Parked, false);
    let ask = Some("may ci-prod get the new token?");
    assert_snapshot!(drawn(&run, &seen(vec![parked("approve", None, ask)])), @"
    parked: run k3f9 waits for a yes or a no on `approve`.
      may ci-prod get the new token?
      Yes:        cutover resume k3f9 --approve approve --sandbox
      No:         cutover resume k3f9 --reject approve --sandbox
      Give it up: cutover abandon k3f9 --sandbox
    ");
    assert_eq!(exit(&run).code(), 4);
}

#[test]
fn a_run_that_waits_for_a_time_says_until_when() {
    let until = Some(now() + Duration::seconds(7200));
    let run = outcome(Status::Parked, false);
    assert_snapshot!(drawn(&run, &seen(vec![parked("pause", until, None)])), @"
    parked: run k3f9 waits in `pause` until 2026-11-24 16:03 UTC.
      `cutover tick` goes on with it then; by hand: cutover resume k3f9 --sandbox
      Give it up:                                   cutover abandon k3f9 --sandbox
    ");
}

#[test]
fn a_write_that_only_a_person_can_look_for_says_what_each_answer_is() {
    let run = outcome(Status::Parked, false);
    let ask = Some("look whether the request was answered");
    let story = seen(vec![lost("call"), parked("call", None, ask)]);
    assert_snapshot!(drawn(&run, &story), @"
    parked: run k3f9 had no answer in `call`, and a person must look what became of it.
      It was not done:        cutover resume k3f9 --redo call --sandbox
      It was, or need not be: cutover resume k3f9 --skip call --sandbox
      Give it up:             cutover abandon k3f9 --sandbox
    ");
    let settling = Event::Settling {
        step: "create".to_owned(),
        attempt: 1,
        until: now(),
        reason: String::new(),
    };
    let ask = Some("influxctl management list failed: the login was refused");
    let story = seen(vec![lost("create"), settling, parked("create", None, ask)]);
    assert_snapshot!(drawn(&run, &story), @"
    parked: run k3f9 could not find out what became of `create`.
      influxctl management list failed: the login was refused
      When that is mended: cutover resume k3f9 --sandbox      Give it up: cutover abandon k3f9 --sandbox
    ");
}

#[test]
fn a_run_that_was_given_up_says_what_was_taken_back_and_what_is_free() {
    let run = Outcome { steps: vec![undone("create")], ..outcome(Status::Abandoned, true) };
    assert_snapshot!(drawn(&run, &unpromoted()), @"
    run k3f9 is given up; everything was taken back. In the world: as before.
      influx-ci-prod is free for the next run.
    ");
    let left = vec!["8d3f0a52-77aa-4d2e-9c11-01  live, made by this run".to_owned()];
    let run = Outcome { left, ..outcome(Status::Abandoned, true) };
    assert_snapshot!(drawn(&run, &unpromoted()), @"
    run k3f9 is given up; not everything was taken back.
      In the world now
        8d3f0a52-77aa-4d2e-9c11-01  live, made by this run
      influx-ci-prod is free for the next run.
    ");
    let held = Debt { due: None, state: DebtState::Held, ..owed() };
    let failed = StepView { status: StepStatus::Failed, ..undone("cleanup") };
    let (steps, debts) = (vec![failed], vec![held]);
    let run = Outcome { steps, debts, ..outcome(Status::Abandoned, true) };
    assert_snapshot!(drawn(&run, &story()), @"
    run k3f9 is given up; influx-ci-prod stays b71c….
      Not done: `cleanup`
      influx-ci-prod is free for the next run.
      held   revoke 8d3f… until the next rotation has proved that it is replaced
             (this state: ~/.local/state/cutover/state.db)
    ");
}

#[test]
fn nothing_advertises_a_command_that_does_not_exist() {
    let commands = ["check", "plan", "run", "resume", "runs", "abandon", "credentials", "debts"];
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
