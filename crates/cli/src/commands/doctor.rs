//! `cutover doctor`: which promises hold here, what is damaged, what is left over, what to do.

use cutover_engine::host::Host;
use cutover_host::doctor::{Damage, Findings, accept_lost_tail, examine};
use serde_json::json;

use crate::args::DoctorArgs;
use crate::assemble;
use crate::exit::{Exit, Problem};
use crate::prompt;
use crate::render::doctor::{self, Fact, Shown};
use crate::session::Session;
use crate::state;

/// Looks at everything and says it.
///
/// # Errors
/// Where secrets would not be safe in this process, or a lost tail cannot be accepted.
pub(crate) fn run(args: &DoctorArgs, session: &Session) -> anyhow::Result<Exit> {
    let host = assemble::host(session, None)?;
    let found = examine(&host);
    let typed = session.typed();
    let shown = Shown { path: &|path| session.shown(path), typed: &typed };
    let facts = doctor::facts(&found, &shown);
    show(&facts, &found, session)?;
    if args.accept_lost_tail {
        return accept(args, &found, &host, session);
    }
    Ok(doctor::exit(&facts))
}

fn show(facts: &[Fact], found: &Findings, session: &Session) -> anyhow::Result<()> {
    let state = session.state();
    if !session.out.is_human() {
        let facts = doctor::json(facts);
        let state = state.display().to_string();
        session.out.json(&json!({ "state": state, "there": found.state, "facts": facts }))?;
        return Ok(());
    }
    let there = if found.state { "" } else { "   (not there yet: a run makes it)" };
    let head = format!("state   {}{there}\n\n", session.shown(&state));
    let drawn = doctor::drawing(facts, session.out.columns());
    session.out.data(&format!("{head}{drawn}\n{}\n", doctor::summary(facts)))?;
    Ok(())
}

fn accept(
    args: &DoctorArgs,
    found: &Findings,
    host: &cutover_host::LocalHost,
    session: &Session,
) -> anyhow::Result<Exit> {
    let damage = found.damage.as_ref().map_or(&[][..], |whole| &whole.damage);
    if !damage.iter().any(|damage| matches!(damage, Damage::Tail(_))) {
        return Err(
            Problem::wrong("this state has lost no tail: there is nothing to accept").into()
        );
    }
    if !args.yes {
        if !prompt::is_possible() {
            let again = session.typed().command("doctor --accept-lost-tail --yes");
            return Err(Problem::wrong("what is lost stays lost, and nobody is here to say yes")
                .help(format!("Say it beforehand: {again}"))
                .into());
        }
        let question = "\nCreate and revoke again, without what is lost?";
        if !prompt::confirm(&session.out, question)? {
            session.out.complain("nothing was changed\n");
            return Ok(Exit::Stuck);
        }
    }
    accept_lost_tail(host).map_err(|error| state::problem(&error, session))?;
    session.out.talk(&format!(
        "accepted at {}: creates and revokes go on with what the state holds now\n",
        host.now()
    ));
    Ok(Exit::Done)
}
