//! `cutover doctor`: which promises hold here, what is damaged, what is left over, what to do.

use std::path::Path;

use cutover_host::LocalHost;
use cutover_host::doctor::{Damage, Findings, accept_lost_tail, examine, rebuild_tables};
use serde_json::json;

use super::credentials;
use crate::args::DoctorArgs;
use crate::assemble;
use crate::exit::{Exit, Problem};
use crate::prompt;
use crate::render::credentials as picture;
use crate::render::doctor::{self, Fact, Shown};
use crate::session::Session;
use crate::state;
use crate::text::tame;

/// Looks at everything and says it.
///
/// # Errors
/// Where secrets would not be safe in this process, or a lost tail cannot be accepted.
pub(crate) fn run(args: &DoctorArgs, session: &Session) -> anyhow::Result<Exit> {
    let host = assemble::host(session, None)?;
    if args.rebuild_tables {
        rebuild_tables(&host).map_err(|error| state::problem(&error, session))?;
        session.out.talk("the tables are made anew from the events\n");
    }
    let found = examine(&host);
    let typed = session.typed();
    let path = |path: &Path| match session.shown(path) {
        here if here.is_empty() => ".".to_owned(),
        path => path,
    };
    let shown = Shown { path: &path, typed: &typed };
    let facts = doctor::facts(&found, &shown);
    show(&facts, &found, session)?;
    let has_lost = has_lost_tail(&found);
    // Where all is gone, nothing tells whom to ask: its fact says so.
    let all_seen = !has_lost || (!is_gone(&found) && show_providers(session)?);
    if args.accept_lost_tail {
        if !has_lost {
            let none = "this state has lost no tail: there is nothing to accept";
            return Err(Problem::wrong(none).into());
        }
        return accept(args, all_seen, (&host, &found), session);
    }
    Ok(doctor::exit(&facts))
}

fn has_lost_tail(found: &Findings) -> bool {
    let damage = found.damage.as_ref().map_or(&[][..], |whole| &whole.damage);
    damage.iter().any(|damage| matches!(damage, Damage::Tail(_) | Damage::Gone(_)))
}

fn is_gone(found: &Findings) -> bool {
    let damage = found.damage.as_ref().map_or(&[][..], |whole| &whole.damage);
    damage.iter().any(|damage| matches!(damage, Damage::Gone(_)))
}

/// Shows what the providers hold, so that what the state has forgotten can be seen, and says whether
/// all of them were asked.
fn show_providers(session: &Session) -> anyhow::Result<bool> {
    let Some(journal) = state::open(session)? else { return Ok(false) };
    let beside = credentials::beside(&journal, session)?;
    let drawn = picture::found_lines(&beside, state::now(), session.out.columns());
    let mut told = format!("\nWhat the providers list as live\n{drawn}");
    for (what, why) in &beside.unanswered {
        told.push_str(&format!("  not listed: {what}: {}\n", tame(why)));
    }
    session.out.complain(&told);
    Ok(beside.unanswered.is_empty())
}

fn show(facts: &[Fact], found: &Findings, session: &Session) -> anyhow::Result<()> {
    let state = session.state();
    if !session.out.is_human() {
        let facts = doctor::json(facts);
        let state = state.display().to_string();
        session.out.json(&json!({ "state": state, "there": found.state, "facts": facts }))?;
        return Ok(());
    }
    let there = match found.state {
        true => "",
        false if is_gone(found) => "   (gone)",
        false => "   (not there yet: a run makes it)",
    };
    let head = format!("state   {}{there}\n\n", session.shown(&state));
    let drawn = doctor::drawing(facts, session.out.columns());
    session.out.data(&format!("{head}{drawn}\n{}\n", doctor::summary(facts)))?;
    Ok(())
}

fn accept(
    args: &DoctorArgs,
    all_seen: bool,
    (host, found): (&LocalHost, &Findings),
    session: &Session,
) -> anyhow::Result<Exit> {
    if !args.yes {
        if !prompt::is_possible() {
            let again = session.typed().command("doctor --accept-lost-tail --yes");
            return Err(Problem::wrong("what is lost stays lost, and nobody is here to say yes")
                .help(format!("Say it beforehand: {again}"))
                .into());
        }
        let question = match all_seen {
            false if is_gone(found) => "\nCreate and revoke again, with an empty state?",
            true => "\nCreate and revoke again, without what is lost?",
            false => "\nNot every provider was seen. Create and revoke again all the same?",
        };
        if !prompt::confirm(&session.out, question)? {
            session.out.complain("nothing was changed\n");
            return Ok(Exit::Stuck);
        }
    }
    accept_lost_tail(host).map_err(|error| state::problem(&error, session))?;
    let adopt = session.typed().command("credentials adopt NAME --id ID");
    session.out.talk(&format!(
        "accepted: creates and revokes go on with what the state holds now\n  \
         What is in use and is not known any more: {adopt}\n"
    ));
    Ok(Exit::Done)
}
