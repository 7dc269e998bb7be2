//! What comes before a try: a look whether it is done already.

use crate::event::Event;
use crate::execute::driver::Driver;
use crate::execute::look::{Found, is_whole};
use crate::execute::settle::failure;
use crate::host::Host;
use crate::planted::Bug;
use crate::run::Slot;
use crate::run::graph::Part;
use crate::spec::Role;
use crate::step::StepError;
use crate::types::Type;
use crate::value::{Map, Value};

impl Driver<'_> {
    /// Returns the try to look for before the next one begins; 0 where none was begun. What is
    /// made is not looked for before its first try: whatever is there is not ours.
    pub(crate) fn looks_before(&mut self, slot: Slot) -> Option<u32> {
        let shape = self.run.shape(slot.node);
        let can = shape.writes && shape.part == Part::Steps && self.node(slot).step.spec().has_read;
        if !can || self.sure.remove(&slot) {
            return None;
        }
        let state = self.run.state(slot)?;
        let makes = shape.role == Role::Create && !self.drive.planted.is(Bug::ReadBeforeCreate);
        match &state.tried {
            Some(_) => Some(state.attempts),
            None => (!makes).then_some(0),
        }
    }

    /// Says whether a write to the same place got no answer and is not settled: until then nothing
    /// else is written there.
    pub(crate) fn is_place_in_doubt(&self, slot: Slot, params: &Map) -> bool {
        let doubts = self.run.in_doubt();
        if doubts.is_empty() {
            return false;
        }
        let Some(place) = self.place_of(slot, params) else { return false };
        doubts.into_iter().filter(|other| *other != slot).any(|other| {
            let tried = self.run.state(other).and_then(|state| state.tried.as_ref());
            tried.and_then(|tried| self.place_of(other, &tried.params)) == Some(place.clone())
        })
    }

    /// Returns the kind of the place that a slot writes to, with what tells which one it is.
    fn place_of(&self, slot: Slot, params: &Map) -> Option<(String, Vec<Value>)> {
        let spec = self.node(slot).step.spec();
        let place = spec.stores_at.as_ref().or(spec.publishes_to.as_ref())?;
        let arg = |name: &String| {
            let value = params.get(name).cloned().unwrap_or_default();
            match (spec.param(name).map(|param| &param.ty), value.as_text()) {
                (Some(Type::Path), Some(path)) => Value::from(self.door.absolute(path)),
                _ => value,
            }
        };
        Some((place.kind.clone(), place.args.iter().map(arg).collect()))
    }

    /// Notes what was there before a try, or begins it where nothing was.
    pub(crate) fn looked_before(
        &mut self,
        slot: Slot,
        attempt: u32,
        next: u32,
        params: Map,
        found: Result<Option<Found>, StepError>,
    ) {
        if !self.goes_on(slot) {
            return;
        }
        match found {
            Ok(None) => self.announce(slot, next, params),
            Ok(Some(found)) if attempt == 0 || is_whole(self.node(slot), &found.outputs) => {
                self.adopt(slot, attempt, found);
            }
            Ok(Some(found)) => {
                let error = StepError::new("it was made, although it said that it was not");
                self.lose(slot, attempt, &error);
                let row = self.row(slot, self.door.now(), Some(found));
                self.carry_out_row(slot, attempt, row);
            }
            Err(error) => self.fail_before(slot, &error),
        }
    }

    /// Says whether a slot goes on once something was looked at for it.
    fn goes_on(&mut self, slot: Slot) -> bool {
        // What begins only after something else has begun anew is looked for again then.
        if self.stopping || self.is_hushed(slot) {
            return false;
        }
        let goes_on = self.run.may_go_on_with(slot);
        if !goes_on {
            // A step that has failed meanwhile lets nothing new begin; a debt stays owed.
            self.still_owed(slot, "not paid: a step failed meanwhile".to_owned());
        }
        goes_on
    }

    /// Says whether the try that comes has to know what is there before it. Later ones go by what
    /// the first was told: what one of them left is new.
    pub(crate) fn is_told_before(&self, slot: Slot) -> bool {
        let makes = self.run.shape(slot.node).role == Role::Create;
        let tried = self.run.state(slot).is_some_and(|state| state.tried.is_some());
        makes && !tried && self.node(slot).step.spec().has_before
    }

    /// Begins the first try of a create, which was told what is there before it.
    pub(crate) fn told_before(
        &mut self,
        slot: Slot,
        attempt: u32,
        params: Map,
        told: Result<(), StepError>,
    ) {
        if !self.goes_on(slot) {
            return;
        }
        match told {
            Ok(()) => self.announce(slot, attempt, params),
            Err(error) => self.not_begun(slot, error),
        }
    }

    /// It can't be told whether it is there already: then it is not tried.
    fn fail_before(&mut self, slot: Slot, error: &StepError) {
        let message = format!("it can't be told whether it is done already: {}", error.message);
        if self.run.debt_of(slot.node).is_some() {
            return self.still_owed(slot, format!("not paid: {message}"));
        }
        self.not_begun(slot, StepError { message, ..error.clone() });
    }

    fn not_begun(&mut self, slot: Slot, error: StepError) {
        let step = self.run.graph().path(slot);
        let error = failure(&step, &error);
        self.note(Event::Failed { step, attempt: 0, error });
    }
}
