//! `cutover credentials burn`: replaces what is in use now, and revokes it and all that is still owed
//! of the credential at once. The proofs come first, as ever.

use std::path::PathBuf;
use std::sync::Arc;

use cutover_engine::check::Checked;
use cutover_engine::event::{Claimed, Trigger, TriggerKind};
use cutover_engine::execute::execute;
use cutover_engine::run::Outcome;
use cutover_engine::value::Map;
use cutover_host::journal::{Credential, DebtFilter, Journal};
use serde_json::{Value as Json, json};

use super::{credentials, debts, plan};
use crate::drive::{self, Driver, Way};
use crate::ending::{self, About};
use crate::exit::{Exit, Problem};
use crate::household::Household;
use crate::plugins::Shelf;
use crate::progress::Progress;
use crate::render::paying;
use crate::render::value::short_id;
use crate::session::Session;
use crate::typed::quoted;
use crate::workplace::Workplace;
use crate::{assemble, document, inputs, prompt, recorded, secrets, state};

/// Burns a credential.
///
/// # Errors
/// Where it is not known, its workflow is not right any more, or the edge failed.
pub(crate) fn run(name: &str, yes: bool, session: &Session) -> anyhow::Result<Exit> {
    let journal = state::open(session)?;
    let (journal, known) = known(name, journal, session)?;
    let history = state::events(&journal, &known.run, session)?;
    let claimed = recorded::claimed(&history).filter(|claimed| !claimed.file.is_empty());
    let claimed = claimed.ok_or_else(|| nobody_knows(&known))?;
    let shelf = Shelf::new(session);
    let (checked, given) = again(claimed, name, &shelf, session)?;
    if !yes && !agreed(&known, &journal, session)? {
        return Ok(Exit::Done);
    }
    drop(journal);
    let (outcome, exit) = replace(&checked, given, &claimed.file, &shelf, session)?;
    let rest = if exit == Exit::Done { revoke(name, session)? } else { (Vec::new(), Exit::Done) };
    if !session.out.is_human() {
        let run = crate::render::json::outcome(&outcome);
        session.out.json(&json!({ "run": run, "debts": rest.0 }))?;
    }
    Ok([exit, rest.1].into_iter().max_by_key(|exit| exit.weight()).unwrap_or(exit))
}

fn known(
    name: &str,
    journal: Option<Journal>,
    session: &Session,
) -> Result<(Journal, Credential), Problem> {
    let problem = |error| state::problem(&error, session);
    let Some(journal) = journal else {
        return Err(credentials::not_known(name, std::iter::empty(), session));
    };
    let all = journal.credentials().map_err(problem)?;
    match all.iter().find(|known| known.name == name).cloned() {
        Some(known) => Ok((journal, known)),
        None => {
            let names = all.iter().map(|known| known.name.as_str());
            Err(credentials::not_known(name, names, session))
        }
    }
}

fn nobody_knows(known: &Credential) -> Problem {
    Problem::wrong(format!("no run tells by which workflow {} is replaced", known.name))
        .help("It was adopted: run its workflow once, and burn it then.")
}

/// Reads and checks the workflow file of the run that made it once more.
fn again(
    claimed: &Claimed,
    name: &str,
    shelf: &Shelf,
    session: &Session,
) -> anyhow::Result<(Arc<Checked>, Map)> {
    let file = PathBuf::from(&claimed.file);
    let (_, checked) = document::load_to_run(&file, shelf, session)?;
    let given = recorded::given_again(&claimed.inputs, checked.workflow());
    let planned = plan::planned(&checked, &given)?;
    let of = planned.credential().map(|credential| credential.name.as_str());
    let workflow = checked.workflow().name.value.as_str();
    if of != Some(name) || workflow != claimed.workflow {
        let file = file.display();
        let problem = Problem::wrong(format!("`{file}` is not the workflow of {name} any more"));
        return Err(problem.help("Put it back where it was, or run the new one.").into());
    }
    Ok((checked, given))
}

fn agreed(known: &Credential, journal: &Journal, session: &Session) -> anyhow::Result<bool> {
    if !prompt::is_possible() {
        let again = format!("credentials burn {} --yes", quoted(&known.name));
        return Err(Problem::wrong("what is in use is revoked at once, and nobody says yes")
            .next("Say it beforehand", session.typed().command(&again))
            .into());
    }
    let filter = DebtFilter { credential: Some(&known.name), settled: false };
    let owed = journal.debts(filter).map_err(|error| state::problem(&error, session))?;
    let more = match owed.len() {
        0 => String::new(),
        owed => format!(" and {owed} more that are owed"),
    };
    let id = short_id(&known.identity.id);
    let name = &known.name;
    let question = format!("Replace {id} of {name} now, and revoke it{more} at once?");
    let yes = prompt::confirm(&session.out, &question)?;
    if !yes {
        session.out.complain("nothing was done\n");
    }
    Ok(yes)
}

/// Runs the workflow without an overlap.
fn replace(
    checked: &Arc<Checked>,
    mut given: Map,
    file: &str,
    shelf: &Shelf,
    session: &Session,
) -> anyhow::Result<(Outcome, Exit)> {
    let progress = Arc::new(Progress::new(Arc::clone(&session.out)));
    let host = assemble::host(session, Some(&progress))?;
    let mut driver = Driver::new(&progress, session)?;
    let secrets = secrets::resolve(&checked.workflow().inputs, &host, &session.out);
    given.extend(driver.block_on(secrets).map_err(Problem::from)?);
    let plan = plan::planned(checked, &given)?;
    let run = driver.block_on(host.new_run_id());
    let run = run.map_err(|error| state::problem(&error, session))?;
    driver.block_on(shelf.keep(&host, session))?;
    drive::begin(&plan, &run, &[], &progress);
    let trigger = Some(Trigger { by: TriggerKind::Burn, at: state::now() });
    let way = Way { run: &run, file, trigger, ..Way::default() };
    let home = Household::new(&host, &progress, session);
    let ended = driver.drive(&way, async |drive| execute(&plan, &[], &home, drive).await);
    let told = progress.finish(state::now());
    let outcome = ended.map_err(|error| ending::stopped(&error, &run, &told, session))?;
    let exit = crate::render::outcome::exit(&outcome);
    if session.out.is_human() {
        let again = session.typed().command(&inputs::words_again(file, &plan));
        ending::report(&outcome, &plan, About { told, again, state_is_new: false }, session)?;
    }
    Ok((outcome, exit))
}

/// Pays all that is still owed of the credential, whatever its time.
fn revoke(name: &str, session: &Session) -> anyhow::Result<(Vec<Json>, Exit)> {
    let Some(mut place) = Workplace::open(session)? else { return Ok((Vec::new(), Exit::Done)) };
    let owing = place.journal.owing().map_err(|error| state::problem(&error, session))?;
    let of_it: Vec<_> = owing.iter().filter(|one| one.debt.credential == name).collect();
    let (now, typed) = (state::now(), session.typed());
    let (mut told, mut worst) = (Vec::new(), Exit::Done);
    for (run, open) in debts::by_run(&of_it) {
        for attempt in debts::pay_of(&mut place, &run, &open, true) {
            let exit = paying::exit(&attempt);
            worst = [worst, exit].into_iter().max_by_key(|exit| exit.weight()).unwrap_or(exit);
            if session.out.is_human() {
                let line = paying::line(&attempt, now, &typed);
                if exit == Exit::Done {
                    session.out.talk(&line)
                } else {
                    session.out.complain(&line)
                }
            }
            told.push(paying::json(&attempt));
        }
    }
    Ok((told, worst))
}
