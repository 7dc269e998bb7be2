//! Tests of the board.

use cutover_engine::event::{Entry, Event, Failure, Started};
use cutover_engine::spec::Role;
use cutover_engine::time::Timestamp;
use cutover_engine::value::Map;

use super::Board;
use crate::render::line::plain;
use crate::text;

fn entry(at: i64, event: Event) -> Entry {
    Entry { at: Timestamp(at), event }
}

fn started(step: &str, attempt: u32) -> Event {
    Event::Started(Box::new(Started {
        step: step.to_owned(),
        attempt,
        uses: "influxctl.management.list".to_owned(),
        role: Role::Read,
        params: Map::new(),
        deadline: Timestamp(60_000),
        marker: None,
        writes: false,
    }))
}

fn failed(step: &str, attempt: u32) -> Event {
    let error = Failure { message: "not yet (401)".to_owned(), ..Failure::default() };
    Event::Failed { step: step.to_owned(), attempt, error }
}

fn retry(step: &str, attempt: u32, at: i64) -> Event {
    let reason = "not yet (401)".to_owned();
    Event::RetryAt { step: step.to_owned(), attempt, at: Timestamp(at), reason }
}

fn board(steps: &[(&str, u32)]) -> Board {
    Board::new(steps.iter().map(|(id, most)| ((*id).to_owned(), *most)))
}

fn fed(board: &mut Board, entries: Vec<Entry>) -> Vec<String> {
    entries.iter().flat_map(|entry| board.see(entry)).map(|settled| plain(&settled)).collect()
}

fn picture(board: &Board, now: i64, columns: usize, lines: usize) -> Vec<String> {
    let drawn = board.frame(Timestamp(now), columns, lines);
    drawn.iter().map(|line| anstream::adapter::strip_str(line).to_string()).collect()
}

#[test]
fn a_failure_that_is_tried_again_is_no_line_and_the_last_one_is() {
    let mut board = board(&[("works", 2)]);
    let lines = fed(
        &mut board,
        vec![
            entry(0, started("works", 1)),
            entry(500, failed("works", 1)),
            entry(500, retry("works", 2, 12_500)),
            entry(12_500, started("works", 2)),
            entry(13_000, failed("works", 2)),
        ],
    );
    assert!(lines.is_empty(), "{lines:?}");
    let last = board.finish().first().map(plain);
    assert_eq!(last.as_deref(), Some("works failed 13s not yet (401)"));
}

#[test]
fn a_failure_of_one_step_is_shown_when_another_goes_on() {
    let mut board = board(&[("a", 1), ("b", 1)]);
    let lines = fed(
        &mut board,
        vec![entry(0, started("a", 1)), entry(900, failed("a", 1)), entry(900, started("b", 1))],
    );
    assert_eq!(lines, ["a failed 0.9s not yet (401)"]);
}

#[test]
fn what_waits_for_its_next_try_says_so_and_counts_down() {
    let mut board = board(&[("before", 1), ("works", 20), ("publish", 1)]);
    let done = Event::Succeeded {
        step: "before".to_owned(),
        attempt: 1,
        outputs: Map::new(),
        checks: Default::default(),
        unwritten: false,
    };
    fed(
        &mut board,
        vec![
            entry(0, started("before", 1)),
            entry(100, done),
            entry(100, started("works", 2)),
            entry(300, retry("works", 3, 15_300)),
        ],
    );
    assert_eq!(
        picture(&board, 3_300, 100, 20),
        [
            "  ....     works     not yet (401), try 3 of 20, next in 12 s             3.2s",
            "           publish",
        ]
    );
}

#[test]
fn a_thousand_steps_fit_any_terminal() {
    let names: Vec<String> = (0..1000).map(|n| format!("step_number_{n}")).collect();
    let mut board = Board::new(names.iter().map(|name| (name.clone(), 1)));
    fed(&mut board, names[..40].iter().map(|name| entry(0, started(name, 1))).collect());
    for (columns, lines) in [(20, 3), (40, 10), (100, 50), (5, 1)] {
        let drawn = picture(&board, 1000, columns, lines);
        assert!(drawn.len() <= lines.max(2), "{drawn:?}");
        assert!(drawn.iter().all(|line| text::width(line) <= columns.max(13)), "{drawn:?}");
    }
    assert_eq!(picture(&board, 1000, 100, 10).last().map(|l| l.trim()), Some("991 more"));
}

#[test]
fn where_nothing_says_that_it_began_the_next_step_is_the_one_that_goes() {
    let board = board(&[("before", 1), ("create", 1)]);
    assert_eq!(picture(&board, 0, 80, 10), ["  ....     before", "           create"]);
}
