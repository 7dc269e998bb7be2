//! How a run begins: its locks, what stands under them, and its first event.

use sha2::{Digest, Sha256};

use crate::check::Node;
use crate::event::{Claimed, Entry, Event, Kin};
use crate::execute::journal::Journal;
use crate::execute::{Drive, ExecuteError};
use crate::host::{Claim, GivenUp, Host, HostError, Key};
use crate::plan::{Plan, login};
use crate::run::Run;
use crate::template::Path;
use crate::workflow::ForEach;

/// The version of the events' format.
const FORMAT: u32 = 1;

/// A run that holds its locks.
pub(crate) struct Begun {
    /// Its fold.
    pub(crate) run: Run,
    /// Its journal.
    pub(crate) journal: Journal,
    /// What runs made that were given up.
    pub(crate) given_up: Vec<GivenUp>,
    /// Whether it goes on with a history.
    pub(crate) goes_on: bool,
}

/// Claims a run and folds its history; without one, its first event is noted.
pub(crate) async fn claim(
    plan: &Plan,
    history: &[Entry],
    host: &dyn Host,
    drive: &Drive<'_>,
) -> Result<Begun, ExecuteError> {
    if history.is_empty() {
        refuse_cut_off(plan, host)?;
    }
    let key = plan.credential().map(|credential| Key::Credential(credential.name.clone()));
    let keys: Vec<Key> = key.into_iter().collect();
    let mut claim = host.claim(drive.run, &keys).await?;
    // What others recorded since the history was read would be done a second time.
    if claim.position.seq != history.len() as u64 {
        host.release(drive.run);
        return Err(HostError::Fenced(drive.run.to_owned()).into());
    }
    let given_up = std::mem::take(&mut claim.given_up);
    let mut run = Run::new(plan, drive.run);
    run.plant(drive.planted);
    for entry in history {
        run.apply(entry);
    }
    if let Some(defect) = run.defects().first() {
        let message = format!("the history of run {} cannot be: {defect}", drive.run);
        return Err(HostError::Damaged { message }.into());
    }
    let mut journal = Journal::new(claim.position);
    if run.claimed().is_none() {
        let refused = refuse_changed(&claim, drive);
        if let Err(error) = refused.and_then(|()| refuse_strangers(plan, &claim, drive)) {
            host.release(drive.run);
            return Err(error);
        }
        let claimed = claimed(plan, claim, host, drive);
        journal.note(&mut run, claimed.started_at, Event::Claimed(Box::new(claimed)));
    }
    Ok(Begun { run, journal, given_up, goes_on: !history.is_empty() })
}

fn claimed(plan: &Plan, claim: Claim, host: &dyn Host, drive: &Drive<'_>) -> Claimed {
    let workflow = plan.checked().workflow();
    let text = &workflow.source.text;
    Claimed {
        format: FORMAT,
        workflow: workflow.name.value.clone(),
        file: drive.file.to_owned(),
        text: text.clone(),
        digest: sha256(text),
        inputs: plan.inputs().clone(),
        started_at: host.now(),
        credential: plan.credential().map(|credential| credential.name.clone()),
        owner: plan.credential().and_then(|credential| credential.owner.clone()),
        old: claim.current,
        salt: format!("{:032x}", random(host)),
        machine: drive.machine.to_owned(),
        engine: env!("CARGO_PKG_VERSION").to_owned(),
        first: drive.first,
        trigger: drive.trigger,
        plugins: plan.checked().plugins().clone(),
        family: Kin {
            parent: host.family().and_then(|family| family.parent.map(str::to_owned)),
            files: plan.checked().files().clone(),
        },
    }
}

/// No run starts whose revoke would log in by what it ends.
fn refuse_cut_off(plan: &Plan, host: &dyn Host) -> Result<(), ExecuteError> {
    match login::cut_off(plan, host).into_iter().next() {
        None => Ok(()),
        Some(first) => {
            Err(ExecuteError::Refused { message: first.message, help: first.help, exit: 2 })
        }
    }
}

/// Under its locks the state must still be what the reviewed plan was compared with.
fn refuse_changed(claim: &Claim, drive: &Drive<'_>) -> Result<(), ExecuteError> {
    let Some(expected) = drive.expected else { return Ok(()) };
    let current = claim.current.as_ref().map(|current| current.id.as_str());
    let mut debts: Vec<&str> = claim.debts.iter().map(|debt| debt.id.as_str()).collect();
    let mut planned: Vec<&str> = expected.debts.iter().map(String::as_str).collect();
    debts.sort_unstable();
    planned.sort_unstable();
    let what = if current != expected.current.as_deref() {
        "what is in use"
    } else if debts != planned {
        "what is owed"
    } else {
        return Ok(());
    };
    Err(ExecuteError::Refused {
        message: format!("nothing ran: {what} has changed since the plan was compared"),
        help: "make a plan again, and look at it".to_owned(),
        exit: 2,
    })
}

/// A credential belongs to one workflow; and a run that would revoke what was in use has to know
/// what that is, or be told that there is nothing.
fn refuse_strangers(plan: &Plan, claim: &Claim, drive: &Drive<'_>) -> Result<(), ExecuteError> {
    let Some(credential) = plan.credential() else { return Ok(()) };
    let checked = plan.checked();
    let workflow = checked.workflow().name.value.as_str();
    let other = claim.promoted_by.as_deref().filter(|other| *other != workflow);
    if let (Some(other), Some(_)) = (other, checked.promote()) {
        return Err(ExecuteError::Refused {
            message: format!("`{}` belongs to the workflow `{other}`", credential.name),
            help: "give this workflow's credential another name".to_owned(),
            exit: 2,
        });
    }
    if claim.current.is_none() && checked.in_use().is_none() {
        refuse_unknown(plan, drive)?;
    }
    Ok(())
}

/// Refuses a run that knows nothing in use, would revoke it, and was not told that this is right.
pub(crate) fn refuse_unknown(plan: &Plan, drive: &Drive<'_>) -> Result<(), ExecuteError> {
    let checked = plan.checked();
    let Some(credential) = plan.credential() else { return Ok(()) };
    let revokes = checked.nodes().iter().any(|node| node.debt.is_some() && uses_old(node));
    if drive.first || !revokes {
        return Ok(());
    }
    let name = &credential.name;
    Err(ExecuteError::Refused {
        message: format!("nothing is known to be in use of `{name}`, and it would be revoked"),
        help: "where there is none yet, say so with `--first`; where there is one, let \
               `credential.in_use` find it"
            .to_owned(),
        exit: 2,
    })
}

fn uses_old(node: &Node) -> bool {
    let mut found = false;
    let mut see = |path: &Path| {
        let old = path.rest.first().is_some_and(|(name, _)| name == "old");
        found |= path.head == "credential" && old;
    };
    for entry in node.decl.with.values() {
        entry.node.templates(&mut |template| template.paths(&mut |path, _| see(path)));
    }
    if let Some(when) = &node.decl.when {
        when.paths(&mut |path, _| see(path));
    }
    if let Some(ForEach::Expr(list)) = &node.decl.for_each {
        list.paths(&mut |path, _| see(path));
    }
    found
}

/// Returns SHA-256 of a text, in hex.
pub(crate) fn sha256(text: &str) -> String {
    Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Returns new random bits. Only a preview gives none, and it executes nothing.
pub(crate) fn random(host: &dyn Host) -> u128 {
    host.random().expect("a host that runs workflows gives randomness")
}

/// Returns the marker of one try: 8 hex of the credential's or workflow's name, the run, 8 hex of
/// chance. Letters, digits and dashes, so that it fits names too.
pub(crate) fn marker(plan: &Plan, run: &str, host: &dyn Host) -> String {
    let workflow = plan.checked().workflow().name.value.as_str();
    let name = plan.credential().map_or(workflow, |credential| credential.name.as_str());
    let digest = sha256(name);
    let chance = random(host) & u128::from(u32::MAX);
    format!("cutover-{}-{run}-{chance:08x}", &digest[..8])
}
