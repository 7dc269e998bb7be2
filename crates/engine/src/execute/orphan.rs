//! The end of an orphan: what a try made, and whose secret nobody has any more.

use crate::check::Node;
use crate::ctx::{Ctx, Mode, Scope};
use crate::event::Event;
use crate::execute::driver::{Driver, Landed};
use crate::execute::look::is_blind;
use crate::execute::settle::failure;
use crate::host::Host;
use crate::run::Slot;
use crate::step::StepError;
use crate::time::Duration;
use crate::value::Map;

/// How often an orphan is taken back before that has failed; more often while a list may lag.
const MAX_ENDS: u32 = 5;
/// How long is waited before it is taken back once more; each time twice as long.
const END_DELAY: Duration = Duration::seconds(1);

impl Driver<'_> {
    /// Row 2: nobody has its secret any more, so it is revoked, and then made again.
    pub(crate) fn end_orphan(&mut self, slot: Slot, attempt: u32, outputs: Map) {
        let Some((_, tried)) = self.last_try(slot) else { return };
        let step = self.run.graph().path(slot);
        let (uses, with) = (None, Map::new());
        self.note(Event::UndoStarted { step: step.clone(), attempt, uses, with });
        self.announces = true;
        self.looking.insert(slot);
        let node = self.node(slot);
        let deadline = self.door.now() + self.run.shape(slot.node).timeout;
        let scope = self.scope(slot, attempt, deadline);
        let scope = Scope { step: format!("undo:{step}"), may_write: true, ..scope };
        let door = self.door;
        self.waiting.push(Box::pin(async move {
            let result = end(door, node, &tried.params, &outputs, scope).await;
            Landed::OrphanEnded { slot, attempt, result }
        }));
    }

    pub(crate) fn orphan_ended(&mut self, slot: Slot, attempt: u32, result: Result<(), StepError>) {
        self.looking.remove(&slot);
        match result {
            Ok(()) => self.be_gone(slot, attempt),
            // After an interrupt it is for a resume to end it.
            Err(_) if self.drive.stop.requested() => {}
            Err(error) => {
                let step = self.run.graph().path(slot);
                let error = failure(&step, &error);
                self.note(Event::UndoFailed { step, error });
            }
        }
    }
}

/// Ends what a try has made: taken back until `read` finds nothing of it.
async fn end(
    host: &dyn Host,
    node: &Node,
    params: &Map,
    done: &Map,
    scope: Scope,
) -> Result<(), StepError> {
    let timeout = scope.deadline.since(host.now());
    let settled = host.now() + node.step.spec().settle;
    let mut tries = 1;
    loop {
        let scope = Scope { deadline: host.now() + timeout, ..scope.clone() };
        let error = match end_once(host, node, params, done, scope.clone()).await {
            Ok(()) => return Ok(()),
            Err(error) => error,
        };
        if !error.retryable || (tries >= MAX_ENDS && host.now() >= settled) {
            return Err(error);
        }
        let doublings = (tries - 1).min(MAX_ENDS);
        let wait = Duration(END_DELAY.0 << doublings).max(error.retry_after.unwrap_or_default());
        Ctx::new(host, scope).sleep(host.now() + wait).await?;
        tries += 1;
    }
}

async fn end_once(
    host: &dyn Host,
    node: &Node,
    params: &Map,
    done: &Map,
    scope: Scope,
) -> Result<(), StepError> {
    let ctx = Ctx::new(host, Scope { mode: Mode::Undo, ..scope.clone() });
    node.step.undo(params, done, &ctx).await?;
    if is_blind(node, params) {
        return Ok(());
    }
    let ctx = Ctx::new(host, Scope { mode: Mode::Read, may_write: false, ..scope });
    match node.step.read(params, &ctx).await? {
        None => Ok(()),
        Some(_) => Err(StepError::retryable("it is still there").code("not_gone")),
    }
}
