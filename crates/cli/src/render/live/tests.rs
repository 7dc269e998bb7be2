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
        checks: indexmap::IndexMap::new(),
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

fn lost(step: &str, attempt: u32) -> Event {
    let error = Failure { message: "the service did not answer".to_owned(), ..Failure::default() };
    Event::Lost { step: step.to_owned(), attempt, error }
}

fn settling(step: &str, attempt: u32, until: i64) -> Event {
    let reason = String::new();
    Event::Settling { step: step.to_owned(), attempt, until: Timestamp(until), reason }
}

fn abandoned(step: &str, attempt: u32) -> Event {
    let marker = "cutover-1f0a77c2-k3f9-8e21c04d".to_owned();
    Event::Abandoned { step: step.to_owned(), attempt, marker }
}

fn undo(step: &str, attempt: u32) -> Event {
    Event::UndoStarted { step: step.to_owned(), attempt, uses: None, with: Map::new() }
}

#[test]
fn a_write_without_an_answer_counts_down_to_the_next_look_and_is_one_line_in_a_pipe() {
    let mut board = board(&[("create", 1), ("works", 1)]);
    let lines = fed(
        &mut board,
        vec![
            entry(0, started("create", 1)),
            entry(500, lost("create", 1)),
            entry(600, settling("create", 1, 40_600)),
            entry(40_600, settling("create", 1, 42_600)),
        ],
    );
    assert_eq!(
        lines,
        [
            "create lost 0.5s the service did not answer",
            "create waits no answer yet; looked for again in 40 s",
        ]
    );
    let mut board = self::board(&[("create", 1), ("works", 1)]);
    let events = vec![
        entry(0, started("create", 1)),
        entry(500, lost("create", 1)),
        entry(600, settling("create", 1, 40_600)),
    ];
    fed(&mut board, events);
    assert_eq!(
        picture(&board, 10_600, 100, 20),
        [
            "  ....     create    no answer yet; looked for again in 30 s               10s",
            "           works",
        ]
    );
}

#[test]
fn what_a_lost_try_had_made_and_was_revoked_is_told_and_the_next_try_goes_on() {
    let mut board = board(&[("create", 2)]);
    let lines = fed(
        &mut board,
        vec![
            entry(0, started("create", 1)),
            entry(500, lost("create", 1)),
            entry(600, undo("create", 1)),
            entry(700, abandoned("create", 1)),
            entry(700, started("create", 2)),
        ],
    );
    assert_eq!(lines[1..], ["create undone 0.7s what attempt 1 had made is revoked"]);
    assert_eq!(picture(&board, 800, 100, 20).len(), 1);
}

#[test]
fn while_something_is_taken_back_nothing_is_shown_as_coming() {
    let mut board = board(&[("create", 1), ("works", 1), ("publish", 1)]);
    let back = vec![entry(0, failed("works", 1)), entry(0, undo("create", 1))];
    fed(&mut board, back);
    let drawn = picture(&board, 100, 100, 20);
    assert_eq!(drawn.len(), 1, "{drawn:?}");
    assert!(drawn[0].contains("create    is taken back"), "{drawn:?}");
    let note = "revoked".to_owned();
    fed(&mut board, vec![entry(200, Event::Undone { step: "create".to_owned(), note })]);
    assert_eq!(picture(&board, 200, 100, 20), Vec::<String>::new());
}

#[test]
fn a_lost_try_of_which_nothing_is_there_is_a_failure_unless_it_is_tried_again() {
    for again in [true, false] {
        let mut board = board(&[("create", 2)]);
        fed(
            &mut board,
            vec![
                entry(0, started("create", 1)),
                entry(500, lost("create", 1)),
                entry(700, abandoned("create", 1)),
            ],
        );
        if again {
            fed(&mut board, vec![entry(700, started("create", 2))]);
        }
        let last: Vec<String> = board.finish().iter().map(plain).collect();
        let failed = "create failed 0.7s no answer came, and nothing of it is there";
        assert_eq!(last, if again { vec![] } else { vec![failed.to_owned()] });
    }
}

#[test]
fn what_begins_anew_waits_again_in_its_place() {
    let mut board = board(&[("before", 1), ("create", 1), ("publish", 1)]);
    let done = |step: &str| Event::Succeeded {
        step: step.to_owned(),
        attempt: 1,
        outputs: Map::new(),
        checks: Default::default(),
        unwritten: false,
    };
    let reopened = Event::Reopened {
        steps: vec!["create".to_owned()],
        reason: "its value is gone".to_owned(),
    };
    let lines = fed(
        &mut board,
        vec![entry(0, done("before")), entry(0, done("create")), entry(0, reopened)],
    );
    assert_eq!(lines[2], "create again its value is gone");
    assert_eq!(picture(&board, 0, 80, 10), ["  ....     create", "           publish"]);
}

#[test]
fn a_run_that_goes_on_shows_what_was_over_and_what_still_waits() {
    let mut board = board(&[("before", 1), ("agree", 1), ("say", 1)]);
    let done = Event::Succeeded {
        step: "before".to_owned(),
        attempt: 1,
        outputs: Map::new(),
        checks: Default::default(),
        unwritten: false,
    };
    let ask = Some("yes?".to_owned());
    let parked = Event::Parked { step: "agree".to_owned(), until: None, ask };
    let before = [
        entry(0, started("before", 1)),
        entry(0, done),
        entry(0, started("agree", 1)),
        entry(0, parked),
    ];
    let waits: Vec<String> = board.go_on_from(&before).iter().map(plain).collect();
    assert_eq!(waits, ["agree parked yes?"]);
    assert_eq!(board.over(), ["before"]);
}
