//! The judge: what is wrong in a world, seen from the provider and from the state.

use std::collections::BTreeSet;

use cutover_engine::event::Status;
use cutover_engine::run::Outcome;
use cutover_sandbox::Minted;

use super::take::Take;
use super::{Script, listed};
use crate::exit::Problem;
use crate::render::json::status;
use crate::render::value::short_id;

/// What the run without a crash left: what every other one is held against.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Clean {
    /// How it ended.
    status: Status,
    /// How many new tokens live after it.
    made: usize,
    /// The tokens from before it that live after it, by what they are described as: each world has
    /// ids of its own.
    kept: BTreeSet<String>,
}

/// Returns what is wrong at this very moment: who is locked out.
///
/// # Errors
/// Where the world cannot be read.
pub(crate) fn now(take: &Take) -> Result<Vec<String>, Problem> {
    let profiles = take.world.profiles().map_err(|error| unreadable(&error))?;
    let locked_out = profiles.into_iter().filter(|(_, id)| id.is_none());
    let line = |(name, _)| format!("lock-out: profile {name} holds a token that is let in no more");
    Ok(locked_out.map(line).collect())
}

/// Remembers what the run without a crash left.
///
/// # Errors
/// Where the world cannot be read.
pub(crate) fn clean(script: &Script, take: &Take, outcome: &Outcome) -> Result<Clean, Problem> {
    let tokens = tokens(script, take)?;
    let (kept, made): (Vec<Minted>, Vec<Minted>) =
        tokens.into_iter().filter(|token| token.live).partition(|token| is_old(take, token));
    let kept = kept.into_iter().map(|token| token.description).collect();
    Ok(Clean { status: outcome.status, made: made.len(), kept })
}

/// Returns what is wrong when all is over: orphans, doubles, what was forgotten or revoked early.
///
/// # Errors
/// Where the world or the state cannot be read.
pub(crate) fn end(
    script: &Script,
    take: &Take,
    outcome: &Outcome,
    clean: &Clean,
) -> Result<Vec<String>, Problem> {
    let mut faults = Vec::new();
    if outcome.status != clean.status {
        let (is, should) = (status(outcome.status), status(clean.status));
        faults.push(format!("it ended as {is}, and without a crash as {should}"));
    }
    let current = take.read(|journal| {
        let known = journal.credentials()?;
        Ok(known.into_iter().map(|known| known.identity.id).collect::<BTreeSet<_>>())
    })?;
    let live: Vec<Minted> = tokens(script, take)?.into_iter().filter(|token| token.live).collect();
    let (kept, made): (Vec<&Minted>, Vec<&Minted>) =
        live.iter().partition(|token| is_old(take, token));
    for token in made.iter().filter(|token| !current.is_empty() && !current.contains(&token.id)) {
        faults.push(format!(
            "an orphan: {} is live and not in use ({})",
            named(token),
            marked(token)
        ));
    }
    if made.len() != clean.made {
        let (is, should) = (made.len(), clean.made);
        faults.push(format!("{is} new tokens are live, and {should} without a crash"));
    }
    for id in &current {
        if !live.iter().any(|token| token.id == *id) {
            faults.push(format!("the state calls {} current, and it is not live", short_id(id)));
        }
    }
    let kept: BTreeSet<String> = kept.into_iter().map(|token| token.description.clone()).collect();
    for token in kept.difference(&clean.kept) {
        faults.push(format!("forgotten: `{token}` is live, and without a crash it is revoked"));
    }
    for token in clean.kept.difference(&kept) {
        faults.push(format!("`{token}` was revoked, and without a crash it lives on"));
    }
    faults.extend(now(take)?);
    Ok(faults)
}

fn tokens(script: &Script, take: &Take) -> Result<Vec<Minted>, Problem> {
    let mut all = take.world.tokens().map_err(|error| unreadable(&error))?;
    all.extend(listed::tokens(script, take)?);
    Ok(all)
}

fn is_old(take: &Take, token: &Minted) -> bool {
    take.before.iter().any(|old| old.id == token.id)
}

fn named(token: &Minted) -> String {
    format!("{} {}", short_id(&token.id), token.prefix)
}

fn marked(token: &Minted) -> String {
    let marker = token.description.split_whitespace().find(|word| word.starts_with("cutover-"));
    marker.map_or_else(|| "without a marker".to_owned(), |marker| format!("marked {marker}"))
}

fn unreadable(error: &std::io::Error) -> Problem {
    Problem::edge(format!("the world of a rehearsal cannot be read: {error}"))
}
