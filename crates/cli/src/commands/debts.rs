//! `cutover debts`: the revocations that are owed; paid, or forgiven.

use std::collections::BTreeSet;

use cutover_engine::diagnostic::nearest;
use cutover_engine::event::Debt;
use cutover_engine::execute::Order;
use cutover_host::journal::{DebtFilter, Journal, Owing};
use serde_json::json;

use crate::args::DebtsCommand;
use crate::exit::{Exit, Problem};
use crate::prompt;
use crate::render::json::debt as debt_json;
use crate::render::lists;
use crate::render::paying::{self, Attempt};
use crate::render::value::short_id;
use crate::session::Session;
use crate::state;
use crate::workplace::Workplace;

/// Lists the debts that are open, pays or forgives some.
///
/// # Errors
/// Where the state cannot be read, or there is no such debt.
pub(crate) fn run(command: Option<DebtsCommand>, session: &Session) -> anyhow::Result<Exit> {
    match command {
        None | Some(DebtsCommand::List) => list(session),
        Some(DebtsCommand::Pay { debts, all }) => pay(&debts, all, session),
        Some(DebtsCommand::Forgive { debt, reason, yes }) => forgive(&debt, &reason, yes, session),
    }
}

fn list(session: &Session) -> anyhow::Result<Exit> {
    let read = |journal: Journal| {
        Ok((journal.debts(DebtFilter::default())?, journal.changed_credentials()?))
    };
    let read = state::open(session)?.map(read).transpose();
    let read = read.map_err(|error| state::problem(&error, session))?;
    let (debts, changed) = read.unwrap_or_default();
    if session.out.is_human() {
        session.out.data(&lists::debts(&debts, &changed, state::now(), session.out.columns()))?;
    } else {
        session.out.json(&lists::debts_json(&debts, &changed))?;
    }
    Ok(state::tell_damaged(changed.into_iter(), session))
}

fn pay(named: &[String], all: bool, session: &Session) -> anyhow::Result<Exit> {
    let mut place = Workplace::open(session)?;
    let owing = place.as_ref().map(|place| owing(place)).transpose()?.unwrap_or_default();
    let now = state::now();
    let chosen: Vec<&Owing> = match named {
        [] => owing.iter().filter(|one| all || one.due.is_some_and(|due| due <= now)).collect(),
        ids => {
            let named = ids.iter().map(|id| Ok(find(id, &owing)?.debt.id.as_str()));
            let named = named.collect::<Result<BTreeSet<_>, Problem>>()?;
            owing.iter().filter(|one| named.contains(one.debt.id.as_str())).collect()
        }
    };
    let (Some(place), false) = (&mut place, chosen.is_empty()) else {
        return nothing(&owing, session);
    };
    let mut attempts = Vec::new();
    for (run, debts) in by_run(&chosen) {
        attempts.extend(pay_of(place, &run, &debts, all || !named.is_empty()));
    }
    if session.out.is_human() {
        for attempt in &attempts {
            let line = paying::line(attempt, now, &session.typed());
            let good = paying::exit(attempt) == Exit::Done;
            if good { session.out.talk(&line) } else { session.out.complain(&line) }
        }
    } else {
        let debts: Vec<_> = attempts.iter().map(paying::json).collect();
        session.out.json(&json!({ "debts": debts }))?;
    }
    Ok(attempts.iter().map(paying::exit).max_by_key(|exit| exit.weight()).unwrap_or(Exit::Done))
}

/// Pays some debts of one run, and returns what became of each.
pub(crate) fn pay_of(
    place: &mut Workplace<'_>,
    run: &str,
    debts: &[Debt],
    early: bool,
) -> Vec<Attempt> {
    let ids: Vec<String> = debts.iter().map(|debt| debt.id.clone()).collect();
    let paid = place.pay(run, &Order { debts: Some(&ids), early });
    let of = |debt: &Debt| match &paid {
        Ok(after) => {
            let after = after.iter().find(|after| after.id == debt.id).unwrap_or(debt);
            Attempt { debt: after.clone(), stopped: None }
        }
        Err(stopped) => Attempt { debt: debt.clone(), stopped: Some(stopped.clone()) },
    };
    debts.iter().map(of).collect()
}

/// Puts debts that follow each other together where one run owes them. Their order stays: the one
/// that falls due first is paid first.
pub(crate) fn by_run(owing: &[&Owing]) -> Vec<(String, Vec<Debt>)> {
    let of_one_run = owing.chunk_by(|a, b| a.debt.run == b.debt.run);
    let debts = |chunk: &[&Owing]| chunk.iter().map(|one| one.debt.clone()).collect();
    of_one_run.map(|chunk| (chunk[0].debt.run.clone(), debts(chunk))).collect()
}

fn nothing(owing: &[Owing], session: &Session) -> anyhow::Result<Exit> {
    if !session.out.is_human() {
        session.out.json(&json!({ "debts": [] }))?;
        return Ok(Exit::Done);
    }
    let line = match owing.iter().find_map(|one| Some((&one.debt, one.due?))) {
        None if owing.is_empty() => "nothing is owed\n".to_owned(),
        None => "nothing is due: what is owed waits for something\n".to_owned(),
        Some((debt, due)) => paying::next_one(debt, due, &session.typed()),
    };
    session.out.talk(&line);
    Ok(Exit::Done)
}

fn forgive(id: &str, reason: &str, yes: bool, session: &Session) -> anyhow::Result<Exit> {
    let mut place = Workplace::open(session)?;
    let owing = place.as_ref().map(|place| owing(place)).transpose()?.unwrap_or_default();
    let debt = find(id, &owing)?.debt.clone();
    let place = place.as_mut().expect("a debt was found in its state");
    if !yes {
        if !prompt::is_possible() {
            let again = format!("debts forgive {} --reason .. --yes", debt.id);
            return Err(Problem::wrong("what is forgiven is never revoked, and nobody says yes")
                .next("Say it beforehand", session.typed().command(&again))
                .into());
        }
        let target = short_id(&debt.target);
        let question = format!("{target} of {} would stay valid. Forgive it?", debt.credential);
        if !prompt::confirm(&session.out, &question)? {
            session.out.complain("nothing was changed\n");
            return Ok(Exit::Done);
        }
    }
    place.forgive(&debt.run, &debt.id, reason).map_err(|stopped| stopped.problem)?;
    if session.out.is_human() {
        let target = short_id(&debt.target);
        session.out.talk(&format!("forgiven   {}   {target} is not revoked: {reason}\n", debt.id));
    } else {
        let mut shown = debt_json(&debt);
        shown["state"] = "forgiven".into();
        shown["reason"] = reason.into();
        session.out.json(&json!({ "debts": [shown] }))?;
    }
    Ok(Exit::Done)
}

fn owing(place: &Workplace<'_>) -> Result<Vec<Owing>, Problem> {
    place.journal.owing().map_err(|error| state::problem(&error, place.session))
}

/// Finds a debt by its id, or by the beginning of it.
fn find<'a>(id: &str, owing: &'a [Owing]) -> Result<&'a Owing, Problem> {
    if let Some(whole) = owing.iter().find(|one| one.debt.id == id) {
        return Ok(whole);
    }
    let mut like = owing.iter().filter(|one| one.debt.id.starts_with(id));
    match (like.next(), like.next()) {
        (Some(one), None) => Ok(one),
        (Some(_), Some(_)) => {
            Err(Problem::wrong(format!("`{id}` is the beginning of more than one debt")))
        }
        (None, _) => {
            let help = match nearest(id, owing.iter().map(|one| one.debt.id.as_str())) {
                Some(near) => format!("Did you mean `{near}`?"),
                None => "All that are open: cutover debts".to_owned(),
            };
            Err(Problem::wrong(format!("no debt `{id}` is open")).help(help))
        }
    }
}
