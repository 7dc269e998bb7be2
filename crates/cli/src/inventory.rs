//! What the state says beside what the providers list: managed, owed, orphans, ghosts, strangers.

use cutover_engine::event::{Debt, Status};
use cutover_host::journal::{Credential, RunRow};

use crate::providers::{Asked, Listed};

/// What something is that a provider lists as live.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The state says that it is current.
    Managed {
        /// The credential.
        credential: String,
    },
    /// It was replaced, and its revocation is owed.
    Owed {
        /// The debt.
        debt: String,
    },
    /// It carries our marker, and nothing says that it is current.
    Orphan {
        /// The marker.
        marker: String,
        /// The run that the marker names.
        run: String,
        /// How that run stands, in a word.
        standing: &'static str,
    },
    /// It carries no marker of ours: somebody else made it.
    Unmanaged,
}

/// Something that a provider lists as live.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Found {
    /// What it is.
    pub(crate) kind: Kind,
    /// What the provider says of it.
    pub(crate) listed: Listed,
}

/// The state beside the providers.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Inventory {
    /// What they list as live, each once.
    pub(crate) found: Vec<Found>,
    /// The credentials that the state says are current and no list shows as live.
    pub(crate) ghosts: Vec<String>,
    /// The questions that were not answered, and why.
    pub(crate) unanswered: Vec<(String, String)>,
    /// The credentials that a provider was asked about.
    pub(crate) seen: Vec<String>,
}

/// Puts the two beside each other.
pub(crate) fn inventory(
    asked: &[Asked],
    known: &[Credential],
    debts: &[Debt],
    runs: &[RunRow],
) -> Inventory {
    let mut all = Inventory::default();
    for Asked { question, answer } in asked {
        let listed = match answer {
            Ok(listed) => listed,
            Err(why) => {
                let what = format!("{} (as run {} did)", question.list, question.run);
                all.unanswered.push((what, why.clone()));
                continue;
            }
        };
        let live: Vec<&Listed> = listed.iter().filter(|one| one.live).collect();
        for name in &question.credentials {
            let current = known.iter().find(|known| known.name == *name);
            let shows = |known: &Credential| live.iter().any(|one| one.id == known.identity.id);
            all.ghosts.extend(current.filter(|known| !shows(known)).map(|_| name.clone()));
            all.seen.push(name.clone());
        }
        for one in live {
            if all.found.iter().all(|found| found.listed.id != one.id) {
                let kind = kind(one, known, debts, runs);
                all.found.push(Found { kind, listed: one.clone() });
            }
        }
    }
    all.found.sort_by_key(|found| rank(&found.kind));
    all
}

fn kind(one: &Listed, known: &[Credential], debts: &[Debt], runs: &[RunRow]) -> Kind {
    if let Some(known) = known.iter().find(|known| known.identity.id == one.id) {
        return Kind::Managed { credential: known.name.clone() };
    }
    if let Some(debt) = debts.iter().find(|debt| debt.target == one.id) {
        return Kind::Owed { debt: debt.id.clone() };
    }
    match &one.marker {
        None => Kind::Unmanaged,
        Some(marker) => {
            let row = runs.iter().find(|row| row.run == marker.run);
            let (marker, run) = (marker.text.clone(), marker.run.clone());
            Kind::Orphan { marker, run, standing: standing(row) }
        }
    }
}

fn standing(row: Option<&RunRow>) -> &'static str {
    let Some(row) = row else { return "unknown to this state" };
    match row.status {
        None if row.alive => "running",
        None => "unfinished",
        Some(Status::Succeeded) => "replaced since",
        Some(Status::Failed) => "failed",
        Some(Status::Undone) => "undone",
        Some(Status::Stuck) => "stuck",
        Some(Status::Parked) => "parked",
        Some(Status::Abandoned) => "abandoned",
    }
}

fn rank(kind: &Kind) -> u8 {
    match kind {
        Kind::Managed { .. } => 0,
        Kind::Owed { .. } => 1,
        Kind::Orphan { .. } => 2,
        Kind::Unmanaged => 3,
    }
}
