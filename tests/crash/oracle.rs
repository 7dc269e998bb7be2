//! The judge: what must hold at once after a crash, and what must hold once all is over. It asks
//! the cloud, the places and the state, and believes none of them alone.

use std::collections::BTreeSet;
use std::fs;

use cutover_engine::event::{Debt, DebtState, Event};
use cutover_host::journal::DebtFilter;
use cutover_sandbox::Minted;

use crate::place::Place;

/// What a judgement is: nothing, or what is wrong.
pub(crate) type Judged = Result<(), String>;

/// Nobody is locked out: what each place holds is let in. So at every instant.
pub(crate) fn nobody_is_locked_out(place: &Place) -> Judged {
    bystander(place)?;
    users(place).map(drop)
}

/// What a process that ended by itself made is known to the state, or was taken back: nothing that
/// lives was made without a word of it in the journal.
pub(crate) fn everything_made_is_recorded(place: &Place, before: &[Minted]) -> Judged {
    let recorded = recorded_ids(place)?;
    let live = tokens(place)?.into_iter().filter(|token| token.live);
    let unknown = live
        .filter(|token| before.iter().all(|known| known.id != token.id))
        .find(|token| !recorded.contains(&token.id));
    unknown.map_or(Ok(()), |token| {
        Err(format!("{} ({}) lives, and the journal does not know it", token.id, token.description))
    })
}

/// All is over: one credential is in use, and everybody means that one; nothing else lives but what
/// is owed, nothing is left lying about.
pub(crate) fn all_is_well(place: &Place, debts_are_due: bool) -> Judged {
    let users = users(place)?;
    let (who, used) = users.first().ok_or("nobody holds anything")?;
    if let Some((other, held)) = users.iter().find(|(_, held)| held != used) {
        return Err(format!("{who} holds {used}, {other} holds {held}"));
    }
    let journal = place.journal()?.ok_or("there is no state")?;
    let current = journal.credential(place.credential()).map_err(|error| error.to_string())?;
    let current = current.ok_or("the state knows no current credential")?.identity.id;
    if current != *used {
        return Err(format!("{who} holds {used}, the state calls {current} current"));
    }
    let debts = journal.debts(DebtFilter::default()).map_err(|error| error.to_string())?;
    let owed = owed(&debts);
    if debts_are_due && !owed.is_empty() {
        return Err(format!("after their time these are owed still: {owed:?}"));
    }
    let live = live(place)?;
    let mut expected = owed;
    expected.extend(bystander(place)?.into_iter().chain([used.clone()]));
    let paying = paying(&debts);
    let more: Vec<_> = live.difference(&expected).collect();
    let less: Vec<_> = expected.difference(&live).filter(|id| !paying.contains(*id)).collect();
    if !more.is_empty() || !less.is_empty() {
        return Err(format!("lives, and nobody knows: {more:?}; is known, and dead: {less:?}"));
    }
    everyone_has_ended(place)?;
    // Whoever opens the state next takes away what an ended process could not.
    if debts_are_due { nothing_lies_about(place) } else { Ok(()) }
}

fn everyone_has_ended(place: &Place) -> Judged {
    let journal = place.journal()?.ok_or("there is no state")?;
    for run in place.runs()? {
        journal.events(&run.run).map_err(|error| error.to_string())?;
        if run.is_unfinished() {
            return Err(format!("run {} is not over: {:?}", run.run, run.status));
        }
    }
    Ok(())
}

fn nothing_lies_about(place: &Place) -> Judged {
    if place.acme().is_some() {
        return Ok(());
    }
    let folder = place.world().config();
    let folder = folder.parent().ok_or("it is in a folder")?;
    let entries = fs::read_dir(folder).map_err(|error| error.to_string())?;
    let names = entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned());
    let ours: Vec<String> =
        names.filter(|name| name != "config.toml" && name != "ci.token").collect();
    if ours.is_empty() { Ok(()) } else { Err(format!("left beside the places: {ours:?}")) }
}

fn owed(debts: &[Debt]) -> BTreeSet<String> {
    let open = debts.iter().filter(|debt| match debt.state {
        DebtState::Held | DebtState::Owed | DebtState::Paying => true,
        DebtState::Paid | DebtState::Cancelled | DebtState::Forgiven => false,
    });
    open.map(|debt| debt.target.clone()).collect()
}

/// What is being revoked may be gone already.
fn paying(debts: &[Debt]) -> BTreeSet<String> {
    let paying = debts.iter().filter(|debt| debt.state == DebtState::Paying);
    paying.map(|debt| debt.target.clone()).collect()
}

/// Returns the ids of what the journal knows to be made.
fn recorded_ids(place: &Place) -> Result<BTreeSet<String>, String> {
    let Some(journal) = place.journal()? else { return Ok(BTreeSet::new()) };
    let mut known = BTreeSet::new();
    for run in place.runs()? {
        for entry in journal.events(&run.run).map_err(|error| error.to_string())? {
            if let Event::Succeeded { outputs, .. } | Event::Found { outputs, .. } = entry.event {
                known.extend(outputs.get("id").and_then(|id| id.as_text()).map(str::to_owned));
            }
        }
    }
    Ok(known)
}

/// Returns what each holds that logs in, by its name; an error where one is locked out.
fn users(place: &Place) -> Result<Vec<(String, String)>, String> {
    if let Some(acme) = place.acme() {
        // The judge in the vault sees what is over when anybody else looks.
        return acme.wrong.first().cloned().map_or_else(|| acme.in_use(), Err);
    }
    let mut users = vec![("the profile".to_owned(), held_by(place, "ci")?)];
    users.extend(held_by_file(place)?.map(|held| ("the file".to_owned(), held)));
    Ok(users)
}

/// Returns the id of what nobody replaces, where there is such.
fn bystander(place: &Place) -> Result<Option<String>, String> {
    place.acme().map_or_else(|| held_by(place, "admin").map(Some), |_| Ok(None))
}

/// Returns the ids of everything that logs in.
fn live(place: &Place) -> Result<BTreeSet<String>, String> {
    if let Some(acme) = place.acme() {
        return Ok(acme.live().cloned().collect());
    }
    Ok(tokens(place)?.into_iter().filter(|token| token.live).map(|token| token.id).collect())
}

fn tokens(place: &Place) -> Result<Vec<Minted>, String> {
    place.world().tokens().map_err(|error| error.to_string())
}

/// Returns the id of the token that a profile holds and the cloud lets in.
fn held_by(place: &Place, profile: &str) -> Result<String, String> {
    let profiles = place.world().profiles().map_err(|error| format!("the profiles: {error}"))?;
    let found = profiles.into_iter().find(|(name, _)| name == profile);
    let (_, id) = found.ok_or_else(|| format!("profile `{profile}` is gone"))?;
    id.ok_or_else(|| format!("profile `{profile}` is locked out"))
}

/// Returns the id of the token that the file holds, none where there is no file.
fn held_by_file(place: &Place) -> Result<Option<String>, String> {
    let Ok(text) = fs::read_to_string(place.token_file()) else { return Ok(None) };
    let id = place.world().lets_in(text.trim_end()).map_err(|error| error.to_string())?;
    id.map(Some).ok_or_else(|| "who reads the file is locked out".to_owned())
}
