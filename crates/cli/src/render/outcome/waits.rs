//! The last lines of a run that goes on later: interrupted, parked.

use cutover_engine::run::{Outcome, StepStatus};

use super::{Story, left, next};
use crate::render::next::commands;
use crate::render::parks::Kind;
use crate::style::Paint;
use crate::text::tame;

/// A run that an interrupt stopped.
pub(super) fn interrupted(run: &Outcome, story: &Story) -> String {
    let head = format!("interrupted: run {} stopped, and nothing new was begun.", run.run);
    let next = next(
        story,
        &[
            ("Go on with it", format!("resume {}", run.run)),
            ("Give it up", format!("abandon {}", run.run)),
        ],
    );
    format!("{}\n{}{next}", Paint::Warn.on(&head), left(run, story))
}

/// A run that waits for a time or a person.
pub(super) fn parked(run: &Outcome, story: &Story) -> String {
    let waiting = story.seen.waiting();
    if waiting.is_empty() {
        return parked_somewhere(run, story);
    }
    let mut drawn = String::new();
    let abandon = story.typed.command(&format!("abandon {}", run.run));
    let give_up = ("Give it up".to_owned(), abandon);
    for park in &waiting {
        let head = format!("{} run {} {}.", Paint::Warn.on("parked:"), run.run, park.words());
        drawn.push_str(&format!("{head}\n"));
        // Of a lost write the head says what is asked.
        let asks = match park.kind {
            Kind::Time | Kind::Word | Kind::Look => park.ask.as_deref().unwrap_or_default(),
            Kind::Lost | Kind::LostCreate => "",
        };
        let ask = asks.lines().filter(|line| !line.is_empty());
        drawn.extend(ask.map(|line| format!("  {}\n", tame(line))));
        let mut all = park.next(&run.run, &story.typed);
        if let [_] = waiting.as_slice() {
            all.push(give_up.clone());
        }
        drawn.push_str(&commands(&all, 2, story.columns));
    }
    match waiting.as_slice() {
        [_] => drawn,
        _ => drawn + &commands(&[give_up], 2, story.columns),
    }
}

/// What its events did not tell, its steps do.
fn parked_somewhere(run: &Outcome, story: &Story) -> String {
    let steps = run.steps.iter().filter(|step| step.status == StepStatus::Parked);
    let steps: Vec<String> = steps.map(|step| format!("`{}`", step.id)).collect();
    let head =
        format!("{} run {} waits in {}.", Paint::Warn.on("parked:"), run.run, steps.join(", "));
    let all = [
        ("Go on with it", format!("resume {}", run.run)),
        ("Give it up", format!("abandon {}", run.run)),
    ];
    format!("{head}\n{}", next(story, &all))
}
