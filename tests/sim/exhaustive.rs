//! The reference rotation, a crash at every point of it, and a second one at every point of the
//! recovery.

use std::sync::atomic::{AtomicUsize, Ordering};

use crate::faults::Fault;
use crate::history::History;
use crate::host::Stops;
use crate::search::story;
use crate::shapes::Shape;
use crate::verdict::verdict;

/// What goes wrong beside the crashes.
const FAULTS: [Fault; 9] = [
    Fault::LostDone,
    Fault::LostUndone,
    Fault::Late(30),
    Fault::Late(100),
    Fault::LateDead(70),
    Fault::Refused,
    Fault::Busy,
    Fault::Lies,
    Fault::Edge,
];
/// Of the crashes with a fault, one in so many is tried in every run of the tests.
const STRIDE: usize = 7;
/// Of the pairs of crashes with a fault, one in so many.
const PAIRS_STRIDE: usize = 401;

/// The reference rotation with crashes at some points, counted from 0.
fn crashing(points: &[u64]) -> History {
    let stops = points.iter().map(|point| Stops::Dies(*point)).collect();
    History { stops, ..History::calm(Shape::reference()) }
}

fn failing(effect: u64, fault: Fault, points: &[u64]) -> History {
    let mut history = crashing(points);
    history.faults.at.insert(effect, fault);
    history
}

/// Judges all of some histories on every core.
fn judge_all(histories: &[History]) {
    let next = AtomicUsize::new(0);
    let work = || {
        let mut wrong = Vec::new();
        while let Some(history) = histories.get(next.fetch_add(1, Ordering::Relaxed)) {
            if let Some(blame) = verdict(history, false).blame {
                wrong.push((blame, history));
            }
        }
        wrong
    };
    let threads = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
    let wrong: Vec<(String, &History)> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        threads.into_iter().flat_map(|thread| thread.join().expect("a panic is judged")).collect()
    });
    let all: Vec<String> = wrong
        .iter()
        .take(20)
        .map(|(blame, of)| format!("{blame}: {:?} {:?}", of.stops, of.faults.at))
        .collect();
    let first = wrong.first().map(|(_, history)| story(history)).unwrap_or_default();
    let (many, of) = (wrong.len(), histories.len());
    assert!(wrong.is_empty(), "{many} of {of}\n{}\n\n{first}", all.join("\n"));
}

/// Says whether everything is to be tried: `CUTOVER_SIM_ALL=1`.
fn tries_all() -> bool {
    std::env::var_os("CUTOVER_SIM_ALL").is_some()
}

fn one_in(stride: usize, histories: Vec<History>) -> Vec<History> {
    histories.into_iter().step_by(if tries_all() { 1 } else { stride }).collect()
}

/// Returns how many points the processes of a history pass.
fn points(history: &History) -> Vec<u64> {
    verdict(history, false).points
}

#[test]
fn a_run_ends_right_wherever_it_crashes_and_crashes_again() {
    let first = points(&crashing(&[]))[0];
    let mut histories: Vec<History> = (0..first).map(|point| crashing(&[point])).collect();
    for point in 0..first {
        let second = points(&crashing(&[point])).into_iter().skip(1).max().unwrap_or(0);
        histories.extend((0..second).map(|again| crashing(&[point, again])));
    }
    judge_all(&histories);
}

#[test]
fn a_run_ends_right_wherever_it_crashes_and_whatever_fails() {
    let calm = verdict(&crashing(&[]), false);
    let mut histories = Vec::new();
    for effect in 0..calm.effects {
        for fault in FAULTS {
            histories.push(failing(effect, fault, &[]));
            let points = (0..calm.points[0]).map(|point| failing(effect, fault, &[point]));
            histories.extend(points);
        }
    }
    judge_all(&one_in(STRIDE, histories));
}

#[test]
fn a_run_ends_right_wherever_it_crashes_twice_and_whatever_fails() {
    let stride = if tries_all() { 1 } else { PAIRS_STRIDE };
    let calm = verdict(&crashing(&[]), false);
    let mut number = 0;
    let mut histories = Vec::new();
    for effect in 0..calm.effects {
        for fault in FAULTS {
            for point in 0..calm.points[0] {
                for again in 0..calm.points[0] {
                    number += 1;
                    if number % stride == 0 {
                        histories.push(failing(effect, fault, &[point, again]));
                    }
                }
            }
        }
    }
    judge_all(&histories);
}
