//! What goes wrong in a history, by the number of the effect that it happens to.

use std::collections::{BTreeMap, BTreeSet};

use cutover_engine::effect::Access;

use crate::world::act::Act;

/// What can go wrong with one effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It is done, and no answer comes.
    LostDone,
    /// It is not done, and no answer comes.
    LostUndone,
    /// No answer comes, and it lands so many parts of a hundred into the time that is left for it.
    Late(u64),
    /// The process dies while it is under way; then as above.
    LateDead(u64),
    /// The other side says no.
    Refused,
    /// The other side says: later.
    Busy,
    /// There is no connection.
    NotSent,
    /// The answer takes so many milliseconds.
    Slow(u64),
    /// The place says that it has taken the value, and has not.
    Lies,
    /// The provider answers as another account would.
    Stranger,
    /// The disk is full, or a sync fails: the edge.
    Edge,
}

/// What somebody else does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Somebody {
    /// Puts a token of their own into the first place.
    TakesPlace,
    /// Makes a token of their own.
    Makes,
}

/// Which effects an outage is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Create,
    Put,
    Revoke,
    Other,
    Look,
}

/// Calls of one kind are refused from one on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Outage {
    pub(crate) kind: Kind,
    pub(crate) from: u64,
    pub(crate) calls: u64,
}

/// All that goes wrong in a history.
#[derive(Debug, Clone, Default)]
pub(crate) struct Faults {
    pub(crate) at: BTreeMap<u64, Fault>,
    pub(crate) somebody: BTreeMap<u64, Somebody>,
    pub(crate) outage: Option<Outage>,
    /// Records that find no room, by their number.
    pub(crate) full: BTreeSet<u64>,
    effects: u64,
    records: u64,
    of_kind: u64,
}

impl Faults {
    /// Says whether nothing goes wrong but crashes.
    pub(crate) fn is_calm(&self) -> bool {
        self.at.is_empty()
            && self.somebody.is_empty()
            && self.outage.is_none()
            && self.full.is_empty()
    }

    /// Counts an effect and returns what happens to it, and what somebody else does before it.
    pub(crate) fn next(&mut self) -> (Option<Fault>, Option<Somebody>) {
        let number = self.effects;
        self.effects += 1;
        (self.at.get(&number).copied(), self.somebody.get(&number).copied())
    }

    /// Says whether an effect of a kind falls into the outage.
    pub(crate) fn is_out(&mut self, kind: Kind) -> bool {
        let Some(outage) = self.outage.filter(|outage| outage.kind == kind) else { return false };
        let number = self.of_kind;
        self.of_kind += 1;
        (outage.from..outage.from.saturating_add(outage.calls)).contains(&number)
    }

    /// Counts a record and says whether there is no room for it.
    pub(crate) fn is_full(&mut self) -> bool {
        let number = self.records;
        self.records += 1;
        self.full.contains(&number)
    }

    /// Returns how many effects there were.
    pub(crate) fn effects(&self) -> u64 {
        self.effects
    }
}

impl Kind {
    pub(crate) fn of(act: Option<&Act>, access: Access) -> Self {
        match act {
            Some(Act::Create { .. }) => Self::Create,
            Some(Act::Put { .. }) => Self::Put,
            Some(Act::Revoke { .. }) => Self::Revoke,
            Some(Act::Hook { .. } | Act::Reload | Act::Notify) => Self::Other,
            None if access == Access::Read => Self::Look,
            None => Self::Other,
        }
    }
}
