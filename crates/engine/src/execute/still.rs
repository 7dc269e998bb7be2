//! Whether a place that was put back still holds what had been written there: an undo that only says
//! that it is done must not let a credential be revoked that somebody still uses.

use std::sync::Arc;

use crate::ctx::{Ctx, Mode, Scope};
use crate::event::Event;
use crate::execute::attempt::read_back;
use crate::execute::driver::Driver;
use crate::execute::fresh::steps_in;
use crate::execute::pay::is_here;
use crate::execute::prove::{Expected, Place};
use crate::host::Host;
use crate::run::Slot;
use crate::run::undo::order::Form;
use crate::run::view::place_line;
use crate::step::StepError;
use crate::value::Value;

impl Driver<'_> {
    /// Returns the place that a step wrote to, with what it may not hold any more once the step is
    /// taken back; none where nothing reads it, or where nobody can tell what was written.
    pub(crate) fn place_put_back(&self, slot: Slot) -> Option<Place> {
        let node = self.node(slot);
        if self.run.shape(slot.node).form == Form::Again {
            return None;
        }
        let params = &self.run.state(slot)?.tried.as_ref()?.params;
        let back = read_back(node, params)?;
        let origins: Vec<String> =
            Value::from(back.written.as_str()).handles().into_iter().map(|of| of.origin).collect();
        // What this run did not make may have been there before, and be there again.
        if !origins.iter().any(|origin| self.is_of_this_run(origin)) {
            return None;
        }
        let step = self.run.graph().path(slot);
        let (known, written) = (self.known(slot), back.written.clone());
        let expected = match is_here(&written) || known.told(&written).is_some() {
            true => Expected::Same { written, known },
            false => Expected::Check { salt: self.salt(), check: self.check_at(&step)? },
        };
        let spec = node.step.spec();
        let place = spec.stores_at.as_ref().or(spec.publishes_to.as_ref())?;
        let place = place_line(place, params);
        let reader = Arc::clone(node.reader.as_ref()?);
        Some(Place { step, place, reader, with: back.with, output: back.output, expected })
    }

    fn is_of_this_run(&self, origin: &str) -> bool {
        let found = steps_in(origin).into_iter().filter_map(|id| self.run.graph().find(&id));
        let mut nodes = found.map(|node| self.node(Slot { node, item: None }));
        nodes.any(|node| node.writes() || node.step.spec().pure)
    }

    /// Returns the check of what a step was last seen to have stored.
    fn check_at(&self, slot: &str) -> Option<String> {
        self.run.stored().iter().rev().find_map(|event| match event {
            Event::Stored { step, check, .. } if step == slot => check.clone(),
            _ => None,
        })
    }
}

/// Looks at a place that was put back. One that cannot be read is looked at again: what it holds,
/// nobody knows.
pub(crate) async fn is_back(host: &dyn Host, place: &Place, scope: Scope) -> Result<(), StepError> {
    let ctx = Ctx::new(host, Scope { mode: Mode::Read, may_write: false, ..scope });
    match place.reader.run(&place.with, &ctx).await {
        Ok(found) if place.holds(&found, host.secrets()) => {
            let message = format!("{} still holds what was written", place.place);
            Err(StepError::retryable(message).code("not_undone"))
        }
        Ok(_) => Ok(()),
        Err(error) if error.code == "not_found" => Ok(()),
        Err(error) => {
            let message = format!("{} could not be read after its undo: {error}", place.place);
            Err(StepError::retryable(message).code("read_back").help(error.help))
        }
    }
}
