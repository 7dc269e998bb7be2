//! Planted bugs: engines that are wrong on purpose, to show that a check can fail. None of them is
//! in a release build, where [`Planted`] is empty and [`Planted::is`] is always false; only the
//! engine's own tests have them there too.

/// One way to be wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Bug {
    /// A revoke of what is replaced does not wait for the promotion.
    RevokeFirst,
    /// `Started` is not recorded before the effect, only the result after it.
    ResultOnly,
    /// A lost write is not waited for before the next try.
    NoSettleWait,
    /// One marker for all tries of a run.
    MarkerPerRun,
    /// A lost record does not stop the driver.
    NoFencing,
    /// The former self of a place is kept anew by every try.
    BackupTwice,
    /// Undo revokes what a place may still hold.
    UndoRevokesHeld,
    /// A debt's parameters are rendered when it is paid.
    DebtRendersLate,
    /// Promotion and debts are two records.
    DebtApart,
    /// "Not found" counts as gone whatever the list shows.
    NotFoundIsGone,
    /// A second run starts over an unfinished one.
    SecondRun,
    /// `read` is asked before the first create.
    ReadBeforeCreate,
    /// Debts are paid without the proofs.
    NoProofs,
    /// What was found before the first try is undone too.
    UndoesFound,
    /// What is taken back does not wait for what may still land of it.
    NoLandingWait,
    /// A sweep takes what another try of the run gave.
    SweepsAnother,
    /// A place is believed to be put back, and not read.
    UndoUnread,
}

impl Bug {
    /// All of them.
    pub const ALL: &[Self] = &[
        Self::RevokeFirst,
        Self::ResultOnly,
        Self::NoSettleWait,
        Self::MarkerPerRun,
        Self::NoFencing,
        Self::BackupTwice,
        Self::UndoRevokesHeld,
        Self::DebtRendersLate,
        Self::DebtApart,
        Self::NotFoundIsGone,
        Self::SecondRun,
        Self::ReadBeforeCreate,
        Self::NoProofs,
        Self::UndoesFound,
        Self::NoLandingWait,
        Self::SweepsAnother,
        Self::UndoUnread,
    ];
}

/// The planted bug of a drive; none, outside of tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Planted {
    #[cfg(any(test, debug_assertions))]
    bug: Option<Bug>,
}

impl Planted {
    /// Plants a bug.
    #[cfg(any(test, debug_assertions))]
    pub fn bug(bug: Bug) -> Self {
        Self { bug: Some(bug) }
    }

    /// Says whether a bug is planted.
    #[cfg(any(test, debug_assertions))]
    pub fn is(self, bug: Bug) -> bool {
        self.bug == Some(bug)
    }

    /// Says whether a bug is planted: never.
    #[cfg(not(any(test, debug_assertions)))]
    #[expect(clippy::unused_self, reason = "the same call in every build")]
    pub fn is(self, _bug: Bug) -> bool {
        false
    }
}
