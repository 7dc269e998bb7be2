//! One run's timeline, from its events.

use cutover_engine::event::{DebtState, Entry, Event, Identity, Status};

use super::json::{debt_state, status};
use super::line::detail;
use super::time;
use super::value::short_id;
use crate::style::Paint;
use crate::text::{self, Cell};
use crate::typed::Typed;

/// How a run stands when one looks at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// It is over.
    Ended,
    /// Its process is alive.
    Alive,
    /// Its process ended before it did.
    CutOff,
}

/// Returns the timeline of a run; `run` is its id.
pub(crate) fn drawing(
    run: &str,
    entries: &[Entry],
    standing: Standing,
    typed: &Typed,
    columns: usize,
) -> String {
    let workflow = entries.iter().find_map(|entry| match &entry.event {
        Event::Claimed(claimed) => Some(claimed.workflow.clone()),
        _ => None,
    });
    let title = Paint::Strong.on(&format!("run {run}"));
    let workflow = workflow.unwrap_or_else(|| "(its first event cannot be read)".to_owned());
    let mut drawn = format!("{title}   {workflow}   {}\n", stands(entries, standing));
    let first = entries.first().map(|entry| time::day(entry.at)).unwrap_or_default();
    drawn.push_str(&format!("{}\n", Paint::Dim.on(&format!("  {first} UTC"))));
    let open = open_steps(entries);
    let told = entries.iter().filter(|entry| !is_looking(entry, &open));
    let rows: Vec<Vec<Cell>> = told.map(row).collect();
    drawn.push_str(&text::table(&rows, 2, columns));
    match standing {
        Standing::Ended => {}
        Standing::Alive => drawn.push_str("  (going on)\n"),
        Standing::CutOff => {
            drawn.push_str("  (no more: the process ended)\n");
            let open = open.iter().filter(|open| open.writes);
            drawn.extend(open.map(|open| left_open(open) + "\n"));
            let give_up = typed.command(&format!("abandon {run}"));
            drawn.push_str(&format!("Next: {give_up}\n"));
        }
    }
    drawn
}

/// Says whether it is the start of a step that only looks and whose end is told anyway.
fn is_looking(entry: &Entry, open: &[Open]) -> bool {
    match &entry.event {
        Event::Started(started) => {
            !started.writes && !open.iter().any(|open| open.step == started.step)
        }
        _ => false,
    }
}

/// Returns how a run stands in a few words: `succeeded`, `unfinished: cut off in `create``.
pub(crate) fn stands(entries: &[Entry], standing: Standing) -> String {
    let ended = entries.iter().rev().find_map(|entry| match &entry.event {
        Event::Ended { status, .. } => Some(*status),
        _ => None,
    });
    match (ended, standing, open_steps(entries).last()) {
        (Some(ended), _, _) => status(ended).to_owned(),
        (None, Standing::Alive, Some(step)) => format!("running: in `{}`", step.step),
        (None, Standing::Alive, None) => "running".to_owned(),
        (None, _, Some(step)) => format!("unfinished: cut off in `{}`", step.step),
        (None, _, None) => "unfinished".to_owned(),
    }
}

/// A try that was begun and whose end is not recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Open {
    /// The step.
    pub(crate) step: String,
    /// The marker of the try.
    pub(crate) marker: Option<String>,
    /// Whether it may have written.
    pub(crate) writes: bool,
}

/// Returns the tries that were begun and whose end is not recorded, in the order of their start.
pub(crate) fn open_steps(entries: &[Entry]) -> Vec<Open> {
    let mut open: Vec<Open> = Vec::new();
    for entry in entries {
        match &entry.event {
            Event::Started(started) => {
                open.retain(|other| other.step != started.step);
                open.push(Open {
                    step: started.step.clone(),
                    marker: started.marker.clone().filter(|_| started.role.leaves_marker()),
                    writes: started.writes,
                });
            }
            Event::Succeeded { step, .. }
            | Event::Failed { step, .. }
            | Event::Lost { step, .. }
            | Event::Found { step, .. }
            | Event::Skipped { step, .. }
            | Event::Promoted { step, .. }
            | Event::Abandoned { step, .. }
            | Event::Undone { step, .. } => open.retain(|other| other.step != *step),
            Event::Claimed(_)
            | Event::Captured { .. }
            | Event::Expanded { .. }
            | Event::RetryAt { .. }
            | Event::Stored { .. }
            | Event::Parked { .. }
            | Event::Resumed { .. }
            | Event::Decided { .. }
            | Event::Settling { .. }
            | Event::Reopened { .. }
            | Event::Swept { .. }
            | Event::UndoStarted { .. }
            | Event::UndoFailed { .. }
            | Event::DebtChanged { .. }
            | Event::Stopped
            | Event::Ended { .. } => {}
        }
    }
    open
}

/// Returns what a try without an end may have left, in words.
pub(crate) fn left_open(open: &Open) -> String {
    match &open.marker {
        Some(marker) => {
            format!("`{}` may have happened: look for what is marked {marker}", open.step)
        }
        None => format!("`{}` may have happened", open.step),
    }
}

fn row(entry: &Entry) -> Vec<Cell> {
    let (subject, words, paint) = told(&entry.event);
    vec![
        Cell::new(time::clock(entry.at), Paint::Dim),
        Cell::plain(text::tame(&subject)),
        Cell::new(text::tame(&words), paint),
    ]
}

fn told(event: &Event) -> (String, String, Paint) {
    let plain = |subject: &str, words: String| (subject.to_owned(), words, Paint::Plain);
    match event {
        Event::Claimed(claimed) => {
            let name = claimed.credential.clone().unwrap_or_else(|| claimed.file.clone());
            plain("claimed", format!("{name}{}", old(claimed.old.as_ref())))
        }
        Event::Captured { old: found } => plain("captured", old(found.as_ref())[2..].to_owned()),
        Event::Expanded { step, items } => plain(step, text::count(items.len(), "item")),
        Event::Started(started) => {
            let marker = match &started.marker {
                Some(marker) if started.writes => format!(", marker {marker}"),
                _ => String::new(),
            };
            plain(&started.step, format!("started, attempt {}{marker}", started.attempt))
        }
        Event::Stored { step, secret, uses, .. } => {
            plain(step, format!("holds {secret}, {uses} reads it back"))
        }
        Event::Stopped => ("stopped".to_owned(), "by an interrupt".to_owned(), Paint::Warn),
        Event::Ended { status: ended, error, .. } => {
            let why = error.as_ref().map(|error| format!(": {}", error.message));
            let words = format!("{}{}", status(*ended), why.unwrap_or_default());
            ("ended".to_owned(), words, ended_paint(*ended))
        }
        Event::Promoted { step, from, to, .. } => {
            let from = from.as_ref().map_or("none".to_owned(), |from| short_id(&from.id));
            let words = format!("promoted {from} -> {}", short_id(&to.id));
            (step.clone(), words, Paint::Good)
        }
        Event::DebtChanged { debt, state, due, reason } => {
            let due = due.map(|due| format!(", due {}", time::minute(due))).unwrap_or_default();
            let why = if reason.is_empty() { String::new() } else { format!(": {reason}") };
            let step = debt.split_once('.').map_or(debt.as_str(), |(_, step)| step);
            let paint = if *state == DebtState::Paid { Paint::Good } else { Paint::Warn };
            (step.to_owned(), format!("{}{due}{why}", debt_state(*state)), paint)
        }
        other => settled(other),
    }
}

fn settled(event: &Event) -> (String, String, Paint) {
    let with_detail = |word: &str, outputs| {
        let detail = detail(outputs);
        if detail.is_empty() { word.to_owned() } else { format!("{word}   {detail}") }
    };
    match event {
        Event::Succeeded { step, outputs, .. } => {
            (step.clone(), with_detail("done", outputs), Paint::Good)
        }
        Event::Found { step, outputs, .. } => {
            (step.clone(), with_detail("found", outputs), Paint::Good)
        }
        Event::Failed { step, attempt, error } => {
            (step.clone(), format!("failed, attempt {attempt}: {}", error.message), Paint::Bad)
        }
        Event::Lost { step, error, .. } => {
            (step.clone(), format!("no answer: {}", error.message), Paint::Bad)
        }
        Event::RetryAt { step, attempt, at, .. } => {
            let words = format!("tries again at {}, attempt {attempt}", time::clock(*at));
            (step.clone(), words, Paint::Dim)
        }
        Event::Skipped { step, reason } => (step.clone(), format!("skipped: {reason}"), Paint::Dim),
        Event::Parked { step, until, ask } => {
            let until = until.map(|at| format!("until {}", time::minute(at)));
            let words = ask.clone().or(until).unwrap_or_default();
            (step.clone(), format!("parked: {words}"), Paint::Warn)
        }
        Event::UndoStarted { step, .. } => (step.clone(), "is taken back".to_owned(), Paint::Plain),
        Event::Undone { step, note } => {
            (step.clone(), format!("taken back {note}").trim().to_owned(), Paint::Good)
        }
        Event::UndoFailed { step, error } => {
            (step.clone(), format!("could not be taken back: {}", error.message), Paint::Bad)
        }
        Event::Abandoned { step, marker, .. } => {
            (step.clone(), format!("given up, marker {marker}"), Paint::Warn)
        }
        Event::Resumed { machine } => {
            (String::new(), format!("resumed on {machine}"), Paint::Plain)
        }
        Event::Decided { step, decision, by, note } => {
            let note = if note.is_empty() { String::new() } else { format!(": {note}") };
            (step.clone(), format!("{} by {by}{note}", decision.as_str()), Paint::Plain)
        }
        Event::Settling { step, until, reason, .. } => {
            let words =
                format!("looked for, not there; again at {}: {reason}", time::clock(*until));
            (step.clone(), words, Paint::Dim)
        }
        Event::Reopened { steps, reason } => {
            (steps.join(", "), format!("begins anew: {reason}"), Paint::Warn)
        }
        Event::Swept { step, id, .. } => {
            (step.clone(), format!("swept: {} revoked", short_id(id)), Paint::Good)
        }
        Event::Claimed(_)
        | Event::Captured { .. }
        | Event::Expanded { .. }
        | Event::Started(_)
        | Event::Stored { .. }
        | Event::Promoted { .. }
        | Event::DebtChanged { .. }
        | Event::Stopped
        | Event::Ended { .. } => unreachable!("these have their own words above"),
    }
}

fn old(old: Option<&Identity>) -> String {
    match old {
        Some(old) => format!(", old {}", short_id(&old.id)),
        None => ", no old one known".to_owned(),
    }
}

fn ended_paint(ended: Status) -> Paint {
    match ended {
        Status::Succeeded | Status::Undone => Paint::Good,
        Status::Failed | Status::Stuck => Paint::Bad,
        Status::Parked | Status::Abandoned => Paint::Warn,
    }
}

#[cfg(test)]
mod tests;
