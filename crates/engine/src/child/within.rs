//! The host as a child's run sees it: its parent's door, and whose child it is.

use crate::child::Family;
use crate::effect::{Call, EffectError, Reply};
use crate::event::Entry;
use crate::host::{Claim, Host, HostError, Key, Position, Secrets};
use crate::step::BoxFuture;
use crate::time::Timestamp;

/// The door of a parent, for its child.
pub(super) struct Within<'a> {
    pub(super) host: &'a dyn Host,
    /// `RUN.STEP` of the parent.
    pub(super) parent: String,
}

impl Host for Within<'_> {
    fn now(&self) -> Timestamp {
        self.host.now()
    }

    fn claim<'a>(
        &'a self,
        run: &'a str,
        keys: &'a [Key],
    ) -> BoxFuture<'a, Result<Claim, HostError>> {
        self.host.claim(run, keys)
    }

    fn record<'a>(
        &'a self,
        run: &'a str,
        after: Position,
        entries: &'a [Entry],
    ) -> BoxFuture<'a, Result<Position, HostError>> {
        self.host.record(run, after, entries)
    }

    fn perform<'a>(&'a self, call: &'a Call) -> BoxFuture<'a, Result<Reply, EffectError>> {
        self.host.perform(call)
    }

    fn secrets(&self) -> &dyn Secrets {
        self.host.secrets()
    }

    fn random(&self) -> Option<u128> {
        self.host.random()
    }

    fn absolute(&self, path: &str) -> String {
        self.host.absolute(path)
    }

    fn family(&self) -> Option<Family<'_>> {
        self.host.family().map(|family| Family { parent: Some(&self.parent), ..family })
    }
}
