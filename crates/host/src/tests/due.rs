//! Tests of what is due: debts, runs that nobody drives, tries to be swept.

use cutover_engine::event::{DebtState, Event, Evidence, Identity, Status};
use cutover_engine::host::Host;
use cutover_engine::spec::Role;
use cutover_engine::time::Timestamp;
use cutover_engine::value::Map;
use rusqlite::Connection;

use super::journal::{debt, promoted, rotate};
use super::support::{Driven, World, begin, ended, reader, retried, started, succeeded};
use crate::journal::{Journal, Next, rebuild_tables};

const RECORDED: i64 = 1_790_000_000_000;
const DUE: Timestamp = Timestamp(RECORDED + 100_000);

fn owing(world: &World) -> Vec<(String, Option<Status>, Option<Timestamp>)> {
    let owing = reader(world).owing().unwrap();
    owing.into_iter().map(|of| (of.debt.id, of.status, of.due)).collect()
}

/// A promotion with the proofs of a run.
fn proved(run: &str) -> Event {
    let Event::Promoted { step, from, mut to, debts } = promoted(run) else { panic!("it is one") };
    to.evidence = Some(Box::new(Evidence::default()));
    Event::Promoted { step, from, to, debts }
}

fn abandoned(step: &str) -> Event {
    let marker = format!("cutover-00000000-run-{step}");
    Event::Abandoned { step: step.to_owned(), attempt: 1, marker }
}

fn next(world: &World, run: &str) -> Next {
    let unfinished = reader(world).unfinished().unwrap();
    unfinished.into_iter().find(|of| of.row.run == run).expect("it is not over").next
}

/// The process that drove a run is gone.
fn dies(driven: &Driven<'_>) {
    driven.host.inner().release(&driven.run);
}

#[tokio::test]
async fn a_debt_has_its_time_once_its_run_is_over() {
    let world = World::new();
    let mut run = rotate(&world, "run1").await;
    let id = "run1.revoke_old".to_owned();
    assert_eq!(owing(&world), [(id.clone(), None, None)]);
    run.end(Status::Succeeded).await;
    assert_eq!(owing(&world), [(id, Some(Status::Succeeded), Some(DUE))]);
}

#[tokio::test]
async fn a_debt_of_a_run_that_was_given_up_has_its_time_after_a_later_promotion() {
    let world = World::new();
    rotate(&world, "run1").await.end(Status::Abandoned).await;
    let first = |due| ("run1.revoke_old".to_owned(), Some(Status::Abandoned), due);
    assert_eq!(owing(&world), [first(None)]);
    // What a person says is in use was proved by nobody.
    let mut adopted = begin(&world.host, "run2", Some("ci")).await.unwrap();
    let to = Identity { run: Some("run2".to_owned()), ..Identity::default() };
    let (step, from, debts) = ("adopt".to_owned(), None, Vec::new());
    adopted.record(vec![Event::Promoted { step, from, to, debts }]).await.unwrap();
    adopted.end(Status::Succeeded).await;
    assert_eq!(owing(&world), [first(None)]);
    let mut later = begin(&world.host, "run3", Some("ci")).await.unwrap();
    later.record(vec![proved("run3")]).await.unwrap();
    let third = ("run3.revoke_old".to_owned(), None, None);
    assert_eq!(owing(&world), [first(Some(DUE)), third]);
}

#[tokio::test]
async fn a_payment_is_recorded_behind_the_end_and_settles_the_debt() {
    let world = World::new();
    rotate(&world, "run1").await.end(Status::Succeeded).await;
    let claim = world.host.claim("run1", &[]).await.unwrap();
    let mut run =
        Driven { host: &world.host, run: "run1".to_owned(), position: claim.position, claim };
    let changed = |state| Event::DebtChanged {
        debt: "run1.revoke_old".to_owned(),
        state,
        due: None,
        reason: String::new(),
    };
    let begins = vec![changed(DebtState::Paying), started("revoke_old", Role::Revoke, true)];
    run.record(begins).await.unwrap();
    // The head knows of the revoke before it is sent: a state without it is behind.
    assert_eq!(reader(&world).damage(), None);
    let lost = "DELETE FROM event WHERE n = (SELECT max(n) FROM event)";
    let copy = world.path("state").join("copy.db");
    std::fs::copy(world.path("state").join("state.db.head"), beside(&copy, ".head")).unwrap();
    Connection::open(world.state())
        .and_then(|state| state.execute("VACUUM INTO ?1", [copy.display().to_string()]))
        .unwrap();
    Connection::open(&copy).unwrap().execute_batch(lost).unwrap();
    let behind = Journal::open_read_only(&copy).unwrap().expect("it is there");
    assert!(behind.damage().is_some_and(|damage| damage.contains("is behind")));
    run.record(vec![succeeded("revoke_old", &[]), changed(DebtState::Paid)]).await.unwrap();
    assert_eq!(owing(&world), []);
    let row = reader(&world).run("run1").unwrap().unwrap();
    assert_eq!((row.status, row.open.len()), (Some(Status::Succeeded), 0));
    world.host.release("run1");
    assert!(world.another().claim("run1", &[]).await.is_ok(), "its locks are let go");
}

fn beside(path: &std::path::Path, suffix: &str) -> std::path::PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

#[tokio::test]
async fn a_run_that_nobody_drives_says_when_it_is_to_be_gone_on_with() {
    let world = World::new();
    let mut run = begin(&world.host, "run1", Some("ci")).await.unwrap();
    run.record(vec![started("create", Role::Create, true)]).await.unwrap();
    assert_eq!(next(&world, "run1"), Next::Driven);
    dies(&run);
    assert_eq!(next(&world, "run1"), Next::Now);

    let mut run = begin(&world.host, "run2", Some("two")).await.unwrap();
    let waits = retried("works", 2);
    run.record(vec![started("works", Role::Read, false), waits]).await.unwrap();
    dies(&run);
    assert_eq!(next(&world, "run2"), Next::At(Timestamp(RECORDED + 1000)));

    let mut run = begin(&world.host, "run3", Some("three")).await.unwrap();
    let ask = Some("look".to_owned());
    let parked = Event::Parked { step: "approve".to_owned(), until: None, ask };
    run.record(vec![started("approve", Role::Other, false), parked]).await.unwrap();
    dies(&run);
    assert_eq!(next(&world, "run3"), Next::Person);
    let asked = &reader(&world).unfinished().unwrap()[2];
    assert_eq!(asked.waits[0].ask.as_deref(), Some("look"));
    assert!(!asked.stopped);

    let mut run = begin(&world.host, "run4", Some("four")).await.unwrap();
    run.record(vec![Event::Stopped]).await.unwrap();
    dies(&run);
    assert!(reader(&world).unfinished().unwrap()[3].stopped);

    let mut run = begin(&world.host, "run5", Some("five")).await.unwrap();
    run.end(Status::Stuck).await;
    assert_eq!(next(&world, "run5"), Next::Person);
}

#[tokio::test]
async fn abandoned_tries_of_creates_are_to_be_swept_until_they_are() {
    let world = World::new();
    let mut run = begin(&world.host, "run1", Some("ci")).await.unwrap();
    let begun = vec![
        started("create", Role::Create, true),
        started("publish", Role::Publish, true),
        abandoned("create"),
        abandoned("publish"),
    ];
    run.record(begun).await.unwrap();
    run.end(Status::Abandoned).await;
    let listed = |world: &World| {
        let tries = reader(world).abandoned().unwrap();
        tries.into_iter().map(|of| (of.run, of.step, of.attempt)).collect::<Vec<_>>()
    };
    let create = ("run1".to_owned(), "create".to_owned(), 1);
    assert_eq!(listed(&world), std::slice::from_ref(&create));
    rebuild_tables(&world.state()).unwrap();
    assert_eq!(listed(&world), [create]);
    let position = world.host.claim("run1", &[]).await.unwrap().position;
    let (step, id) = ("create".to_owned(), "late".to_owned());
    let swept = super::support::entries(vec![Event::Swept { step, attempt: 1, id }]);
    world.host.record("run1", position, &swept).await.unwrap();
    assert_eq!(listed(&world), []);
}

#[tokio::test]
async fn a_state_of_the_first_version_learns_what_was_abandoned() {
    let world = World::new();
    {
        let host = world.another();
        let mut run = begin(&host, "run1", None).await.unwrap();
        run.record(vec![started("create", Role::Create, true), abandoned("create")]).await.unwrap();
        run.record(vec![ended(Status::Abandoned)]).await.unwrap();
    }
    let before = reader(&world).abandoned().unwrap();
    let old = "DROP TABLE plugin; DROP TABLE made; DROP TABLE seal; DROP INDEX run_given_up; PRAGMA user_version = 1";
    Connection::open(world.state()).unwrap().execute_batch(old).unwrap();
    drop(world.another().claim("run9", &[]).await.unwrap());
    assert_eq!(reader(&world).abandoned().unwrap(), before);
    assert_eq!(before.len(), 1);
}

#[tokio::test]
async fn the_ids_that_the_state_knows_are_current_owed_or_of_an_unfinished_run() {
    let world = World::new();
    rotate(&world, "run1").await.end(Status::Succeeded).await;
    assert_eq!(debt("run1", DebtState::Held).target, "1");
    let mut run = begin(&world.host, "run2", Some("other")).await.unwrap();
    let old = Identity { id: "7".to_owned(), ..Identity::default() };
    let begun = vec![Event::Captured { old: Some(old) }, started("create", Role::Create, true)];
    run.record(begun).await.unwrap();
    run.record(vec![succeeded("create", &[("id", "8")])]).await.unwrap();
    let known: Vec<String> = reader(&world).known_ids().unwrap().into_iter().collect();
    assert_eq!(known, ["1", "2", "7", "8"]);
    let outputs = Map::new();
    run.record(vec![Event::Ended { status: Status::Undone, error: None, outputs }]).await.unwrap();
    let known: Vec<String> = reader(&world).known_ids().unwrap().into_iter().collect();
    assert_eq!(known, ["1", "2"]);
}
