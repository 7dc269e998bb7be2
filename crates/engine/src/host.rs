//! The one door to the world, and what stands behind it.

mod wrapper;

use crate::child::Family;
use crate::effect::{Call, EffectError, Reply};
use crate::event::{Debt, Entry, Identity};
use crate::step::BoxFuture;
use crate::time::Timestamp;
use crate::value::Handle;

pub use wrapper::Wrapper;

/// The outside world. Everything that a run does to it goes through here.
pub trait Host: Send + Sync {
    /// Returns what time it is.
    fn now(&self) -> Timestamp;

    /// Takes all locks of a run, sorted, and returns what stands *under* them. While another run
    /// holds one, or one of its keys has an unfinished run, it is [`HostError::Taken`].
    fn claim<'a>(
        &'a self,
        run: &'a str,
        keys: &'a [Key],
    ) -> BoxFuture<'a, Result<Claim, HostError>>;

    /// Appends events after a position, all or nothing. They survive a crash when it returns. The
    /// tables that span runs change in the same transaction.
    fn record<'a>(
        &'a self,
        run: &'a str,
        after: Position,
        entries: &'a [Entry],
    ) -> BoxFuture<'a, Result<Position, HostError>>;

    /// Does one thing in the world. A write is refused as [`HostError::Unannounced`] unless a
    /// recorded `Started` of that step and attempt announced it.
    fn perform<'a>(&'a self, call: &'a Call) -> BoxFuture<'a, Result<Reply, EffectError>>;

    /// Lets the locks of a run go that this process does not go on with. A record that ends the
    /// run does the same.
    fn release(&self, _run: &str) {}

    /// Returns the table of secrets.
    fn secrets(&self) -> &dyn Secrets;

    /// Returns new random bits, for run ids and markers. A preview returns none.
    fn random(&self) -> Option<u128>;

    /// Returns what the runs of other workflows need; none where no step may run one.
    fn family(&self) -> Option<Family<'_>> {
        None
    }

    /// Returns a path as this host takes it: absolute, `~` filled in. It looks at nothing.
    fn absolute(&self, path: &str) -> String {
        path.to_owned()
    }
}

/// The table of secrets: in memory only, zeroized, outside the engine.
pub trait Secrets: Send + Sync {
    /// Keeps a secret and returns what stands for it. `origin` is an expression of the language.
    fn seal(&self, origin: &str, plain: String) -> Handle;

    /// Opens the secrets in some texts, computes one text of them and seals that. The function
    /// must be pure. An error of it is returned as it is and must not hold what it was given.
    /// `None` from the table: a secret in it is not there any more.
    fn derive(
        &self,
        origin: &str,
        texts: &[&str],
        compute: &dyn Fn(&[String]) -> Result<String, String>,
    ) -> Result<Handle, String>;

    /// Says whether two texts are the same once opened, byte for byte.
    fn same(&self, a: &str, b: &str) -> bool;

    /// Returns 8 bytes of SHA-256(salt, value) in hex, where the value has 20 characters or more.
    fn check(&self, salt: &str, text: &str) -> Option<String>;

    /// Returns the first characters of a long secret, where they are public by the provider's own
    /// word (`M.V1.+5Jk`): at most a quarter of it.
    fn prefix(&self, text: &str, characters: usize) -> Option<String>;

    /// Returns where the first secret came from that stands in the clear in a text, in whatever
    /// form the second net knows. A table without such a net finds none.
    fn find(&self, _text: &str) -> Option<String> {
        None
    }
}

/// What a run locks.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Key {
    /// A credential by its name.
    Credential(String),
}

/// Where in a run's journal something stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Position {
    /// How many events there are; the next one has this number.
    pub seq: u64,
    /// The epoch under which they were written; another driver of the run has a higher one.
    pub epoch: u64,
}

/// What stands under the locks of a run.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Claim {
    /// Where the run's journal stands.
    pub position: Position,
    /// What is current of the credential, where the state knows.
    pub current: Option<Identity>,
    /// The workflow that promoted the credential last, where the state knows.
    pub promoted_by: Option<String>,
    /// When that was.
    pub promoted_at: Option<Timestamp>,
    /// What is still to be revoked of it.
    pub debts: Vec<Debt>,
    /// What runs of it made that were given up since something was promoted last.
    pub given_up: Vec<GivenUp>,
}

/// A credential that was made by a run which was given up: a place may hold it, and it was never
/// promoted.
#[derive(Debug, Clone, PartialEq)]
pub struct GivenUp {
    /// The run.
    pub run: String,
    /// The id of what it made.
    pub made: String,
    /// What was in use before it, and is still to be replaced.
    pub old: Option<Identity>,
}

/// The edge failed. Exit 75, a damaged state 3.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum HostError {
    /// The credential has an unfinished run, or another process holds its lock.
    #[error("taken: {key} has an unfinished run, {run}")]
    Taken {
        /// What is taken.
        key: String,
        /// The run that holds it; empty where it is not known.
        run: String,
        /// The step in which it was cut off, or is now.
        step: Option<String>,
        /// The marker to look for.
        marker: Option<String>,
        /// When it last wrote something.
        since: Option<Timestamp>,
        /// Whether its process is still alive.
        alive: bool,
    },
    /// Another driver has this run.
    #[error("another process has taken over run {0}")]
    Fenced(String),
    /// A write that no recorded `Started` announced: our bug, caught at the door.
    #[error("`{0}` would write without a recorded start")]
    Unannounced(String),
    /// The state cannot be opened or written: no room, no permission, not there.
    #[error("{message}")]
    State {
        /// What and why.
        message: String,
    },
    /// The state is damaged: a missing or changed row, or one that is behind `head`.
    #[error("{message}")]
    Damaged {
        /// What and where.
        message: String,
    },
    /// A sync failed: what was written may be gone. Never tried again.
    #[error("{message}")]
    Sync {
        /// What and why.
        message: String,
    },
}
