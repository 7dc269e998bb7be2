//! Tests of giving a run up.

use cutover_engine::event::{Debt, DebtState, Event, Identity, Status};
use cutover_engine::host::HostError;
use cutover_engine::spec::Role;
use cutover_engine::time::Duration;
use cutover_engine::value::Map;

use super::support::{World, begin, started, succeeded, write};
use crate::LocalHost;
use crate::abandon::abandon;
use crate::journal::{DebtFilter, Journal};

async fn given_up(host: &LocalHost, run: &str) -> String {
    match abandon(host, run).await {
        Ok(done) => done.left.iter().map(|left| format!("{left}\n")).collect(),
        Err(error) => format!("error: {error}"),
    }
}

fn stored(step: &str) -> Event {
    Event::Stored {
        step: step.to_owned(),
        secret: "steps.create.token".to_owned(),
        uses: "file.read".to_owned(),
        with: Map::new(),
        output: "content".to_owned(),
        check: None,
    }
}

#[tokio::test]
async fn what_is_left_is_what_was_made_written_or_begun() {
    let world = World::new();
    let host = world.another();
    let mut run = begin(&host, "run1", Some("ci")).await.unwrap();
    run.record(vec![started("create", Role::Create, true)]).await.unwrap();
    let made = succeeded("create", &[("id", "b71c"), ("prefix", "M.V1.fa")]);
    run.record(vec![made, started("publish", Role::Publish, true)]).await.unwrap();
    let wrote =
        vec![succeeded("publish", &[]), stored("publish"), started("tell", Role::Notify, true)];
    run.record(wrote).await.unwrap();
    drop(host);
    let expected = "b71c M.V1.fa  live, made by `create`\n\
        what `publish` wrote holds steps.create.token\n\
        perhaps something marked cutover-00000000-run-tell, by `tell` (acme.tell)\n";
    assert_eq!(given_up(&world.host, "run1").await, expected);
    let journal = Journal::open_read_only(&world.state()).unwrap().unwrap();
    let row = journal.run("run1").unwrap().unwrap();
    assert_eq!((row.status, row.open.len()), (Some(Status::Abandoned), 0));
    let events = journal.events("run1").unwrap();
    let abandoned = &events[events.len() - 2].event;
    assert!(matches!(abandoned, Event::Abandoned { step, .. } if step == "tell"), "{abandoned:?}");
    begin(&world.host, "run2", Some("ci")).await.unwrap();
}

#[tokio::test]
async fn what_carries_no_marker_is_not_to_be_looked_for_by_one() {
    for role in [Role::Store, Role::Publish, Role::Revoke] {
        let world = World::new();
        let host = world.another();
        let mut run = begin(&host, "run1", Some("ci")).await.unwrap();
        run.record(vec![started("step", role, true)]).await.unwrap();
        drop(host);
        let taken = begin(&world.host, "run2", Some("ci")).await.err().expect("it is taken");
        assert!(matches!(taken, HostError::Taken { marker: None, .. }), "{taken:?}");
        let expected = "perhaps what `step` (acme.step) was doing: look whether it was done\n";
        assert_eq!(given_up(&world.host, "run1").await, expected);
    }
}

#[tokio::test]
async fn a_stuck_run_is_given_up_with_its_former_selves() {
    let world = World::new();
    world.put("config", "old");
    let host = world.another();
    let mut run = begin(&host, "run1", Some("ci")).await.unwrap();
    run.start("publish").await;
    run.perform("publish", write("config", "new")).await.unwrap();
    run.end(Status::Stuck).await;
    drop(host);
    assert_eq!(world.names(), [".config.cutover-run1", "config"]);
    given_up(&world.host, "run1").await;
    assert_eq!(world.names(), ["config"]);
    assert_eq!(world.get("config"), "new", "nothing is undone");
}

#[tokio::test]
async fn what_it_owes_is_held_again() {
    let world = World::new();
    let host = world.another();
    let mut run = begin(&host, "run1", Some("ci")).await.unwrap();
    let debt = Debt {
        id: "run1.revoke_old".to_owned(),
        credential: "ci".to_owned(),
        run: "run1".to_owned(),
        step: "revoke_old".to_owned(),
        uses: "acme.revoke".to_owned(),
        with: Map::new(),
        target: "1".to_owned(),
        after: Duration::seconds(0),
        due: None,
        state: DebtState::Owed,
        proofs: Vec::new(),
        reason: String::new(),
    };
    let to = Identity { id: "2".to_owned(), ..Identity::default() };
    let debts = vec![debt];
    let promoted = Event::Promoted { step: "promote".to_owned(), from: None, to, debts };
    run.record(vec![promoted]).await.unwrap();
    drop(host);
    let done = abandon(&world.host, "run1").await.unwrap();
    assert_eq!(done.debts[0].state, DebtState::Held);
    let journal = Journal::open_read_only(&world.state()).unwrap().unwrap();
    let debts = journal.debts(DebtFilter::default()).unwrap();
    assert_eq!((debts.len(), debts[0].state), (1, DebtState::Held));
    assert_eq!(debts[0].reason, "run run1 was given up");
    assert_eq!(journal.credential("ci").unwrap().unwrap().identity.id, "2");
}

#[tokio::test]
async fn what_is_over_or_not_there_cannot_be_given_up() {
    let world = World::new();
    assert_eq!(given_up(&world.host, "run1").await, "error: there is no run `run1`");
    begin(&world.host, "run1", None).await.unwrap().end(Status::Succeeded).await;
    let expected = "error: run `run1` is over: there is nothing to give up";
    assert_eq!(given_up(&world.host, "run1").await, expected);
    assert_eq!(given_up(&world.host, "run9").await, "error: there is no run `run9`");
}
