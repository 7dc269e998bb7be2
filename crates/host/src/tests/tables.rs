//! Tests of the tables that follow from the events: which tries are open, and what a debt keeps.

use cutover_engine::event::{DebtState, Event, Status};
use cutover_engine::spec::Role;
use cutover_engine::time::Timestamp;
use cutover_engine::value::Map;
use rusqlite::Connection;

use super::journal::{lost, promoted};
use super::support::{World, begin, ended, reader, started, succeeded};
use crate::journal::DebtFilter;

const DUE: Timestamp = Timestamp(1_790_000_060_000);

fn second(event: Event) -> Event {
    match event {
        Event::Started(mut started) => {
            started.attempt = 2;
            Event::Started(started)
        }
        Event::Succeeded { step, outputs, checks, unwritten, .. } => {
            Event::Succeeded { step, attempt: 2, outputs, checks, unwritten }
        }
        other => other,
    }
}

fn open(world: &World) -> Vec<(String, u32)> {
    let open = reader(world).run("run1").unwrap().unwrap().open;
    open.into_iter().map(|open| (open.step, open.attempt)).collect()
}

#[tokio::test]
async fn a_success_settles_the_lost_tries_before_it_but_for_those_of_a_create() {
    let world = World::new();
    let mut run = begin(&world.host, "run1", None).await.unwrap();
    for (step, role) in [("create", Role::Create), ("put", Role::Other)] {
        let first = || started(step, role, true);
        let events = vec![first(), lost(step), second(first()), second(succeeded(step, &[]))];
        run.record(events).await.unwrap();
    }
    assert_eq!(open(&world), [("create".to_owned(), 1)], "it may have made something");
}

#[tokio::test]
async fn a_lost_try_that_is_found_is_open_no_more() {
    let world = World::new();
    let mut run = begin(&world.host, "run1", None).await.unwrap();
    run.record(vec![started("create", Role::Create, true), lost("create")]).await.unwrap();
    assert_eq!(open(&world), [("create".to_owned(), 1)]);
    let (step, outputs) = ("create".to_owned(), Map::new());
    let checks = indexmap::IndexMap::new();
    run.record(vec![Event::Found { step, attempt: 1, outputs, checks }]).await.unwrap();
    assert_eq!(open(&world), []);
}

#[tokio::test]
async fn an_end_settles_what_is_open_and_one_that_needs_a_person_does_not() {
    for (status, left) in [(Status::Failed, 0), (Status::Abandoned, 0), (Status::Stuck, 1)] {
        let world = World::new();
        let mut run = begin(&world.host, "run1", None).await.unwrap();
        run.record(vec![started("create", Role::Create, true), ended(status)]).await.unwrap();
        let state = Connection::open(world.state()).unwrap();
        let count = "SELECT count(*) FROM unfinished";
        let count: i64 = state.query_row(count, [], |row| row.get(0)).unwrap();
        assert_eq!(count, left, "{status:?}");
    }
}

#[tokio::test]
async fn a_debt_keeps_its_time_when_only_its_state_changes() {
    let world = World::new();
    let mut run = begin(&world.host, "run1", Some("ci")).await.unwrap();
    let change = |state, due| {
        let (debt, reason) = ("run1.revoke_old".to_owned(), String::new());
        Event::DebtChanged { debt, state, due, reason }
    };
    let events = vec![promoted("run1"), change(DebtState::Owed, Some(DUE))];
    run.record(events).await.unwrap();
    run.record(vec![change(DebtState::Held, None)]).await.unwrap();
    let debts = reader(&world).debts(DebtFilter::default()).unwrap();
    assert_eq!((debts[0].state, debts[0].due), (DebtState::Held, Some(DUE)));
}
