//! Tests of a state that has lost something, and of its tables made anew.

use cutover_engine::event::{Event, Identity, Status};
use cutover_engine::host::{Host, HostError, Key};
use cutover_engine::spec::Role;
use rusqlite::Connection;

use super::support::{World, begin, started, succeeded, write};
use crate::journal::{DebtFilter, Journal, rebuild_tables};

/// A world with two runs, one of them over, and nobody who has the state open.
async fn world() -> World {
    let world = World::new();
    let host = world.another();
    let mut run = begin(&host, "run1", Some("ci")).await.unwrap();
    run.record(vec![started("create", Role::Create, true)]).await.unwrap();
    run.record(vec![succeeded("create", &[("id", "2")])]).await.unwrap();
    run.end(Status::Succeeded).await;
    let mut run = begin(&host, "run2", Some("other")).await.unwrap();
    run.record(vec![started("store", Role::Store, true)]).await.unwrap();
    world
}

fn with_database(world: &World, sql: &str) {
    Connection::open(world.state()).unwrap().execute_batch(sql).unwrap();
}

fn events(world: &World, run: &str) -> String {
    let journal = Journal::open_read_only(&world.state()).unwrap().unwrap();
    match journal.events(run) {
        Ok(events) => format!("{} events", events.len()),
        Err(error) => error.to_string(),
    }
}

async fn claim(world: &World) -> String {
    let keys = [Key::Credential("new".to_owned())];
    match world.host.claim("run9", &keys).await {
        Ok(_) => "free".to_owned(),
        Err(HostError::Damaged { message }) => {
            message.replace(&world.path("state").display().to_string(), "STATE")
        }
        Err(error) => panic!("{error:?}"),
    }
}

#[tokio::test]
async fn a_whole_state_is_whole() {
    let world = world().await;
    assert_eq!(events(&world, "run1"), "4 events");
    assert_eq!(claim(&world).await, "free");
}

#[tokio::test]
async fn a_state_that_is_no_regular_file_is_refused_and_left_as_it_is() {
    let world = World::new();
    std::fs::create_dir(world.path("state")).unwrap();
    rustix::fs::mknodat(
        rustix::fs::CWD,
        world.state(),
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::from_bits_truncate(0o644),
        0,
    )
    .unwrap();
    let before = (world.names(), world.state().metadata().unwrap().permissions());
    let error = world.host.claim("run1", &[]).await.unwrap_err();
    assert!(error.to_string().ends_with("state.db is no regular file"), "{error}");
    let error = Journal::open_read_only(&world.state()).err().expect("it is refused");
    assert!(error.to_string().ends_with("state.db is no regular file"), "{error}");
    assert_eq!((world.names(), world.state().metadata().unwrap().permissions()), before);
    assert!(!world.path("state/state.db.head").exists(), "nothing is made beside it");
}

#[tokio::test]
async fn a_changed_row_shows_with_its_place() {
    let changes = [
        "UPDATE event SET body = replace(body, '\"2\"', '\"3\"') WHERE run = 'run1' AND seq = 3",
        "UPDATE event SET at = at + 1 WHERE run = 'run1' AND seq = 3",
        "UPDATE event SET epoch = 2 WHERE run = 'run1' AND seq = 3",
        "UPDATE event SET hash = zeroblob(32) WHERE run = 'run1' AND seq = 3",
    ];
    for change in changes {
        let world = world().await;
        with_database(&world, change);
        let expected = "event 3 of run run1 was changed after it was written";
        assert_eq!(events(&world, "run1"), expected, "{change}");
        assert_eq!(events(&world, "run2"), "2 events", "others go on");
    }
}

#[tokio::test]
async fn a_missing_row_shows_with_its_place() {
    for (seq, expected) in [(1, 1), (2, 2), (4, 4)] {
        let world = world().await;
        with_database(&world, &format!("DELETE FROM event WHERE run = 'run1' AND seq = {seq}"));
        assert_eq!(events(&world, "run1"), format!("event {expected} of run run1 is missing"));
    }
}

#[tokio::test]
async fn a_row_of_another_run_cannot_stand_in() {
    let world = world().await;
    let swap = "DELETE FROM event WHERE run = 'run2' AND seq = 2;
         UPDATE event SET run = 'run2', seq = 2 WHERE run = 'run1' AND seq = 2";
    with_database(&world, swap);
    assert_eq!(events(&world, "run2"), "event 2 of run run2 was changed after it was written");
}

#[tokio::test]
async fn a_state_behind_its_head_creates_nothing() {
    let world = world().await;
    with_database(&world, "DELETE FROM event WHERE n >= 2");
    let begins = "the state has lost something, nothing is created or revoked with it: \
         the state is behind STATE/state.db.head: row 2 is gone";
    let result = claim(&world).await;
    assert!(result.starts_with(begins), "{result}");
    let journal = Journal::open_read_only(&world.state()).unwrap().unwrap();
    assert!(journal.damage().is_some());
}

#[tokio::test]
async fn a_state_of_another_past_than_its_head_creates_nothing() {
    let world = world().await;
    with_database(&world, "UPDATE event SET hash = zeroblob(32) WHERE n = 2");
    let result = claim(&world).await;
    assert!(result.contains("row 2 of the state is not the one that"), "{result}");
}

#[tokio::test]
async fn a_state_without_its_head_creates_nothing() {
    let world = world().await;
    std::fs::remove_file(world.path("state").join("state.db.head")).unwrap();
    let result = claim(&world).await;
    assert!(result.ends_with("STATE/state.db.head is not there or cannot be read"), "{result}");
}

#[tokio::test]
async fn a_state_that_was_removed_beside_its_head_creates_nothing() {
    let world = world().await;
    for name in ["state.db", "state.db-wal", "state.db-shm"] {
        drop(std::fs::remove_file(world.path("state").join(name)));
    }
    let result = claim(&world).await;
    assert!(result.contains("the state is behind"), "{result}");
}

#[tokio::test]
async fn a_lost_tail_of_the_wal_shows() {
    let world = World::new();
    // The database stays open, so that its rows are in the WAL.
    let host = world.another();
    let mut run = begin(&host, "run1", None).await.unwrap();
    run.record(vec![started("create", Role::Create, true)]).await.unwrap();
    let copy = World::new();
    std::fs::create_dir(copy.path("state")).unwrap();
    for name in ["state.db", "state.db-wal", "state.db.head"] {
        std::fs::copy(world.path("state").join(name), copy.path("state").join(name)).unwrap();
    }
    assert_eq!(events(&copy, "run1"), "2 events");
    let wal = copy.path("state").join("state.db-wal");
    let mut bytes = std::fs::read(&wal).unwrap();
    let frame = bytes.len() - 100;
    bytes[frame] ^= 1;
    std::fs::write(&wal, bytes).unwrap();
    drop(std::fs::remove_file(copy.path("state").join("state.db-shm")));
    let result = claim(&copy).await;
    assert!(result.contains("is behind STATE/state.db.head"), "{result}");
}

#[tokio::test]
async fn a_file_that_is_no_database_is_damaged() {
    let world = world().await;
    std::fs::write(world.state(), "x".repeat(5000)).unwrap();
    std::fs::remove_file(world.path("state").join("state.db-wal")).unwrap();
    let result = Journal::open_read_only(&world.state()).map(|_| ());
    assert!(matches!(result, Err(HostError::Damaged { .. })), "{result:?}");
}

#[tokio::test]
async fn a_state_of_a_newer_version_is_not_touched() {
    let world = world().await;
    with_database(&world, "PRAGMA user_version = 99");
    let error = world.host.claim("run9", &[]).await.unwrap_err();
    let expected = "the state has version 99, this cutover knows 4: use a newer one";
    assert_eq!(error.to_string(), expected);
}

#[tokio::test]
async fn tables_made_anew_are_as_they_were() {
    let world = world().await;
    let before = tables(&world);
    let spoil = "UPDATE run SET status = 'stuck'; DELETE FROM unfinished; DELETE FROM debt; \
                 DELETE FROM made";
    with_database(&world, spoil);
    assert_ne!(tables(&world), before);
    rebuild_tables(&world.state()).unwrap();
    assert_eq!(tables(&world), before);
}

fn tables(world: &World) -> String {
    let journal = Journal::open_read_only(&world.state()).unwrap().unwrap();
    let debts = journal.debts(DebtFilter { credential: None, settled: true }).unwrap();
    let (runs, credentials) = (journal.runs().unwrap(), journal.credentials().unwrap());
    let abandoned = journal.abandoned().unwrap();
    format!("{runs:#?}{credentials:#?}{debts:#?}{abandoned:#?}")
}

#[tokio::test]
async fn a_state_whose_making_was_cut_off_is_as_none_until_a_writer_comes() {
    let made = World::new();
    std::fs::create_dir(made.path("state")).unwrap();
    let maker = Connection::open(made.state()).unwrap();
    let spills = "PRAGMA cache_size = 1; CREATE TABLE t (x); BEGIN IMMEDIATE;
         WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 4000)
         INSERT INTO t SELECT hex(randomblob(40)) FROM n";
    maker.execute_batch(spills).unwrap();
    let world = World::new();
    std::fs::create_dir(world.path("state")).unwrap();
    for name in ["state.db", "state.db-journal"] {
        std::fs::copy(made.path("state").join(name), world.path("state").join(name)).unwrap();
    }
    assert!(Journal::open_read_only(&world.state()).unwrap().is_none());
}

#[tokio::test]
async fn what_an_ended_process_left_beside_a_place_goes_when_the_state_is_next_opened() {
    let world = World::new();
    let place = world.put("config", "old");
    let host = world.another();
    let mut run = begin(&host, "run1", None).await.unwrap();
    run.start("store").await;
    run.perform("store", write("config", "new")).await.unwrap();
    let kept = world.path("state").join("state.db.kept/run1");
    let list = std::fs::read_to_string(&kept).unwrap();
    run.end(Status::Succeeded).await;
    // As it is where the process was ended right after the last record.
    let torn = &list[..list.len() - 3];
    std::fs::write(&kept, format!("{torn}{list}")).unwrap();
    let former = world.put(".config.cutover-run1", "old");
    assert_eq!(claim(&world).await, "free");
    assert!(!former.exists() && !kept.exists());
    assert_eq!(std::fs::read_to_string(place).unwrap(), "new");
}

#[tokio::test]
async fn a_changed_row_of_the_tables_shows_in_the_next_claim_of_its_credential() {
    let changes = [
        "UPDATE run SET status = 'succeeded' WHERE run = 'run2'",
        "UPDATE run SET credential = 'ci' WHERE run = 'run2'",
        "DELETE FROM run WHERE run = 'run2'",
        "DELETE FROM seal WHERE credential = 'other'",
        "UPDATE seal SET credential = 'another' WHERE credential = 'other'",
    ];
    for change in changes {
        let world = world().await;
        with_database(&world, change);
        assert_eq!(claim_of(&world, "other").await, "changed", "{change}");
        assert_eq!(claim_of(&world, "new").await, "free", "others go on: {change}");
        rebuild_tables(&world.state()).unwrap();
        assert_eq!(claim_of(&world, "other").await, "taken", "{change}");
    }
}

#[tokio::test]
async fn a_changed_event_of_the_run_that_promoted_shows_in_the_next_claim() {
    let world = World::new();
    let host = world.another();
    let mut run = begin(&host, "run1", Some("ci")).await.unwrap();
    let to = Identity { id: "2".to_owned(), ..Identity::default() };
    let promoted =
        Event::Promoted { step: "promote".to_owned(), from: None, to, debts: Vec::new() };
    run.record(vec![promoted]).await.unwrap();
    run.end(Status::Succeeded).await;
    with_database(&world, "UPDATE event SET at = at + 1 WHERE run = 'run1' AND seq = 2");
    let error = world.host.claim("run9", &[Key::Credential("ci".to_owned())]).await.unwrap_err();
    let expected = "event 2 of run run1 was changed after it was written";
    assert_eq!(error.to_string(), expected);
    assert_eq!(claim_of(&world, "new").await, "free", "others go on");
}

#[tokio::test]
async fn a_driver_that_was_changed_shows_when_it_is_taken_over() {
    let world = world().await;
    drop(world.another().claim("run2", &[]).await.unwrap());
    with_database(&world, "UPDATE driver SET epoch = 0");
    let error = world.another().claim("run2", &[]).await.unwrap_err();
    assert_eq!(error.to_string(), "who drives run run2 was changed after it was written");
}

async fn claim_of(world: &World, credential: &str) -> &'static str {
    let keys = [Key::Credential(credential.to_owned())];
    match world.another().claim("run9", &keys).await {
        Ok(_) => "free",
        Err(HostError::Taken { .. }) => "taken",
        Err(HostError::Damaged { message }) if message.contains("changed after it was") => {
            "changed"
        }
        Err(error) => panic!("{error:?}"),
    }
}
