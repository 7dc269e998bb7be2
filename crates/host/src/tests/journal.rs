//! Tests of recording and claiming.

use cutover_engine::event::Status;
use cutover_engine::host::HostError;
use cutover_engine::spec::Role;

use super::support::{World, begin, started, succeeded};
use crate::journal::Journal;

fn reader(world: &World) -> Journal {
    Journal::open_read_only(&world.state()).unwrap().expect("there is a journal")
}

#[tokio::test]
async fn what_was_recorded_is_read_back() {
    let world = World::new();
    let mut run = begin(&world.host, "run1", Some("ci")).await.unwrap();
    run.record(vec![started("create", Role::Create, true)]).await.unwrap();
    run.record(vec![succeeded("create", &[("id", "7")])]).await.unwrap();
    run.end(Status::Succeeded).await;
    let journal = reader(&world);
    assert_eq!(journal.events("run1").unwrap().len(), 4);
    let row = journal.run("run1").unwrap().unwrap();
    assert_eq!((row.status, row.events, row.open.len()), (Some(Status::Succeeded), 4, 0));
}

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
