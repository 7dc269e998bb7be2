//! The end of an orphan: what a try made, and whose secret nobody has any more.

use std::sync::Arc;

use crate::event::Event;
use crate::execute::driver::{Driver, Landed};
use crate::execute::settle::failure;
use crate::execute::undo::{Ended, Way};
use crate::run::Slot;
use crate::value::Map;

impl Driver<'_> {
    /// Row 2: nobody has its secret any more, so it is taken back, and then made again.
    pub(crate) fn end_orphan(&mut self, slot: Slot, attempt: u32, done: Map) {
        let Some((_, tried)) = self.last_try(slot) else { return };
        let step = Arc::clone(&self.node(slot).step);
        let way = Way::Own { step, params: tried.params, done, unsure: true };
        let ended = self.taking_back(slot, attempt, way);
        let step = self.run.graph().path(slot);
        let (uses, with) = (None, Map::new());
        self.note(Event::UndoStarted { step, attempt, uses, with });
        self.announces = true;
        self.looking.insert(slot);
        self.waiting.push(Box::pin(async move {
            Landed::OrphanEnded { slot, attempt, ended: ended.await }
        }));
    }

    pub(crate) fn orphan_ended(&mut self, slot: Slot, attempt: u32, ended: Ended) {
        self.looking.remove(&slot);
        match ended {
            Ended::Back => self.be_gone(slot, attempt),
            // After an interrupt it is for a resume to end it.
            Ended::Cut => {}
            Ended::Failed(error) => {
                let step = self.run.graph().path(slot);
                let error = failure(&step, &error);
                self.note(Event::UndoFailed { step, error });
            }
        }
    }
}
