//! The loop: decide, record, act, record.

mod alive;
mod anew;
mod attempt;
mod before;
mod begin;
mod capture;
mod claim;
mod closed;
mod current;
mod debts;
mod door;
mod driver;
mod fresh;
mod frozen;
mod journal;
mod left;
mod look;
mod orphan;
mod park;
mod pay;
mod payment;
mod promote;
mod prove;
mod recover;
pub(crate) mod render;
mod revive;
mod settle;
mod still;
mod sweep;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
pub(crate) mod tests;
pub(crate) mod undo;
mod wake;
mod word;

use crate::event::{Decision, Entry, Trigger};
use crate::execute::door::Door;
use crate::execute::driver::Driver;
use crate::host::{Host, HostError};
use crate::plan::Plan;
use crate::planted::Planted;
use crate::run::{Outcome, Run};
use crate::step::BoxFuture;

pub(crate) use crate::execute::claim::sha256;
pub use crate::execute::closed::Beside;
pub use crate::execute::debts::{Order, forgive, pay};
pub use crate::execute::fresh::Missing;
pub use crate::execute::sweep::{Orphan, Swept, sweep};

/// What a run is driven with.
pub struct Drive<'a> {
    /// The run's id.
    pub run: &'a str,
    /// The workflow's file as it was given.
    pub file: &'a str,
    /// The machine's name, for the first event.
    pub machine: &'a str,
    /// `--first`: nothing is known to be in use, and that is right.
    pub first: bool,
    /// What a reviewed plan saw in the state; a run that claims something else does not start.
    pub expected: Option<&'a Expected>,
    /// Sees every event once it is recorded.
    pub watch: &'a (dyn Fn(&Run, &Entry) + Send + Sync),
    /// Tells of an interrupt.
    pub stop: &'a dyn Stop,
    /// What a person said, to be noted before the run goes on.
    pub word: Option<&'a Said>,
    /// What becomes of a wait of more than a minute.
    pub patience: Patience,
    /// What starts the run, where that is no plain `run`: noted in its first event.
    pub trigger: Option<Trigger>,
    /// The planted bug, in tests that show that a check can fail.
    pub planted: Planted,
}

/// A person's word on a run, or on a step of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// The step; empty for the whole run.
    pub step: String,
    /// What was decided.
    pub decision: Decision,
    /// Who decided, as the system knows them.
    pub by: String,
    /// Why, in their words.
    pub note: String,
}

/// What becomes of a wait of more than a minute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Patience {
    /// It is slept.
    #[default]
    Sleep,
    /// The run is left as it is, and another process comes back.
    Return,
}

/// What the state said of a credential when its plan was compared with the one that was reviewed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Expected {
    /// The id of what is current, where the state knew one.
    pub current: Option<String>,
    /// The ids of what was owed.
    pub debts: Vec<String>,
}

/// An interrupt: after it nothing new starts.
pub trait Stop: Send + Sync {
    /// Says whether it was asked for.
    fn requested(&self) -> bool;
    /// Waits until it is asked for.
    fn wait(&self) -> BoxFuture<'_, ()>;
}

/// Why a run did not start or stopped where it was.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ExecuteError {
    /// The edge failed: exit 75, or 3 where the state is damaged.
    #[error(transparent)]
    Host(#[from] HostError),
    /// It may not start, and nothing was done: exit 3 or 2.
    #[error("{message}")]
    Refused {
        /// Why.
        message: String,
        /// The way out.
        help: String,
        /// The exit code: 3 where a person must look, 2 where the command line was wrong.
        exit: u8,
    },
}

/// Runs a plan from a history; an empty one begins with the claim. Returns when the run is over,
/// was interrupted, or waits for a person.
pub async fn execute(
    plan: &Plan,
    history: &[Entry],
    host: &dyn Host,
    drive: &Drive<'_>,
) -> Result<Outcome, ExecuteError> {
    let door = Door::new(host, drive.stop);
    let begun = claim::claim(plan, history, host, drive).await?;
    let mut driver = Driver::new(plan, &door, drive, begun);
    driver.refuse_word()?;
    match drive_to_end(&mut driver).await {
        Ok(()) => {
            let outcome = driver.run.outcome();
            // Whoever waits for a person or a time holds nobody up.
            if !outcome.ended {
                door.release(drive.run);
            }
            Ok(outcome)
        }
        Err(ExecuteError::Refused { message, help, exit }) => {
            driver.drain().await?;
            driver.refuse(&message, &help, exit);
            driver.flush().await?;
            Err(ExecuteError::Refused { message, help, exit })
        }
        Err(error) => Err(error),
    }
}

async fn drive_to_end(driver: &mut Driver<'_>) -> Result<(), ExecuteError> {
    driver.take_up()?;
    loop {
        driver.decide()?;
        if driver.must_record() {
            driver.flush().await?;
        }
        driver.launch();
        if driver.is_over() {
            return Ok(driver.flush().await?);
        }
        driver.wait().await?;
    }
}
