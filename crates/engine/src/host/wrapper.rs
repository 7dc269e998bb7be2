//! Hosts that stand in front of another one.

use super::{Claim, Host, HostError, Key, Position, Secrets};
use crate::child::Family;
use crate::effect::{Call, EffectError, Reply};
use crate::event::Entry;
use crate::step::BoxFuture;
use crate::time::Timestamp;

/// A host in front of another one: whatever it does not say itself, the one behind it does. So
/// nothing of a host is lost on the way, such as the locks that are let go.
pub trait Wrapper: Send + Sync {
    /// Returns the host behind it.
    fn behind(&self) -> &dyn Host;

    /// See [`Host::now`].
    fn now(&self) -> Timestamp {
        self.behind().now()
    }

    /// See [`Host::claim`].
    fn claim<'a>(
        &'a self,
        run: &'a str,
        keys: &'a [Key],
    ) -> BoxFuture<'a, Result<Claim, HostError>> {
        self.behind().claim(run, keys)
    }

    /// See [`Host::record`].
    fn record<'a>(
        &'a self,
        run: &'a str,
        after: Position,
        entries: &'a [Entry],
    ) -> BoxFuture<'a, Result<Position, HostError>> {
        self.behind().record(run, after, entries)
    }

    /// See [`Host::perform`].
    fn perform<'a>(&'a self, call: &'a Call) -> BoxFuture<'a, Result<Reply, EffectError>> {
        self.behind().perform(call)
    }

    /// See [`Host::family`].
    fn family(&self) -> Option<Family<'_>> {
        self.behind().family()
    }
}

impl<T: Wrapper> Host for T {
    fn now(&self) -> Timestamp {
        Wrapper::now(self)
    }

    fn claim<'a>(
        &'a self,
        run: &'a str,
        keys: &'a [Key],
    ) -> BoxFuture<'a, Result<Claim, HostError>> {
        Wrapper::claim(self, run, keys)
    }

    fn record<'a>(
        &'a self,
        run: &'a str,
        after: Position,
        entries: &'a [Entry],
    ) -> BoxFuture<'a, Result<Position, HostError>> {
        Wrapper::record(self, run, after, entries)
    }

    fn perform<'a>(&'a self, call: &'a Call) -> BoxFuture<'a, Result<Reply, EffectError>> {
        Wrapper::perform(self, call)
    }

    fn release(&self, run: &str) {
        self.behind().release(run);
    }

    fn secrets(&self) -> &dyn Secrets {
        self.behind().secrets()
    }

    fn random(&self) -> Option<u128> {
        self.behind().random()
    }

    fn family(&self) -> Option<Family<'_>> {
        Wrapper::family(self)
    }

    fn absolute(&self, path: &str) -> String {
        self.behind().absolute(path)
    }
}
