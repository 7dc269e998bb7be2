//! Tests of recording and claiming.

use std::sync::Arc;

use cutover_engine::event::{Debt, DebtState, Event, Failure, Identity, Status};
use cutover_engine::host::{Claim, Host, Position};
use cutover_engine::spec::Role;
use cutover_engine::time::{Duration, Timestamp};
use cutover_engine::value::{Map, Value};

use super::support::{
    Driven, World, begin, claimed, entries, failed, reader, refusal, retried, started, succeeded,
};
use crate::journal::{DebtFilter, Found, Journal};

pub(super) fn debt(run: &str, state: DebtState) -> Debt {
    Debt {
        id: format!("{run}.revoke_old"),
        credential: "ci".to_owned(),
        run: run.to_owned(),
        step: "revoke_old".to_owned(),
        uses: "acme.revoke".to_owned(),
        with: Map::new(),
        target: "1".to_owned(),
        after: Duration::seconds(60),
        due: None,
        state,
        proofs: Vec::new(),
        reason: String::new(),
    }
}

pub(super) fn promoted(run: &str) -> Event {
    let to = Identity { id: "2".to_owned(), run: Some(run.to_owned()), ..Identity::default() };
    let debts = vec![debt(run, DebtState::Held)];
    Event::Promoted { step: "promote".to_owned(), from: None, to, debts }
}

fn owed(run: &str) -> Event {
    Event::DebtChanged {
        debt: format!("{run}.revoke_old"),
        state: DebtState::Owed,
        due: Some(Timestamp(1_790_000_100_000)),
        reason: String::new(),
    }
}

pub(super) fn lost(step: &str) -> Event {
    Event::Lost { step: step.to_owned(), attempt: 1, error: Failure::default() }
}

/// A whole rotation up to its debt.
pub(super) async fn rotate<'a>(world: &'a World, run: &str) -> Driven<'a> {
    let mut driven = begin(&world.host, run, Some("ci")).await.unwrap();
    driven.record(vec![started("create", Role::Create, true)]).await.unwrap();
    let made = succeeded("create", &[("id", "2"), ("prefix", "M.V1.fa")]);
    driven.record(vec![made, started("promote", Role::Promote, true)]).await.unwrap();
    let done = vec![succeeded("promote", &[]), promoted(run), owed(run)];
    driven.record(done).await.unwrap();
    driven
}

#[tokio::test]
async fn what_was_recorded_is_read_back() {
    let world = World::new();
    rotate(&world, "run1").await.end(Status::Succeeded).await;
    let journal = reader(&world);
    let kinds: Vec<&str> =
        journal.events("run1").unwrap().iter().map(|entry| entry.event.kind()).collect();
    let expected = [
        "claimed",
        "started",
        "succeeded",
        "started",
        "succeeded",
        "promoted",
        "debt_changed",
        "ended",
    ];
    assert_eq!(kinds, expected);
    let row = journal.run("run1").unwrap().unwrap();
    assert_eq!((row.status, row.events, row.open.len()), (Some(Status::Succeeded), 8, 0));
    assert_eq!((row.workflow.as_str(), row.owner.as_deref()), ("rotate", Some("team-x")));
    let credential = journal.credential("ci").unwrap().unwrap();
    assert_eq!((credential.identity.id.as_str(), credential.run.as_str()), ("2", "run1"));
    let debts = journal.debts(DebtFilter::default()).unwrap();
    assert_eq!(debts[0].state, DebtState::Owed);
    assert_eq!(debts[0].due, Some(Timestamp(1_790_000_100_000)));
}

#[tokio::test]
async fn the_next_claim_sees_what_is_current_and_owed() {
    let world = World::new();
    rotate(&world, "run1").await.end(Status::Succeeded).await;
    let next = begin(&world.host, "run2", Some("ci")).await.unwrap();
    assert_eq!(next.claim.current.map(|current| current.id), Some("2".to_owned()));
    assert_eq!(next.claim.promoted_by.as_deref(), Some("rotate"));
    assert_eq!(next.claim.debts.len(), 1);
}

#[tokio::test]
async fn the_next_claim_sees_what_was_made_and_given_up_until_something_is_promoted() {
    let world = World::new();
    rotate(&world, "run1").await.end(Status::Succeeded).await;
    let mut cut_off = begin(&world.host, "run2", Some("ci")).await.unwrap();
    cut_off.record(vec![started("create", Role::Create, true)]).await.unwrap();
    cut_off.record(vec![succeeded("create", &[("id", "3")])]).await.unwrap();
    world.host.inner().release("run2");
    crate::abandon::abandon(&world.host, "run2").await.unwrap();
    let mut next = begin(&world.host, "run3", Some("ci")).await.unwrap();
    let seen = |claim: &Claim| claim.given_up.iter().map(|of| of.made.clone()).collect::<Vec<_>>();
    assert_eq!(seen(&next.claim), ["3"]);
    assert_eq!(next.claim.given_up[0].run, "run2");
    next.end(Status::Failed).await;
    rotate(&world, "run4").await.end(Status::Succeeded).await;
    let last = begin(&world.host, "run5", Some("ci")).await.unwrap();
    assert!(seen(&last.claim).is_empty());
}

#[tokio::test]
async fn a_paid_debt_is_no_debt_any_more() {
    let world = World::new();
    let mut run = rotate(&world, "run1").await;
    let (debt, state) = ("run1.revoke_old".to_owned(), DebtState::Paid);
    let paid = Event::DebtChanged { debt, state, due: None, reason: String::new() };
    run.record(vec![paid]).await.unwrap();
    let journal = reader(&world);
    assert!(journal.debts(DebtFilter::default()).unwrap().is_empty());
    let all = DebtFilter { credential: Some("ci"), settled: true };
    assert_eq!(journal.debts(all).unwrap()[0].state, DebtState::Paid);
}

#[tokio::test]
async fn a_stuck_run_that_goes_on_has_no_end_any_more() {
    let world = World::new();
    let mut driven = begin(&world.host, "k3f9", Some("ci")).await.unwrap();
    let error = Some(Failure::default());
    let stuck = Event::Ended { status: Status::Stuck, error, outputs: Map::new() };
    driven.record(vec![stuck]).await.unwrap();
    assert_eq!(reader(&world).run("k3f9").unwrap().unwrap().status, Some(Status::Stuck));
    let mut driven = begin(&world.host, "k3f9", Some("ci")).await.unwrap();
    driven.record(vec![Event::Resumed { machine: "here".to_owned() }]).await.unwrap();
    let row = reader(&world).run("k3f9").unwrap().unwrap();
    assert_eq!((row.status, row.ended_at, row.error), (None, None, None));
    let over = Event::Ended { status: Status::Undone, error: None, outputs: Map::new() };
    driven.record(vec![over]).await.unwrap();
    assert_eq!(reader(&world).run("k3f9").unwrap().unwrap().status, Some(Status::Undone));
}

#[tokio::test]
async fn a_record_goes_exactly_where_its_writer_believes() {
    let world = World::new();
    let mut run = begin(&world.host, "run1", None).await.unwrap();
    for seq in [0, 2, 7] {
        run.position.seq = seq;
        assert!(run.record(vec![Event::Stopped]).await.is_err(), "at {seq}");
    }
    run.position.seq = 1;
    run.record(vec![Event::Stopped]).await.unwrap();
}

#[tokio::test]
async fn an_append_is_all_or_nothing() {
    let world = World::new();
    let host = &world.host;
    host.claim("run1", &[]).await.unwrap();
    let begins_wrong = entries(vec![Event::Stopped, claimed(None)]);
    let result = host.record("run1", Position { seq: 0, epoch: 1 }, &begins_wrong).await;
    assert_eq!(refusal(result), "run run1 does not begin with its claim");
    assert_eq!(reader(&world).runs().unwrap(), []);
}

#[tokio::test]
async fn many_runs_are_recorded_side_by_side_and_a_fenced_one_fails_alone() {
    let world = World::new();
    for n in 0..20 {
        world.host.claim(&format!("run{n}"), &[]).await.unwrap();
    }
    let host = &world.host;
    let all = (0..20).map(|n| async move {
        let epoch = if n == 7 { 9 } else { 1 };
        let events = entries(vec![claimed(None), Event::Stopped]);
        host.record(&format!("run{n}"), Position { seq: 0, epoch }, &events).await
    });
    let results = futures_util::future::join_all(all).await;
    for (n, result) in results.iter().enumerate() {
        assert_eq!(result.is_err(), n == 7, "run{n}: {result:?}");
    }
    let journal = reader(&world);
    assert_eq!(journal.runs().unwrap().len(), 19);
    assert_eq!(journal.events("run19").unwrap().len(), 2);
}

#[tokio::test]
async fn a_secret_in_an_event_is_refused_and_so_is_a_forged_mark() {
    let world = World::new();
    let mut run = begin(&world.host, "run1", None).await.unwrap();
    world.host.secrets().seal("inputs.password", "fake-password-1".to_owned());
    for form in ["fake-password-1", "x=fake-password-1;", "ZmFrZS1wYXNzd29yZC0x"] {
        let result = run.record(vec![succeeded("a", &[("text", form)])]).await;
        let expected = "not recorded: an event holds the secret `inputs.password` in the clear";
        assert_eq!(refusal(result), expected);
    }
    let reason = "\u{F5C1}s".to_owned();
    let result = run.record(vec![Event::Skipped { step: "a".to_owned(), reason }]).await;
    assert_eq!(refusal(result), "not recorded: an event holds a mark outside of a value");
    assert_eq!(run.position.seq, 1);
}

#[tokio::test]
async fn a_secret_is_recorded_by_where_it_came_from() {
    let world = World::new();
    let mut run = begin(&world.host, "run1", None).await.unwrap();
    let mark = world.seal("fake-password-1");
    run.record(vec![succeeded("a", &[("token", &mark)])]).await.unwrap();
    let events = reader(&world).events("run1").unwrap();
    let Event::Succeeded { outputs, .. } = &events[1].event else { panic!("{events:?}") };
    assert_eq!(outputs["token"].handles()[0].origin, "inputs.password");
    drop(run);
    for name in ["state.db", "state.db-wal", "state.db.head"] {
        let bytes = std::fs::read(world.path("state").join(name)).unwrap();
        let found = bytes.windows(15).any(|part| part == b"fake-password-1");
        assert!(!found, "in {name}");
    }
}

#[tokio::test]
async fn a_tried_again_step_is_open_in_its_last_try_only() {
    let world = World::new();
    let mut run = begin(&world.host, "run1", None).await.unwrap();
    run.record(vec![started("a", Role::Other, true), retried("a", 2)]).await.unwrap();
    assert!(reader(&world).run("run1").unwrap().unwrap().open.is_empty());
    run.record(vec![started("b", Role::Create, true), lost("b"), retried("b", 2)]).await.unwrap();
    let open = reader(&world).run("run1").unwrap().unwrap().open;
    assert_eq!(open.len(), 1);
    assert!(open[0].lost && open[0].marker.is_some(), "{open:?}");
    run.record(vec![started("c", Role::Other, true), failed("c")]).await.unwrap();
    assert_eq!(reader(&world).run("run1").unwrap().unwrap().open.len(), 1);
}

#[tokio::test]
async fn the_beginning_of_an_id_finds_a_run() {
    let world = World::new();
    for run in ["abc1", "abd2", "abd"] {
        begin(&world.host, run, None).await.unwrap();
    }
    let journal = reader(&world);
    let found = |beginning: &str| match journal.find(beginning).unwrap() {
        Found::None => "none".to_owned(),
        Found::One(run) => run.run,
        Found::Many(runs) => runs.join(" "),
    };
    assert_eq!(found("abc"), "abc1");
    assert_eq!(found("abd"), "abd", "a whole id stands for itself");
    assert_eq!(found("ab"), "abd abd2 abc1");
    assert_eq!(found("%"), "none");
    assert_eq!(journal.last().unwrap().unwrap().run, "abd");
}

#[tokio::test]
async fn new_ids_are_unlike_all_others() {
    let world = World::new();
    let one = world.host.new_run_id().await.unwrap();
    begin(&world.host, &one, None).await.unwrap();
    assert_ne!(world.host.new_run_id().await.unwrap(), one);
    assert_eq!(one.len(), 7);
}

#[tokio::test]
async fn no_write_is_announced_without_room_for_its_result() {
    let world = World::with(|mut options| {
        options.floor = u64::MAX;
        options
    });
    let mut run = begin(&world.host, "run1", None).await.unwrap();
    run.record(vec![started("look", Role::Read, false)]).await.unwrap();
    let result = refusal(run.record(vec![started("create", Role::Create, true)]).await);
    assert!(result.contains("MiB free; nothing is written to the world below"), "{result}");
    assert_eq!(run.position.seq, 2);
}

#[tokio::test]
async fn a_write_is_announced_by_its_own_try_and_until_its_end() {
    let world = World::new();
    let mut run = begin(&world.host, "run1", None).await.unwrap();
    let touch = || super::support::write("made", "x");
    run.start("other").await;
    assert!(run.perform("publish", touch()).await.is_err(), "announced for another step");
    run.start("publish").await;
    run.perform("publish", touch()).await.unwrap();
    run.perform("undo:publish", touch()).await.unwrap();
    run.record(vec![succeeded("publish", &[])]).await.unwrap();
    assert!(run.perform("publish", touch()).await.is_err(), "its end is recorded");
    run.record(vec![Event::UndoStarted {
        step: "publish".to_owned(),
        attempt: 0,
        uses: None,
        with: Map::new(),
    }])
    .await
    .unwrap();
    run.perform("undo:publish", touch()).await.unwrap();
}

#[tokio::test]
async fn the_state_is_private() {
    use std::os::unix::fs::PermissionsExt;
    let world = World::new();
    let run = begin(&world.host, "run1", Some("ci")).await.unwrap();
    let mode = |path: &std::path::Path| path.metadata().unwrap().permissions().mode() & 0o777;
    let folder = world.path("state");
    assert_eq!(mode(&folder), 0o700);
    for entry in std::fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        let expected = if path.is_dir() { 0o700 } else { 0o600 };
        assert_eq!(mode(&path), expected, "{}", path.display());
    }
    drop(run);
}

#[tokio::test]
async fn where_there_is_no_state_nothing_is_made() {
    let world = World::new();
    assert!(Journal::open_read_only(&world.state()).unwrap().is_none());
    assert!(!world.path("state").exists());
}

#[tokio::test]
async fn nothing_of_a_secret_is_in_debug_output() {
    let world = World::new();
    let mark = world.seal("fake-password-1");
    let effect = super::support::write("x", &mark);
    let value = Value::from(mark.clone());
    let text = format!("{effect:?} {value:?} {:?}", world.host.options());
    assert!(!text.contains("fake-password"), "{text}");
    assert_eq!(world.host.redact("my fake-password-1!"), "my ***!");
    let open = World::with(|mut options| {
        options.redact = false;
        options
    });
    open.seal("fake-password-1");
    assert_eq!(open.host.redact("my fake-password-1!"), "my fake-password-1!");
}

#[tokio::test]
async fn a_log_line_holds_neither_secrets_nor_escapes() {
    let lines = Arc::new(std::sync::Mutex::new(Vec::new()));
    let kept = Arc::clone(&lines);
    let world = World::with(move |mut options| {
        options.log = Some(Arc::new(move |line| kept.lock().unwrap().push(line.clone())));
        options
    });
    let run = begin(&world.host, "run1", None).await.unwrap();
    let mark = world.seal("fake-password-1");
    let message = format!("a {mark} b fake-password-1 \u{1b}[2J");
    let fields = Value::map([("x", Value::from("fake-password-1"))]);
    let effect = cutover_engine::effect::Effect::Log { level: "info", message, fields };
    run.perform("tell", effect).await.unwrap();
    let lines = lines.lock().unwrap();
    assert_eq!(lines[0].message, "a ‹inputs.password› b *** \\u{1b}[2J");
    assert_eq!(lines[0].fields.get("x").as_text(), Some("***"));
}
