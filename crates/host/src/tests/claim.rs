//! Tests of claiming.

use cutover_engine::event::{Event, Status};
use cutover_engine::host::{Host, HostError, Key, Position};
use cutover_engine::spec::Role;
use cutover_engine::time::Timestamp;

use super::support::{World, begin, ended, entries, reader, refusal, started};

#[tokio::test]
async fn one_credential_has_one_run_at_a_time() {
    let world = World::new();
    let mut first = begin(&world.host, "run1", Some("ci")).await.unwrap();
    first.record(vec![started("create", Role::Create, true)]).await.unwrap();
    let other = world.another();
    let Err(error) = begin(&other, "run2", Some("ci")).await else { panic!("it was let in") };
    let HostError::Taken { run, step, marker, alive, .. } = error else { panic!("{error:?}") };
    assert_eq!((run.as_str(), step.as_deref(), alive), ("run1", Some("create"), true));
    assert_eq!(marker.as_deref(), Some("cutover-00000000-run-create"));
    begin(&other, "run3", Some("another")).await.unwrap();
    first.end(Status::Failed).await;
    begin(&other, "run4", Some("ci")).await.unwrap();
}

#[tokio::test]
async fn a_claim_that_has_recorded_nothing_yet_holds_its_credential_too() {
    let world = World::new();
    let keys = [Key::Credential("ci".to_owned())];
    world.host.claim("run1", &keys).await.unwrap();
    let error = world.another().claim("run2", &keys).await.unwrap_err();
    assert!(matches!(error, HostError::Taken { alive: true, .. }), "{error:?}");
}

#[tokio::test]
async fn a_run_that_died_holds_its_credential_and_says_where_it_was_cut_off() {
    let world = World::new();
    let dead = world.another();
    let mut run = begin(&dead, "run1", Some("ci")).await.unwrap();
    let events = vec![started("create", Role::Create, true), started("look", Role::Read, false)];
    run.record(events).await.unwrap();
    drop(dead);
    let Err(error) = begin(&world.host, "run2", Some("ci")).await else { panic!("it was let in") };
    let HostError::Taken { run, step, alive, since, .. } = error else { panic!("{error:?}") };
    assert_eq!((run.as_str(), step.as_deref(), alive), ("run1", Some("create"), false));
    assert_eq!(since, Some(Timestamp(1_790_000_000_000)));
    let row = reader(&world).last_unfinished().unwrap().unwrap();
    assert_eq!(row.cut_off().map(|open| open.step.as_str()), Some("create"));
    assert!(!row.alive);
}

#[tokio::test]
async fn a_stuck_run_holds_its_credential_and_a_failed_one_does_not() {
    for (status, holds) in [(Status::Stuck, true), (Status::Failed, false), (Status::Undone, false)]
    {
        let world = World::new();
        begin(&world.host, "run1", Some("ci")).await.unwrap().end(status).await;
        let next = begin(&world.host, "run2", Some("ci")).await;
        assert_eq!(next.is_err(), holds, "{status:?}");
    }
}

#[tokio::test]
async fn whoever_takes_a_run_over_shuts_the_former_driver_out() {
    let world = World::new();
    let mut old = begin(&world.host, "run1", None).await.unwrap();
    world.host.inner().release("run1");
    let other = world.another();
    let claim = other.claim("run1", &[]).await.unwrap();
    assert_eq!(claim.position, Position { seq: 1, epoch: 2 });
    let refused = old.record(vec![Event::Stopped]).await;
    assert_eq!(refusal(refused), "another process has taken over run run1");
    other.record("run1", claim.position, &entries(vec![Event::Stopped])).await.unwrap();
    assert_eq!(reader(&world).events("run1").unwrap().len(), 2);
}

#[tokio::test]
async fn the_end_of_a_run_frees_its_locks_and_so_does_the_end_of_its_host() {
    let world = World::new();
    let other = world.another();
    begin(&other, "run1", Some("ci"))
        .await
        .unwrap()
        .record(vec![ended(Status::Failed)])
        .await
        .unwrap();
    begin(&other, "run2", Some("ci")).await.unwrap();
    drop(other);
    let error = world.host.claim("run3", &[Key::Credential("ci".to_owned())]).await.unwrap_err();
    assert!(matches!(error, HostError::Taken { alive: false, .. }), "{error:?}");
    world.host.claim("run2", &[Key::Credential("ci".to_owned())]).await.unwrap();
}
