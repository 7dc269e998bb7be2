//! The host of a preview: it withholds every write, and every read that was not asked for.

use std::sync::{Mutex, PoisonError};

use crate::effect::{Access, Call, Effect, EffectError, Reply};
use crate::event::Entry;
use crate::host::{Claim, Host, HostError, Key, Position, Secrets};
use crate::plan::preview::canonical;
use crate::plan::preview::{EffectPreview, Reads};
use crate::step::BoxFuture;
use crate::time::Timestamp;

/// What ended the preview of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Halt {
    /// Its first write.
    Write,
    /// A read in a world that is not made yet.
    Nowhere,
    /// A read that is not asked for offline.
    Offline,
    /// A read of what an earlier step writes.
    Early,
    /// A read of something that only a run knows.
    Unknown,
    /// Randomness: what it gives is unknown.
    Random,
}

/// The wrapper for one step. After the first effect that it withholds nothing goes through any more.
pub struct PreviewHost<'a> {
    inner: &'a dyn Host,
    reads: Reads,
    /// Whether the step comes after a write to what it reads.
    early: bool,
    seen: Mutex<Seen>,
}

/// What a step asked for.
#[derive(Debug, Default, Clone)]
pub struct Seen {
    /// What it asked for, with what was withheld as the last.
    pub effects: Vec<EffectPreview>,
    /// What ended the preview; none where nothing was withheld.
    pub halt: Option<Halt>,
}

impl<'a> PreviewHost<'a> {
    /// Makes a wrapper. `early` says that an earlier step writes what this one would read.
    pub fn new(inner: &'a dyn Host, reads: Reads, early: bool) -> Self {
        Self { inner, reads, early, seen: Mutex::new(Seen::default()) }
    }

    /// Returns what was asked for.
    pub fn into_seen(self) -> Seen {
        self.seen.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    /// Decides about a call and notes it: whether it goes through, or why not.
    fn admit(&self, effect: &Effect) -> Result<(), Halt> {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(halt) = seen.halt {
            return Err(halt);
        }
        let shown = canonical::of(effect);
        let unknown = shown.detail.is_unknown();
        let admitted = match effect.access() {
            Access::Write => Err(Halt::Write),
            Access::Read if self.early => Err(Halt::Early),
            Access::Read if unknown => Err(Halt::Unknown),
            Access::Read => match (effect, self.reads) {
                (_, Reads::Nothing) => Err(Halt::Nowhere),
                (Effect::ReadFile(_), _) | (_, Reads::Refresh) => Ok(()),
                (_, Reads::Offline) => Err(Halt::Offline),
            },
            Access::Pure if matches!(effect, Effect::Random { .. }) => Err(Halt::Random),
            Access::Pure => Ok(()),
        };
        if effect.access() != Access::Pure {
            seen.effects.push(shown);
        }
        seen.halt = admitted.err();
        admitted
    }

    async fn show(&self, call: &Call) -> Result<Reply, EffectError> {
        if let Err(halt) = self.admit(&call.effect) {
            let message = match halt {
                Halt::Write => "a preview writes nothing",
                Halt::Nowhere => "there is no world to look at yet",
                Halt::Offline => "an offline preview asks nobody",
                Halt::Early => "a preview comes before the write",
                Halt::Unknown => "only a run knows what to ask with",
                Halt::Random => "only a run draws anything",
            };
            return Err(EffectError::Withheld { message: message.to_owned() });
        }
        match call.effect.access() {
            // Nobody waits for a preview, and it says nothing.
            Access::Pure | Access::Write => Ok(Reply::Done),
            Access::Read => self.inner.perform(call).await,
        }
    }
}

impl Host for PreviewHost<'_> {
    fn now(&self) -> Timestamp {
        self.inner.now()
    }

    fn claim<'a>(
        &'a self,
        _run: &'a str,
        _keys: &'a [Key],
    ) -> BoxFuture<'a, Result<Claim, HostError>> {
        Box::pin(async { Err(nothing_kept()) })
    }

    fn record<'a>(
        &'a self,
        _run: &'a str,
        _after: Position,
        _entries: &'a [Entry],
    ) -> BoxFuture<'a, Result<Position, HostError>> {
        Box::pin(async { Err(nothing_kept()) })
    }

    fn perform<'a>(&'a self, call: &'a Call) -> BoxFuture<'a, Result<Reply, EffectError>> {
        Box::pin(self.show(call))
    }

    fn secrets(&self) -> &dyn Secrets {
        self.inner.secrets()
    }

    fn random(&self) -> Option<u128> {
        None
    }

    fn absolute(&self, path: &str) -> String {
        self.inner.absolute(path)
    }
}

fn nothing_kept() -> HostError {
    HostError::State { message: "a preview claims and records nothing".to_owned() }
}
