//! The last lines of a run that failed: taken back, not wholly taken back, after promotion, stuck,
//! given up.

use cutover_engine::event::{Failure, Status};
use cutover_engine::run::{Outcome, StepStatus};

use super::{Story, failed_step, left, next, why};
use crate::render::value::short_id;
use crate::style::Paint;
use crate::text::{self, tame};

/// A run that failed, and is over or waits for a resume after promotion.
pub(super) fn failed(run: &Outcome, story: &Story) -> String {
    if let (Some(name), Some((_, to))) = (&story.credential, &story.promoted) {
        return after_promotion(run, story, &format!("{name} is now {}", short_id(&to.id)));
    }
    let at = failed_step(run).map(|step| format!(" at `{step}`")).unwrap_or_default();
    let head = format!("{} failed{at}; {}.", run.workflow, world(run));
    let mut drawn = format!("{}\n", Paint::Bad.on(&head));
    drawn.push_str(&reason(run.error.as_ref()));
    drawn.push_str(&left(run, story));
    match run.ended {
        true => drawn.push_str(&again(run.error.as_ref(), story)),
        false => drawn.push_str(&go_on(run, story)),
    }
    drawn
}

/// Returns what a failed run has left in the world, as the rest of a sentence.
fn world(run: &Outcome) -> &'static str {
    let took_back = run.steps.iter().any(|step| step.status == StepStatus::Undone);
    match (run.ended, run.status) {
        (false, _) => "the run is not over",
        (true, Status::Undone) => "everything was taken back. In the world: as before",
        (true, _) if !run.left.is_empty() => "not everything can be taken back",
        (true, _) if took_back => "everything was taken back. In the world: as before",
        (true, _) => "nothing is left in the world",
    }
}

fn after_promotion(run: &Outcome, story: &Story, now: &str) -> String {
    let step = failed_step(run).unwrap_or("a step");
    let waits = if run.ended { "" } else { "; the run waits for `resume`" };
    let head = format!("{now}, and `{step}` failed after that{waits}.");
    let mut drawn = format!("{}\n", Paint::Bad.on(&head));
    drawn.push_str(&why(run.error.as_ref()));
    drawn.push_str(&left(run, story));
    if !run.ended {
        drawn.push_str(&next(
            story,
            &[
                ("When that is mended", format!("resume {}", run.run)),
                ("Leave it undone", format!("abandon {}", run.run)),
            ],
        ));
    }
    drawn
}

/// A run that could not be taken back.
pub(super) fn stuck(run: &Outcome, story: &Story) -> String {
    let mut not_undone: Vec<&Failure> =
        story.seen.not_undone().iter().map(|(_, error)| error).collect();
    if not_undone.is_empty() {
        not_undone.extend(run.undo_error.as_ref());
    }
    let Some(error) = not_undone.first() else { return stopped(run, story) };
    let step = &error.step;
    let head = format!("run {} could not undo `{step}`: {}.", run.run, tame(&error.message));
    let mut drawn = format!("{} {head}\n", Paint::Bad.on("stuck:"));
    for error in &not_undone[1..] {
        drawn.push_str(&format!("  Nor `{}`: {}\n", error.step, tame(&error.message)));
    }
    if let Some(first) = run.error.as_ref().filter(|first| first.step != *step) {
        let at = &first.step;
        drawn.push_str(&format!("  It failed at `{at}` before: {}\n", tame(&first.message)));
    }
    drawn.push_str(&left(run, story));
    let resume = format!("resume {}", run.run);
    let abandon = format!("abandon {}", run.run);
    if error.help.is_empty() {
        let all = [("When that is set right", resume), ("Give it up", abandon)];
        return drawn + &next(story, &all);
    }
    drawn.push_str(&then(&error.help, "", &story.typed.command(&resume), story));
    drawn + &next(story, &[("Or give it up", abandon)])
}

/// A run that is stuck for another reason than an undo.
fn stopped(run: &Outcome, story: &Story) -> String {
    let at = failed_step(run).map(|step| format!(" at `{step}`")).unwrap_or_default();
    let head = format!("run {} stopped{at}, and a person must look.", run.run);
    let head = format!("{} {head}\n", Paint::Bad.on("stuck:"));
    head + &why(run.error.as_ref()) + &left(run, story) + &go_on(run, story)
}

/// A run that a person gave up.
pub(super) fn given_up(run: &Outcome, story: &Story) -> String {
    let took_back = run.steps.iter().any(|step| step.status == StepStatus::Undone);
    let world = match (&story.promoted, run.left.is_empty()) {
        (Some((_, to)), _) => {
            let name = story.credential.as_deref().unwrap_or("the credential");
            format!("{name} stays {}", short_id(&to.id))
        }
        (None, false) => "not everything was taken back".to_owned(),
        (None, true) if took_back => {
            "everything was taken back. In the world: as before".to_owned()
        }
        (None, true) => "nothing that it made is left in the world".to_owned(),
    };
    let head = format!("run {} is given up; {world}.", run.run);
    let mut drawn = format!("{}\n", Paint::Warn.on(&head));
    for (step, error) in story.seen.not_undone() {
        drawn.push_str(&format!("  `{step}` was not taken back: {}\n", tame(&error.message)));
    }
    let undone: Vec<String> = run
        .steps
        .iter()
        .filter(|step| story.promoted.is_some() && is_unfinished(step.status))
        .filter(|step| !run.debts.iter().any(|debt| debt.step == step.id))
        .map(|step| format!("`{}`", step.id))
        .collect();
    if !undone.is_empty() {
        drawn.push_str(&format!("  Not done: {}\n", undone.join(", ")));
    }
    drawn.push_str(&left(run, story));
    if !run.left.is_empty() && !story.seen.swept().is_empty() {
        let tick = story.typed.command("tick");
        drawn.push_str(&format!("  Once no place holds it, this revokes what was made: {tick}\n"));
    }
    if let Some(name) = &story.credential {
        drawn.push_str(&format!("  {} is free for the next run.\n", tame(name)));
    }
    drawn
}

fn is_unfinished(status: StepStatus) -> bool {
    match status {
        StepStatus::Pending
        | StepStatus::Running
        | StepStatus::Failed
        | StepStatus::Lost
        | StepStatus::Interrupted
        | StepStatus::Parked => true,
        StepStatus::Succeeded
        | StepStatus::Found
        | StepStatus::Skipped
        | StepStatus::Undone
        | StepStatus::Owed => false,
    }
}

/// The reason alone: what a person can do stands with the command that comes after it.
fn reason(error: Option<&Failure>) -> String {
    error.map(|error| format!("  {}\n", tame(&error.message))).unwrap_or_default()
}

/// Returns what to type to run it again: with what a person can do before, where that is known.
fn again(error: Option<&Failure>, story: &Story) -> String {
    let help = error.map(|error| error.help.as_str()).unwrap_or_default();
    then(help, "When that is mended", &story.again, story)
}

/// Returns what a person can do, and the command that comes after it: on one line where they fit.
/// Without the former, `else_when` says when to type it.
fn then(help: &str, else_when: &str, command: &str, story: &Story) -> String {
    let mut lines: Vec<String> =
        help.lines().filter(|line| !line.is_empty()).map(|line| capital(&tame(line))).collect();
    let last = lines.pop();
    let last = last.as_deref().map(|last| last.trim_end_matches('.'));
    let mut drawn: String =
        lines.iter().map(|line| text::hanging(line, 2, story.columns)).collect();
    let whole =
        format!("  {}: {command}\n", last.map_or(else_when.to_owned(), |l| format!("{l}, then")));
    match last {
        Some(last) if text::width(whole.trim_end()) > story.columns => {
            drawn.push_str(&text::hanging(&format!("{last},"), 2, story.columns));
            drawn + &format!("  then: {command}\n")
        }
        Some(_) | None => drawn + &whole,
    }
}

fn go_on(run: &Outcome, story: &Story) -> String {
    next(
        story,
        &[
            ("Go on with it", format!("resume {}", run.run)),
            ("Give it up", format!("abandon {}", run.run)),
        ],
    )
}

fn capital(line: &str) -> String {
    let mut rest = line.chars();
    rest.next().map_or_else(String::new, |first| first.to_uppercase().chain(rest).collect())
}
