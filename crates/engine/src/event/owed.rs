//! What is in use and what is owed for it: a disk format, as all of [`crate::event`].

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use crate::event::Status;
use crate::time::{Duration, Timestamp};
use crate::value::Map;

/// One credential at its provider, by what is not secret.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Identity {
    /// The provider's id.
    pub id: String,
    /// A prefix of the value that is not secret.
    #[serde(default)]
    pub prefix: Option<String>,
    /// When it was made.
    #[serde(default)]
    pub created_at: Option<Timestamp>,
    /// When it dies by itself.
    #[serde(default)]
    pub expires_at: Option<Timestamp>,
    /// The run that made it.
    #[serde(default)]
    pub run: Option<String>,
    /// Where it is written, for people: `profile ci-prod`.
    #[serde(default)]
    pub places: Vec<String>,
    /// By what it is told whether a place still holds it; none where it was only found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<Box<Evidence>>,
}

/// By what it is told, when its value is long gone, whether a place still holds a credential.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Evidence {
    /// Of each long secret of it, by the output's name: 8 bytes of SHA-256(salt, value), in hex.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub checks: IndexMap<String, String>,
    /// The salt of the checks: that of the run that made it.
    pub salt: String,
    /// The places that held it at promotion, and how each is read back.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub holders: Vec<Holder>,
    /// The reads that give what reading those places needs, as they ran, in running order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reads: Vec<Proof>,
}

/// A place that holds a credential.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Holder {
    /// The step that wrote it.
    pub step: String,
    /// The place, for people: `profile ci-prod`.
    pub place: String,
    /// The reading step.
    pub uses: String,
    /// Its parameters.
    pub with: Map,
    /// Which of its outputs is the value.
    pub output: String,
    /// 8 bytes of SHA-256(salt, what the place held), in hex; none for a short value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub check: Option<String>,
}

/// A revocation that is owed, frozen at promotion.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Debt {
    /// `<run>.<step>`.
    pub id: String,
    /// The credential.
    pub credential: String,
    /// The run that owes it.
    pub run: String,
    /// The step that pays it.
    pub step: String,
    /// That step's kind.
    pub uses: String,
    /// Its parameters as they were at promotion.
    pub with: Map,
    /// What is to be revoked.
    pub target: String,
    /// How long after the last step it waits for it falls due.
    pub after: Duration,
    /// When it falls due, once that is known.
    pub due: Option<Timestamp>,
    /// Its state.
    pub state: DebtState,
    /// The steps that prove, before it is paid, that what is current works.
    pub proofs: Vec<Proof>,
    /// Why it is in its state, for people.
    #[serde(default)]
    pub reason: String,
}

/// A step to be run again before a debt is paid, as it was when it ran.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Proof {
    /// The step.
    pub step: String,
    /// Its kind.
    pub uses: String,
    /// Its parameters.
    pub with: Map,
}

/// The state of a debt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DebtState {
    /// What it waits for is not done.
    Held,
    /// It waits for its time.
    Owed,
    /// It is being paid.
    Paying,
    /// The provider says that it is gone.
    Paid,
    /// The revoke's `when` was false.
    Cancelled,
    /// A person let it go.
    Forgiven,
}

impl Identity {
    /// Returns the run whose proofs made it current; none where a person only said that it is.
    pub fn proved_by(&self) -> Option<&str> {
        self.run.as_deref().filter(|_| self.evidence.is_some())
    }
}

impl DebtState {
    /// Returns the word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Owed => "owed",
            Self::Paying => "paying",
            Self::Paid => "paid",
            Self::Cancelled => "cancelled",
            Self::Forgiven => "forgiven",
        }
    }
}

impl Debt {
    /// Says whether nothing is owed any more: it is paid, cancelled or forgiven.
    pub fn is_settled(&self) -> bool {
        match self.state {
            DebtState::Held | DebtState::Owed | DebtState::Paying => false,
            DebtState::Paid | DebtState::Cancelled | DebtState::Forgiven => true,
        }
    }

    /// Returns when it may be paid, by how its run stands (none while it has no end) and by the
    /// last promotion of its credential; none while what it waits for is not done. A debt of a run
    /// that was given up waits for the promotion of a later run, and then once more its time.
    pub fn falls_due(
        &self,
        status: Option<Status>,
        current: Option<(&str, Timestamp)>,
    ) -> Option<Timestamp> {
        if self.is_settled() {
            return None;
        }
        match status? {
            Status::Succeeded | Status::Failed | Status::Undone => self.due,
            Status::Abandoned => {
                let (_, promoted_at) = current.filter(|(run, _)| *run != self.run)?;
                Some(self.due.unwrap_or_default().max(promoted_at + self.after))
            }
            Status::Stuck | Status::Parked => None,
        }
    }
}
