//! How `run`, `resume` and `abandon` end: the last lines or the one object, and the exit code.

use cutover_engine::event::Status;
use cutover_engine::execute::ExecuteError;
use cutover_engine::host::HostError;
use cutover_engine::plan::Plan;
use cutover_engine::run::Outcome;

use crate::args::Output;
use crate::exit::{Exit, Problem};
use crate::out::Out;
use crate::progress::Told;
use crate::render::json;
use crate::render::outcome::{self, Story};
use crate::session::Session;
use crate::{state, text};

/// What the last lines tell beside the outcome and the plan.
pub(crate) struct About {
    /// What the events told.
    pub(crate) told: Told,
    /// The command that runs it again, whole.
    pub(crate) again: String,
    /// Whether this call had to make the state.
    pub(crate) state_is_new: bool,
}

/// Tells how a run stands, and returns how the command ends.
///
/// # Errors
/// Where standard output cannot be written.
pub(crate) fn report(
    run: &Outcome,
    plan: &Plan,
    about: About,
    session: &Session,
) -> anyhow::Result<Exit> {
    let now = state::now();
    match session.out.form {
        Output::Json if session.out.breaks_json() => session.out.json(&json::outcome(run))?,
        Output::Json => session.out.pieces(json::outcome_in_pieces(run))?,
        Output::Jsonl => {}
        Output::Human => {
            let story = Story {
                credential: plan.credential().map(|credential| credential.name.clone()),
                promoted: about.told.promoted,
                seen: about.told.seen,
                columns: session.out.columns(),
                took: about.told.began.map(|began| now.since(began)).unwrap_or_default(),
                again: about.again,
                typed: session.typed(),
                state: session.shown(&session.state()),
                state_is_new: about.state_is_new,
            };
            let text = outcome::drawing(run, &story, now);
            let text = text::fitted(&text, session.out.columns());
            let say = if run.status == Status::Succeeded { Out::talk } else { Out::complain };
            let between = if about.told.bare { "" } else { "\n" };
            say(&session.out, &format!("{between}{text}"));
        }
    }
    Ok(outcome::exit(run))
}

/// Returns what stopped a run, with what to type where it had begun.
pub(crate) fn stopped(error: &ExecuteError, run: &str, told: &Told, session: &Session) -> Problem {
    let problem = match error {
        ExecuteError::Host(error) => state::problem(error, session),
        ExecuteError::Refused { message, help, exit } => {
            let exit = if *exit == Exit::Wrong.code() { Exit::Wrong } else { Exit::Stuck };
            Problem::new(exit, message.clone()).help(help.clone())
        }
    };
    let typed = session.typed();
    let is_taken = matches!(error, ExecuteError::Host(HostError::Taken { .. }));
    match told.began {
        Some(_) if problem.exit == Exit::Edge && !is_taken => problem
            .help(format!("Run {run} stopped where it was."))
            .next("Go on with it", typed.command(&format!("resume {run}")))
            .next("What happened", typed.command(&format!("runs show {run}"))),
        Some(_) | None => problem,
    }
}
