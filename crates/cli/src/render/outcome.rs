//! The last lines of a run: what was done, what is owed, what is left, the next thing to type.

mod failed;
mod waits;

use cutover_engine::event::{Debt, DebtState, Failure, Identity, Status};
use cutover_engine::run::{Outcome, StepStatus};
use cutover_engine::time::{Duration, Timestamp};

use super::next::commands;
use super::standing::Seen;
use super::time;
use super::value::short_id;
use crate::exit::Exit;
use crate::style::Paint;
use crate::text::{self, Cell, tame};
use crate::typed::Typed;

/// What the last lines tell beside the outcome.
#[derive(Debug, Clone, Default)]
pub(crate) struct Story {
    /// The credential.
    pub(crate) credential: Option<String>,
    /// What was promoted: from what, to what.
    pub(crate) promoted: Option<(Option<Identity>, Identity)>,
    /// What the events told of how the run stands.
    pub(crate) seen: Seen,
    /// How long it took.
    pub(crate) took: Duration,
    /// The command that runs it again.
    pub(crate) again: String,
    /// How other commands are typed.
    pub(crate) typed: Typed,
    /// The state, as a path for people.
    pub(crate) state: String,
    /// Whether this run had to make the state.
    pub(crate) state_is_new: bool,
    /// How many columns there are.
    pub(crate) columns: usize,
}

/// Returns the last lines.
pub(crate) fn drawing(run: &Outcome, story: &Story, now: Timestamp) -> String {
    let mut drawn = match (run.interrupted && !run.ended, run.status) {
        (true, _) => waits::interrupted(run, story),
        (false, Status::Succeeded) => succeeded(run, story, now),
        (false, Status::Failed | Status::Undone) => failed::failed(run, story),
        (false, Status::Stuck) => failed::stuck(run, story),
        (false, Status::Parked) => waits::parked(run, story),
        (false, Status::Abandoned) => failed::given_up(run, story),
    };
    drawn.push_str(&debts(run, story, now));
    if story.state_is_new {
        let line = format!("new state: {}", story.state);
        let why = "keep it: what is current and what is owed stands there";
        drawn.push_str(&format!("  {}\n         ({why})\n", Paint::Warn.on(&line)));
    }
    drawn
}

/// Returns how `run` and `resume` end.
pub(crate) fn exit(run: &Outcome) -> Exit {
    if run.interrupted && !run.ended { Exit::Interrupted } else { exit_of(run.status) }
}

/// Returns how a command ends whose run stands so.
pub(crate) fn exit_of(status: Status) -> Exit {
    match status {
        Status::Succeeded => Exit::Done,
        Status::Failed | Status::Undone | Status::Abandoned => Exit::Failed,
        Status::Stuck => Exit::Stuck,
        Status::Parked => Exit::Parked,
    }
}

fn succeeded(run: &Outcome, story: &Story, now: Timestamp) -> String {
    let took = time::took(story.took);
    let head = match (&story.credential, &story.promoted) {
        (Some(name), Some((Some(from), to))) => {
            format!("Rotated {name}: {} -> {} in {took}.", short_id(&from.id), short_id(&to.id))
        }
        (Some(name), Some((None, to))) => {
            format!("Made {name}: {} in {took}.", short_id(&to.id))
        }
        (_, None) | (None, Some(_)) => format!("Done: {} in {took}.", run.workflow),
    };
    let due = run.debts.iter().any(|debt| is_open(debt) && debt.due.is_some_and(|due| due <= now));
    let rest = if due { "" } else { " Nothing else to do now." };
    format!("{}{rest}\n", Paint::Good.on(&head))
}

/// Returns why something failed, with what a person can do.
fn why(error: Option<&Failure>) -> String {
    let Some(error) = error else { return String::new() };
    let message = format!("  {}\n", tame(&error.message));
    let help = error.help.lines().filter(|line| !line.is_empty());
    message + &help.map(|line| format!("  {}\n", tame(line))).collect::<String>()
}

/// Returns what is left in the world: what, and how it stands, in two columns.
fn left(run: &Outcome, story: &Story) -> String {
    if run.left.is_empty() {
        return String::new();
    }
    let row = |line: &String| match line.split_once("  ") {
        Some((what, how)) => vec![Cell::plain(tame(what)), Cell::plain(tame(how.trim_start()))],
        None => vec![Cell::plain(tame(line))],
    };
    let (told, alone): (Vec<_>, Vec<_>) = run.left.iter().map(row).partition(|row| row.len() > 1);
    let alone = alone.iter().map(|row| text::hanging(&row[0].text, 4, story.columns));
    let told = text::wrapped_table(&told, 4, story.columns);
    format!("  In the world now\n{told}{}", alone.collect::<String>())
}

/// Returns commands with when to type each of them.
fn next(story: &Story, all: &[(&str, String)]) -> String {
    let all: Vec<(String, String)> =
        all.iter().map(|(when, words)| ((*when).to_owned(), story.typed.command(words))).collect();
    commands(&all, 2, story.columns)
}

fn debts(run: &Outcome, story: &Story, now: Timestamp) -> String {
    let open = run.debts.iter().filter(|debt| is_open(debt));
    open.map(|debt| self::debt(debt, run, story, now)).collect()
}

fn debt(debt: &Debt, run: &Outcome, story: &Story, now: Timestamp) -> String {
    let word = if debt.state == DebtState::Held { "held" } else { "owed" };
    let line = format!("{word}   revoke {} {}", short_id(&debt.target), when(debt, run, now));
    let state = format!("(this state: {})", story.state);
    let fits = text::width(&line) + text::width(&state) + 3 <= story.columns;
    let between = if fits { " " } else { "\n         " };
    format!("  {}{between}{state}\n", Paint::Warn.on(&line))
}

fn is_open(debt: &Debt) -> bool {
    match debt.state {
        DebtState::Held | DebtState::Owed | DebtState::Paying => true,
        DebtState::Paid | DebtState::Cancelled | DebtState::Forgiven => false,
    }
}

fn when(debt: &Debt, run: &Outcome, now: Timestamp) -> String {
    match (debt.state, debt.due) {
        (DebtState::Held, _) if run.status == Status::Abandoned => {
            "until the next rotation has proved that it is replaced".to_owned()
        }
        (DebtState::Held, _) if debt.after == Duration::default() => {
            "until what it waits for is done".to_owned()
        }
        (DebtState::Held, _) => format!("until {} after what it waits for is done", debt.after),
        (_, Some(due)) if due <= now => "now: it is due".to_owned(),
        (_, Some(due)) => format!("on {}", time::minute(due)),
        (_, None) => format!("{} after the last step", debt.after),
    }
}

fn failed_step(run: &Outcome) -> Option<&str> {
    let named = run.error.as_ref().map(|error| error.step.as_str()).filter(|step| !step.is_empty());
    named.or_else(|| {
        let bad = |status| matches!(status, StepStatus::Failed | StepStatus::Lost);
        run.steps.iter().find(|step| bad(step.status)).map(|step| step.id.as_str())
    })
}

/// Returns the heading of a run on a terminal.
pub(crate) fn heading(workflow: &str, run: &str, credential: Option<&str>) -> String {
    let credential = credential.map(|name| format!("   {name}")).unwrap_or_default();
    let run = Paint::Dim.on(&format!("run {run}"));
    format!("{}   {run}{}\n\n", Paint::Strong.on(workflow), text::tame(&credential))
}

#[cfg(test)]
mod tests;
