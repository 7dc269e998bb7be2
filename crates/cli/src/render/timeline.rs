//! One run's timeline, from its events.

use cutover_engine::event::{DebtState, Decision, Entry, Event, Identity, Status};

use super::json::{debt_state, status};
use super::line::detail;
use super::next::commands;
use super::standing::{self, Open, Seen, Standing};
use super::time;
use super::value::short_id;
use crate::style::Paint;
use crate::text::{self, Cell};
use crate::typed::Typed;

/// Which column of a row says what it is about.
const SUBJECT: usize = 1;

/// Returns the timeline of a run; `run` is its id.
pub(crate) fn drawing(
    run: &str,
    entries: &[Entry],
    alive: bool,
    typed: &Typed,
    columns: usize,
) -> String {
    let workflow = entries.iter().find_map(|entry| match &entry.event {
        Event::Claimed(claimed) => Some(claimed.workflow.clone()),
        _ => None,
    });
    let mut seen = Seen::default();
    entries.iter().for_each(|entry| seen.see(&entry.event));
    let open = seen.open().to_vec();
    let standing = standing::of(entries, alive);
    let title = Paint::Strong.on(&format!("run {run}"));
    let workflow = workflow.unwrap_or_else(|| "(its first event cannot be read)".to_owned());
    let stands = text::tame(&standing.words());
    let mut drawn = format!("{title}   {workflow}   {}\n", standing.paint().on(&stands));
    let told: Vec<&Entry> = entries.iter().filter(|entry| !is_looking(entry, &open)).collect();
    let rows: Vec<(String, Vec<Cell>)> =
        told.iter().map(|entry| (time::day(entry.at), row(entry))).collect();
    drawn.push_str(&by_day(rows, columns));
    drawn.push_str(&end(run, &standing, &open, typed, columns));
    drawn
}

/// Lays the rows of a timeline out below the day that they are of, all in the same columns.
fn by_day(mut rows: Vec<(String, Vec<Cell>)>, columns: usize) -> String {
    let widest = rows.iter().map(|(_, row)| text::width(&row[SUBJECT].text)).max().unwrap_or(0);
    for (_, row) in &mut rows {
        row[SUBJECT].text = text::pad(&row[SUBJECT].text, widest);
    }
    let mut drawn = String::new();
    for of_day in rows.chunk_by(|(a, _), (b, _)| a == b) {
        drawn.push_str(&format!("{}\n", Paint::Dim.on(&format!("  {} UTC", of_day[0].0))));
        let of_day: Vec<Vec<Cell>> = of_day.iter().map(|(_, row)| row.clone()).collect();
        drawn.push_str(&text::wrapped_table(&of_day, 2, columns));
    }
    drawn
}

/// What stands below the events: why there are no more, and what to type.
fn end(run: &str, standing: &Standing, open: &[Open], typed: &Typed, columns: usize) -> String {
    let mut drawn = match standing {
        Standing::Alive(_) => "  (going on)\n".to_owned(),
        Standing::CutOff(_) => "  (no more: the process ended)\n".to_owned(),
        Standing::Over(_)
        | Standing::Interrupted
        | Standing::Parked(_)
        | Standing::Stuck(_)
        | Standing::Waits(_)
        | Standing::Unreadable(_) => String::new(),
    };
    if let Standing::CutOff(_) = standing {
        let open = open.iter().filter(|open| open.writes);
        drawn.extend(open.map(|open| text::tame(&open.left()) + "\n"));
    }
    let mut next = standing.next(run, typed);
    if standing.needs_a_person() {
        next.push(("Give it up".to_owned(), typed.command(&format!("abandon {run}"))));
    }
    drawn + &commands(&next, 0, columns)
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
        Event::Found { step, attempt, outputs, .. } => {
            let word = match attempt {
                0 => "found, it was there before".to_owned(),
                own => format!("found, attempt {own} had done it"),
            };
            (step.clone(), with_detail(&word, outputs), Paint::Good)
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
        other => recovered(other),
    }
}

/// What became of a run that did not go its straight way.
fn recovered(event: &Event) -> (String, String, Paint) {
    match event {
        Event::Parked { step, until, ask } => {
            let until = until.map(|at| format!("until {}", time::minute(at)));
            let words = ask.clone().or(until).unwrap_or_default();
            (step.clone(), format!("parked: {words}"), Paint::Warn)
        }
        Event::UndoStarted { step, attempt, uses, .. } => {
            let tried = if *attempt > 0 { format!(", attempt {attempt}") } else { String::new() };
            let by = uses.as_ref().map(|uses| format!(", by {uses}")).unwrap_or_default();
            (step.clone(), format!("is taken back{tried}{by}"), Paint::Plain)
        }
        Event::Undone { step, note } => {
            let note = if note.is_empty() { String::new() } else { format!(": {note}") };
            (step.clone(), format!("taken back{note}"), Paint::Good)
        }
        Event::UndoFailed { step, error } => {
            (step.clone(), format!("could not be taken back: {}", error.message), Paint::Bad)
        }
        Event::Abandoned { step, attempt, marker } => {
            let words = format!("attempt {attempt} is given up, marker {marker}");
            (step.clone(), words, Paint::Warn)
        }
        Event::Resumed { machine } => ("resumed".to_owned(), format!("on {machine}"), Paint::Plain),
        Event::Decided { step, decision, by, note } => {
            let note = if note.is_empty() { String::new() } else { format!(": {note}") };
            let subject = if step.is_empty() { "the run" } else { step };
            (subject.to_owned(), format!("{} by {by}{note}", decided(*decision)), Paint::Plain)
        }
        Event::Settling { step, until, reason, .. } => {
            let words = format!("{reason}; looked for again at {}", time::clock(*until));
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
        | Event::Ended { .. }
        | Event::Succeeded { .. }
        | Event::Found { .. }
        | Event::Failed { .. }
        | Event::Lost { .. }
        | Event::RetryAt { .. }
        | Event::Skipped { .. } => unreachable!("these have their own words above"),
    }
}

fn decided(decision: Decision) -> &'static str {
    match decision {
        Decision::Redo => "to be done once more, decided",
        Decision::Skip => "to be left out, decided",
        Decision::Approve => "approved",
        Decision::Reject => "refused",
        Decision::Abandon => "given up",
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
