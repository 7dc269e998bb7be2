//! Tests of what the host knows of an undo: the door, what is unfinished, the head, former selves.

use cutover_engine::effect::{Effect, FileContent, RestoreFile};
use cutover_engine::event::{Event, Failure, Status};
use cutover_engine::host::HostError;
use cutover_engine::known::Known;
use cutover_engine::spec::Role;
use cutover_engine::value::Map;

use super::support::{Driven, World, begin, reader, shown, started, succeeded, write};

const UNANNOUNCED: &str = "edge: `undo:publish` would write without a recorded start";

fn undo_started() -> Event {
    Event::UndoStarted { step: "publish".to_owned(), attempt: 1, uses: None, with: Map::new() }
}

fn undone() -> Event {
    Event::Undone { step: "publish".to_owned(), note: String::new() }
}

fn restore(wrote: &str) -> Effect {
    let wrote = Some(FileContent::Text(wrote.to_owned()));
    Effect::RestoreFile(RestoreFile { path: "config".to_owned(), wrote, known: Known::default() })
}

/// A run that has written a file.
async fn written(world: &World) -> Driven<'_> {
    world.put("config", "old");
    let mut run = begin(&world.host, "run1", Some("ci")).await.unwrap();
    run.record(vec![started("publish", Role::Publish, true)]).await.unwrap();
    run.perform("publish", write("config", "new")).await.unwrap();
    run.record(vec![succeeded("publish", &[])]).await.unwrap();
    run
}

#[tokio::test]
async fn an_undo_writes_once_it_is_announced_and_until_it_is_over() {
    let world = World::new();
    let mut run = written(&world).await;
    assert_eq!(shown(&run.perform("undo:publish", restore("new")).await), UNANNOUNCED);
    assert_eq!(world.get("config"), "new");
    run.record(vec![undo_started()]).await.unwrap();
    run.perform("undo:publish", restore("new")).await.unwrap();
    assert_eq!(world.get("config"), "old");
    run.record(vec![undone()]).await.unwrap();
    assert_eq!(shown(&run.perform("undo:publish", restore("new")).await), UNANNOUNCED);
}

#[tokio::test]
async fn a_run_that_ended_in_an_undo_was_cut_off_there() {
    let world = World::new();
    let mut run = written(&world).await;
    run.record(vec![undo_started()]).await.unwrap();
    let taken = begin(&world.another(), "run2", Some("ci")).await.err().expect("it is taken");
    let HostError::Taken { step, .. } = taken else { panic!("{taken:?}") };
    assert_eq!(step.as_deref(), Some("undo:publish"));
    let error = Failure { step: "publish".to_owned(), ..Failure::default() };
    let failed = Event::UndoFailed { step: "publish".to_owned(), error };
    for over in [failed, undone()] {
        run.record(vec![undo_started(), over]).await.unwrap();
        assert_eq!(reader(&world).run("run1").unwrap().unwrap().open, []);
    }
}

#[tokio::test]
async fn the_head_knows_of_an_undo_before_it_revokes() {
    let world = World::new();
    let mut run = written(&world).await;
    let head = world.path("state").join("state.db.head");
    let before = std::fs::read(&head).ok();
    run.record(vec![undo_started()]).await.unwrap();
    assert_ne!(std::fs::read(&head).ok(), before);
}

#[tokio::test]
async fn a_former_self_stays_while_a_run_is_stuck_and_goes_when_it_is_given_up() {
    let world = World::new();
    let mut run = written(&world).await;
    run.end(Status::Stuck).await;
    assert_eq!(world.names(), [".config.cutover-run1", "config"]);
    crate::abandon::abandon(&world.host, "run1").await.unwrap();
    assert_eq!(world.names(), ["config"]);
}

#[cfg(debug_assertions)]
#[tokio::test]
async fn a_host_that_keeps_a_former_self_twice_is_caught() {
    use cutover_engine::planted::{Bug, Planted};

    use crate::Options;

    let planted = Planted::bug(Bug::BackupTwice);
    let world = World::with(|options| Options { planted, ..options });
    let mut run = written(&world).await;
    run.record(vec![started("publish", Role::Publish, true)]).await.unwrap();
    run.perform("publish", write("config", "newer")).await.unwrap();
    assert_eq!(world.get(".config.cutover-run1"), "new", "the first copy did not win");
}
