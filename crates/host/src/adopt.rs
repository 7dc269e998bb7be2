//! Telling the state what is in use of a credential, where no run of it knows: nothing in the world
//! is changed.
//!
//! It is kept as a run that does nothing but promote, with [`TriggerKind::Adopt`]: it survives what
//! the tables do not, stands in the list of runs, and needs no format of its own. What runs of the
//! credential before it were given (workflow, inputs) it takes over, so that triggers and `burn`
//! still know them.

use cutover_engine::event::{Claimed, Entry, Event, Identity, Status, Trigger, TriggerKind};
use cutover_engine::host::{Host, HostError, Key};
use cutover_engine::value::Map;

use crate::LocalHost;
use crate::clock::machine;
use crate::journal::Journal;

/// What is to be known.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Adopt {
    /// The credential.
    pub credential: String,
    /// What is in use of it.
    pub identity: Identity,
    /// Who owns it, where that is told.
    pub owner: Option<String>,
    /// The id of what the state holds to be in use, where that is to be replaced.
    pub replaces: Option<String>,
}

/// What was adopted.
#[derive(Debug, Clone, PartialEq)]
pub struct Adopted {
    /// The run that says so.
    pub run: String,
    /// What the state held to be in use.
    pub from: Option<Identity>,
    /// No run of the credential tells by which workflow it is replaced.
    pub is_first: bool,
}

/// Why nothing was adopted.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum AdoptError {
    /// Something is in use already, and it was not said that it is to be replaced.
    #[error("{} is in use", .0.id)]
    Current(Box<Identity>),
    /// What was to be replaced is not in use.
    #[error("`{asked}` is not what is in use")]
    Other {
        /// What was said to be in use.
        asked: String,
        /// What is.
        current: Option<Box<Identity>>,
    },
    /// The edge failed, or a run of the credential is unfinished.
    #[error(transparent)]
    Host(#[from] HostError),
}

/// Notes under the credential's lock what is in use of it.
pub async fn adopt(host: &LocalHost, adopt: &Adopt) -> Result<Adopted, AdoptError> {
    let run = host.new_run_id().await?;
    let keys = [Key::Credential(adopt.credential.clone())];
    let claim = host.claim(&run, &keys).await?;
    let refused = refusal(adopt, claim.current.as_ref());
    let recorded = match refused {
        Some(error) => Err(error),
        None => record(host, adopt, &run, claim.position, claim.current.clone()).await,
    };
    host.inner().release(&run);
    recorded.map(|is_first| Adopted { run, from: claim.current, is_first })
}

fn refusal(adopt: &Adopt, current: Option<&Identity>) -> Option<AdoptError> {
    match (&adopt.replaces, current) {
        (None, None) => None,
        (None, Some(current)) => Some(AdoptError::Current(Box::new(current.clone()))),
        (Some(asked), Some(current)) if *asked == current.id => None,
        (Some(asked), current) => Some(AdoptError::Other {
            asked: asked.clone(),
            current: current.cloned().map(Box::new),
        }),
    }
}

async fn record(
    host: &LocalHost,
    adopt: &Adopt,
    run: &str,
    after: cutover_engine::host::Position,
    from: Option<Identity>,
) -> Result<bool, AdoptError> {
    let before = before(host, &adopt.credential)?;
    let is_first = before.workflow.is_empty();
    let at = host.now();
    let claimed = Claimed {
        started_at: at,
        credential: Some(adopt.credential.clone()),
        owner: adopt.owner.clone().or(before.owner.clone()),
        old: from.clone(),
        machine: machine(),
        first: false,
        trigger: Some(Trigger { by: TriggerKind::Adopt, at }),
        family: cutover_engine::event::Kin::default(),
        ..before
    };
    let to = Identity { run: Some(run.to_owned()), ..adopt.identity.clone() };
    let (step, debts) = (TriggerKind::Adopt.as_str().to_owned(), Vec::new());
    let events = [
        Event::Claimed(Box::new(claimed)),
        Event::Promoted { step, from, to, debts },
        Event::Ended { status: Status::Succeeded, error: None, outputs: Map::new() },
    ];
    let entries = events.map(|event| Entry { at, event });
    host.record(run, after, &entries).await?;
    Ok(is_first)
}

/// Returns what the last run that promoted the credential was given; nothing where there is none.
fn before(host: &LocalHost, credential: &str) -> Result<Claimed, HostError> {
    let nothing = Claimed {
        format: 1,
        workflow: String::new(),
        file: String::new(),
        text: String::new(),
        digest: String::new(),
        inputs: Map::new(),
        started_at: host.now(),
        credential: None,
        owner: None,
        old: None,
        salt: String::new(),
        machine: String::new(),
        engine: env!("CARGO_PKG_VERSION").to_owned(),
        first: false,
        trigger: None,
        plugins: indexmap::IndexMap::new(),
        family: cutover_engine::event::Kin::default(),
    };
    let Some(journal) = Journal::open_read_only(&host.options().state)? else { return Ok(nothing) };
    let Some(known) = journal.credential(credential)? else { return Ok(nothing) };
    let first = journal.events(&known.run)?.into_iter().next().map(|entry| entry.event);
    Ok(match first {
        Some(Event::Claimed(claimed)) => *claimed,
        _ => nothing,
    })
}
