//! A person's word: noted where something waits for it, refused where nothing does.

use crate::event::{Decision, Event};
use crate::execute::driver::Driver;
use crate::execute::{ExecuteError, Said};
use crate::run::Slot;
use crate::spec::Role;

impl Driver<'_> {
    /// Notes the word that the run is gone on with, if one was given.
    pub(crate) fn take_a_word(&mut self) {
        let Some(said) = self.drive.word else { return };
        let Said { step, decision, by, note } = said.clone();
        self.note(Event::Decided { step, decision, by, note });
        self.journal.urge();
    }

    /// Refuses a word that nothing waits for, before anything is noted.
    pub(crate) fn refuse_word(&self) -> Result<(), ExecuteError> {
        let Some(said) = self.drive.word else { return Ok(()) };
        if self.run.is_over() || !self.goes_on {
            return Err(refused("nothing in this run waits for a word".to_owned(), ""));
        }
        if said.step.is_empty() {
            return match said.decision {
                Decision::Abandon => Ok(()),
                Decision::Redo | Decision::Skip | Decision::Approve | Decision::Reject => {
                    Err(refused(format!("`{}` names no step", said.decision.as_str()), ""))
                }
            };
        }
        let step = &said.step;
        let slot = self.run.graph().slot(step).filter(|slot| self.run.state(*slot).is_some());
        let Some(slot) = slot else {
            return Err(refused(format!("there is no step `{step}` in this run"), ""));
        };
        if !self.run.waits_for_a_word(slot) {
            let message = format!("`{step}` waits for no word");
            return Err(refused(message, "`cutover runs show` tells what the run waits for"));
        }
        match said.decision {
            Decision::Skip => self.refuse_skip(slot, step),
            Decision::Redo => Ok(()),
            Decision::Approve | Decision::Reject => self.refuse_approval(slot, step),
            Decision::Abandon => {
                Err(refused("a whole run is given up, not a step of it".into(), ""))
            }
        }
    }

    /// What became of a write is nothing to approve of.
    fn refuse_approval(&self, slot: Slot, step: &str) -> Result<(), ExecuteError> {
        if !self.run.state(slot).is_some_and(|state| state.unsettled) {
            return Ok(());
        }
        let message = format!("`{step}` waits for no approval");
        let help = format!("`--redo {step}` where it was not done, `--skip {step}` where it was");
        Err(refused(message, &help))
    }

    /// A rotation without its create, its promotion or its proof is none.
    fn refuse_skip(&self, slot: Slot, step: &str) -> Result<(), ExecuteError> {
        let shape = self.run.shape(slot.node);
        let what = match shape.role {
            Role::Create => "makes the credential",
            Role::Promote => "is the point of no return",
            _ if shape.verifies => "shows that the new value works",
            Role::Read
            | Role::Store
            | Role::Publish
            | Role::Revoke
            | Role::Notify
            | Role::Other => return Ok(()),
        };
        let message = format!("`{step}` can't be skipped: it {what}");
        Err(refused(message, "do it again with `--redo`, or give the run up: `cutover abandon`"))
    }
}

fn refused(message: String, help: &str) -> ExecuteError {
    ExecuteError::Refused { message, help: help.to_owned(), exit: 2 }
}
