//! The last lines of a run: what was done, what is owed, what is left, the next thing to type.

use cutover_engine::event::{Debt, DebtState, Failure, Identity, Status};
use cutover_engine::run::{Outcome, StepStatus};
use cutover_engine::time::{Duration, Timestamp};

use super::time;
use super::value::short_id;
use crate::exit::Exit;
use crate::style::Paint;
use crate::text::{self, tame};
use crate::typed::Typed;

/// What the last lines tell beside the outcome.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Story {
    /// The credential.
    pub(crate) credential: Option<String>,
    /// What was promoted: from what, to what.
    pub(crate) promoted: Option<(Option<Identity>, Identity)>,
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
}

/// Returns the last lines.
pub(crate) fn drawing(run: &Outcome, story: &Story, now: Timestamp) -> String {
    let mut drawn = match (run.interrupted, run.status) {
        (true, _) if !run.ended => interrupted(run, story),
        (_, Status::Succeeded) => succeeded(run, story, now),
        (_, Status::Failed | Status::Undone) => failed(run, story),
        (_, Status::Stuck) => stuck(run, story),
        (_, Status::Parked) => parked(run, story),
        (_, Status::Abandoned) => format!("run {} was given up.\n", run.run),
    };
    drawn.push_str(&debts(run, story, now));
    if story.state_is_new {
        let line = format!("new state: {}", story.state);
        let why = "keep it: what is current and what is owed stands there";
        drawn.push_str(&format!("  {}\n         ({why})\n", Paint::Warn.on(&line)));
    }
    drawn
}

/// Returns how `run` ends.
pub(crate) fn exit(run: &Outcome) -> Exit {
    match (run.interrupted && !run.ended, run.status) {
        (true, _) => Exit::Interrupted,
        (_, Status::Succeeded) => Exit::Done,
        (_, Status::Failed | Status::Undone | Status::Abandoned) => Exit::Failed,
        (_, Status::Stuck) => Exit::Stuck,
        (_, Status::Parked) => Exit::Parked,
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

fn failed(run: &Outcome, story: &Story) -> String {
    let step = failed_step(run);
    if let (Some(name), Some((_, to))) = (&story.credential, &story.promoted) {
        return failed_after_promotion(run, story, &format!("{name} is now {}", short_id(&to.id)));
    }
    let at = step.map(|step| format!(" at `{step}`")).unwrap_or_default();
    let world = if !run.ended {
        "the run is not over".to_owned()
    } else if run.status == Status::Undone {
        "everything was taken back. In the world: as before".to_owned()
    } else if run.left.is_empty() {
        "nothing is left in the world".to_owned()
    } else {
        "not everything was taken back".to_owned()
    };
    let head = format!("{} failed{at}; {world}.", run.workflow);
    let mut drawn = format!("{}\n", Paint::Bad.on(&head));
    drawn.push_str(&why(run.error.as_ref()));
    drawn.push_str(&left(run));
    if run.ended {
        drawn.push_str(&format!("  When that is mended: {}\n", story.again));
    } else {
        drawn.push_str(&give_up(run, story));
    }
    drawn
}

fn failed_after_promotion(run: &Outcome, story: &Story, now: &str) -> String {
    let step = failed_step(run).unwrap_or("a step");
    let head = format!("{now}, and `{step}` failed after that.");
    let next = if run.ended { String::new() } else { give_up(run, story) };
    format!("{}\n{}{}{next}", Paint::Bad.on(&head), why(run.error.as_ref()), left(run))
}

fn stuck(run: &Outcome, story: &Story) -> String {
    let step = failed_step(run);
    let at = step.map(|step| format!(" at `{step}`")).unwrap_or_default();
    let mut drawn = match &run.undo_error {
        Some(undo) => {
            let head = format!("stuck: run {} could not undo `{}`.", run.run, undo.step);
            let failed = format!("  It had failed{at}, for this reason:\n");
            format!("{}\n{}{failed}", Paint::Bad.on(&head), why(Some(undo)))
        }
        None => {
            let head = format!("stuck: run {} stopped{at}, and a person must look.", run.run);
            format!("{}\n", Paint::Bad.on(&head))
        }
    };
    drawn.push_str(&why(run.error.as_ref()));
    drawn.push_str(&left(run));
    drawn.push_str(&give_up(run, story));
    drawn
}

fn interrupted(run: &Outcome, story: &Story) -> String {
    let head = format!("interrupted: run {} stopped, and nothing new was begun.", run.run);
    format!("{}\n{}{}", Paint::Warn.on(&head), left(run), give_up(run, story))
}

fn parked(run: &Outcome, story: &Story) -> String {
    let steps = run.steps.iter().filter(|step| step.status == StepStatus::Parked);
    let steps: Vec<String> = steps.map(|step| format!("`{}`", step.id)).collect();
    let head = format!("parked: run {} waits in {}.", run.run, steps.join(", "));
    format!("{}\n{}", Paint::Warn.on(&head), give_up(run, story))
}

fn give_up(run: &Outcome, story: &Story) -> String {
    let show = story.typed.command(&format!("runs show {}", run.run));
    let abandon = story.typed.command(&format!("abandon {}", run.run));
    format!("  What happened: {show}\n  Give it up:    {abandon}\n")
}

fn why(error: Option<&Failure>) -> String {
    let Some(error) = error else { return String::new() };
    let mut drawn = format!("  {}\n", tame(&error.message));
    for line in error.help.lines().filter(|line| !line.is_empty()) {
        drawn.push_str(&format!("  {}\n", tame(line)));
    }
    drawn
}

fn left(run: &Outcome) -> String {
    if run.left.is_empty() {
        return String::new();
    }
    let lines: String = run.left.iter().map(|line| format!("    {}\n", tame(line))).collect();
    format!("  In the world now\n{lines}")
}

fn debts(run: &Outcome, story: &Story, now: Timestamp) -> String {
    let lines = run.debts.iter().filter(|debt| is_open(debt)).map(|debt| {
        let line = format!("owed   revoke {} {}", short_id(&debt.target), when(debt, now));
        format!("  {} (this state: {})\n", Paint::Warn.on(&line), story.state)
    });
    lines.collect()
}

fn is_open(debt: &Debt) -> bool {
    match debt.state {
        DebtState::Held | DebtState::Owed | DebtState::Paying => true,
        DebtState::Paid | DebtState::Cancelled | DebtState::Forgiven => false,
    }
}

fn when(debt: &Debt, now: Timestamp) -> String {
    match debt.due {
        Some(due) if due <= now => "now: it is due".to_owned(),
        Some(due) => format!("on {}", time::minute(due)),
        None => format!("{} after the last step", debt.after),
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
