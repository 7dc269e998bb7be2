//! Tests of what `doctor` finds on a whole state, on a damaged one, on one that others can read.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;

use cutover_engine::event::Status;
use cutover_engine::host::{Host, HostError, Key};
use cutover_engine::spec::Role;
use cutover_engine::time::{Duration, Timestamp};
use rusqlite::Connection;

use super::support::{World, begin, started, succeeded, write};
use crate::doctor::{Clock, Damage, Leftover, Whole, accept_lost_tail, examine};
use crate::journal::rebuild_tables;

async fn world() -> World {
    let world = World::new();
    let host = world.another();
    let mut run = begin(&host, "run1", Some("ci")).await.unwrap();
    run.record(vec![started("create", Role::Create, true)]).await.unwrap();
    run.record(vec![succeeded("create", &[("id", "2")])]).await.unwrap();
    run.end(Status::Succeeded).await;
    let mut run = begin(&host, "run2", None).await.unwrap();
    run.record(vec![started("create", Role::Create, true)]).await.unwrap();
    world
}

fn with_database(world: &World, sql: &str) {
    Connection::open(world.state()).unwrap().execute_batch(sql).unwrap();
}

fn damage(world: &World) -> Vec<Damage> {
    examine(&world.host).damage.unwrap().damage
}

#[tokio::test]
async fn on_a_whole_state_every_promise_holds() {
    let found = examine(&world().await.host);
    assert_eq!((found.locks, found.syncs), (Ok(()), Ok(())));
    assert_eq!((found.core_dumps, found.death_signal), (Ok(()), Ok(())));
    assert_eq!(found.sqlite.1, Ok(()));
    assert!(found.room.0.is_some_and(|free| free > 0));
    assert!(found.state && found.open.is_empty(), "{:?}", found.open);
    let whole = found.damage.unwrap();
    assert_eq!((whole.runs, whole.events, whole.damage), (2, 6, Vec::new()));
    assert_eq!(whole.newest, Some(Timestamp(1_790_000_000_000)));
}

#[tokio::test]
async fn without_a_state_nothing_is_damaged_and_nothing_is_made() {
    let world = World::new();
    let found = examine(&world.host);
    assert!(!found.state);
    assert_eq!(found.damage, Ok(Whole::default()));
    assert_eq!(found.disk.folder, world.folder.path());
    assert!(world.names().is_empty() && !world.path("state").exists());
}

#[tokio::test]
async fn a_changed_run_is_named_and_the_others_are_read() {
    let world = world().await;
    with_database(&world, "UPDATE event SET at = at + 1 WHERE run = 'run1' AND seq = 3");
    let why = "event 3 of run run1 was changed after it was written".to_owned();
    assert_eq!(damage(&world), [Damage::Run { run: "run1".to_owned(), why }]);
    assert_eq!(examine(&world.host).damage.unwrap().events, 2);
}

#[tokio::test]
async fn a_run_that_is_only_in_the_tables_or_only_in_the_events_is_looked_at_too() {
    let world = world().await;
    with_database(
        &world,
        "DELETE FROM event WHERE run = 'run1'; DELETE FROM run WHERE run = 'run2'",
    );
    let found = damage(&world);
    let [Damage::Run { run, why }] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!((run.as_str(), why.as_str()), ("run1", "event 1 of run run1 is missing"));
    assert_eq!(examine(&world.host).damage.unwrap().runs, 2);
}

#[tokio::test]
async fn a_lost_tail_is_told_until_it_is_accepted_and_then_creates_go_on() {
    let world = world().await;
    with_database(&world, "DELETE FROM event WHERE run = 'run2'");
    rebuild_tables(&world.state()).unwrap();
    let found = damage(&world);
    assert!(matches!(found.as_slice(), [Damage::Tail(_)]), "{found:?}");
    let keys = [Key::Credential("other".to_owned())];
    let refused = world.another().claim("run9", &keys).await;
    assert!(matches!(refused, Err(HostError::Damaged { .. })), "{refused:?}");
    accept_lost_tail(&world.host).unwrap();
    assert_eq!(damage(&world), []);
    let host = world.another();
    let mut run = begin(&host, "run9", Some("other")).await.unwrap();
    run.record(vec![started("create", Role::Create, true)]).await.unwrap();
    assert_eq!(damage(&world), [], "`head` goes on from there");
}

#[tokio::test]
async fn a_state_that_is_gone_beside_its_head_is_damaged_and_can_begin_anew() {
    let world = world().await;
    for name in ["state.db", "state.db-wal", "state.db-shm"] {
        drop(fs::remove_file(world.path("state").join(name)));
    }
    let found = damage(&world);
    assert!(matches!(found.as_slice(), [Damage::Gone(why)] if why.contains("row")), "{found:?}");
    accept_lost_tail(&world.host).unwrap();
    assert_eq!(damage(&world), []);
    assert!(begin(&world.another(), "run9", Some("ci")).await.is_ok());
}

#[tokio::test]
async fn what_others_can_read_is_named_with_the_mode_that_it_should_have() {
    let world = world().await;
    fs::set_permissions(world.state(), Permissions::from_mode(0o644)).unwrap();
    fs::set_permissions(world.path("state"), Permissions::from_mode(0o777)).unwrap();
    let open = examine(&world.host).open;
    let told: Vec<_> =
        open.iter().map(|open| (open.path.clone(), open.mode, open.wanted)).collect();
    assert_eq!(told, [(world.state(), 0o644, 0o600), (world.path("state"), 0o777, 0o700)]);
}

#[tokio::test]
async fn what_an_ended_run_left_is_found_and_what_a_living_one_keeps_is_not() {
    let world = world().await;
    let file = world.put("config", "old");
    let mut run = begin(&world.host, "run3", None).await.unwrap();
    run.start("push").await;
    run.perform("push", write(file.to_str().unwrap(), "new")).await.unwrap();
    assert_eq!(examine(&world.host).leftovers, [], "the run goes on");
    let kept = world.path(".config.cutover-run3");
    let list = world.path("state/state.db.kept/run3");
    let before = (fs::read(&kept).unwrap(), fs::read(&list).unwrap());
    run.end(Status::Succeeded).await;
    assert_eq!(examine(&world.host).leftovers, []);
    fs::write(&kept, before.0).unwrap();
    fs::write(&list, before.1).unwrap();
    let lock = world.path("state/state.db.locks/run-run9-00");
    fs::write(&lock, "").unwrap();
    let scratch = world.path("state/state.db.scratch/run9.00");
    fs::create_dir_all(&scratch).unwrap();
    let former = Leftover::Former { run: "run3".to_owned(), path: kept };
    let all = [former, Leftover::Lock { path: lock }, Leftover::Scratch { path: scratch }];
    assert_eq!(examine(&world.host).leftovers, all);
}

#[test]
fn a_clock_that_went_back_or_never_was_right_is_told() {
    let now = Timestamp(1_790_000_000_000);
    let clock = |newest| Clock { now, newest };
    assert!(clock(None).is_sane());
    assert!(clock(Some(now + Duration::seconds(60))).is_sane(), "it was set right");
    assert!(!clock(Some(now + Duration::seconds(3600))).is_sane());
    assert!(!Clock { now: Timestamp(0), newest: None }.is_sane());
}
