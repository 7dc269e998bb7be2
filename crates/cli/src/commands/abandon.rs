//! `cutover abandon`: gives an unfinished run up. It undoes nothing, says what is left in the
//! world, and frees the credential.

use cutover_host::abandon::{AbandonError, Abandoned, abandon};
use serde_json::json;

use crate::args::RunChoice;
use crate::assemble;
use crate::exit::{Exit, Problem};
use crate::render::json::debt;
use crate::render::value::short_id;
use crate::session::Session;
use crate::state::{self, Last};
use crate::style::Paint;
use crate::text::{self, tame};

/// Gives a run up.
///
/// # Errors
/// Where there is no such run, it is over, or a process still drives it.
pub(crate) fn run(choice: &RunChoice, session: &Session) -> anyhow::Result<Exit> {
    let journal = state::open(session)?;
    let run = state::find(journal.as_ref(), choice, Last::Unfinished, session)?;
    drop(journal);
    let host = assemble::host(session, None)?;
    let given_up = super::runtime()?.block_on(abandon(&host, &run.run));
    let given_up = given_up.map_err(|error| refused(&error, session))?;
    if session.out.is_human() {
        session.out.talk(&told(&given_up, session.out.columns()));
    } else {
        session.out.json(&json!({
            "run": given_up.run,
            "workflow": given_up.workflow,
            "status": "abandoned",
            "left": given_up.left.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "debts": given_up.debts.iter().map(debt).collect::<Vec<_>>(),
        }))?;
    }
    Ok(Exit::Done)
}

fn refused(error: &AbandonError, session: &Session) -> Problem {
    match error {
        AbandonError::Host(error) => state::problem(error, session),
        AbandonError::NotThere(_) => Problem::wrong(error.to_string()),
        AbandonError::Over(run) => {
            Problem::wrong(format!("run {run} is over: there is nothing to give up"))
        }
    }
}

fn told(run: &Abandoned, columns: usize) -> String {
    let head = format!("run {} is given up; nothing was undone.", run.run);
    let mut drawn = format!("{}\n", Paint::Warn.on(&head));
    if run.left.is_empty() {
        drawn.push_str("  Nothing that it made is left in the world.\n");
    } else {
        drawn.push_str("  In the world now\n");
        let left = run.left.iter().map(|left| tame(&left.to_string()));
        drawn.extend(left.map(|line| text::hanging(&line, 4, columns)));
    }
    for debt in &run.debts {
        let line = format!("  owed   revoke {}, held: nothing pays it", short_id(&debt.target));
        drawn.push_str(&format!("{}\n", Paint::Warn.on(&line)));
    }
    let free = run.credential.as_ref();
    drawn.extend(free.map(|name| format!("  {name} is free for the next run.\n")));
    drawn
}
