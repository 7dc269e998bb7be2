//! Paying a debt that is due at once: places compared, proofs once more, then the revoke.

use std::collections::HashMap;

use crate::check::Node;
use crate::ctx::{Ctx, Mode, Scope};
use crate::event::{DebtState, Event};
use crate::execute::attempt::{ReadBack, look, read_back};
use crate::execute::door::Door;
use crate::execute::driver::{Driver, Landed};
use crate::execute::render;
use crate::host::Host;
use crate::plan::Plan;
use crate::run::scope::Values;
use crate::run::{Run, Slot, retry};
use crate::step::StepError;
use crate::time::Timestamp;
use crate::value::{Handle, Map, Piece, Value, pieces};

/// All that has to hold before a debt is paid.
struct Proving<'d> {
    places: Vec<(String, ReadBack<'d>)>,
    proofs: Vec<ProofRun<'d>>,
    scope: Scope,
    plan: &'d Plan,
    /// The run as it stands, for the `until` of a proof.
    run: Run,
}

/// A step that proves, as it ran.
struct ProofRun<'d> {
    slot: Slot,
    step: String,
    node: &'d Node,
    with: Map,
}

impl<'d> Driver<'d> {
    /// Begins to pay a debt.
    pub(crate) fn pay(&mut self, slot: Slot) {
        let Some(debt) = self.run.debt_of(slot.node) else { return };
        let (debt, state) = (debt.id.clone(), DebtState::Paying);
        self.note(Event::DebtChanged { debt, state, due: None, reason: String::new() });
        self.prove(slot);
    }

    /// Makes the proofs of a debt ready to be launched.
    pub(crate) fn prove(&mut self, slot: Slot) {
        let deadline = self.door.now() + self.run.shape(slot.node).timeout;
        let proving = Proving {
            places: self.written_places(),
            proofs: self.proofs_of(slot),
            scope: Scope { mode: Mode::Read, may_write: false, ..self.scope(slot, 1, deadline) },
            plan: self.plan,
            run: self.run.clone(),
        };
        let door = self.door;
        self.waiting.push(Box::pin(async move {
            let result = proving.hold(door).await;
            Landed::Proved { slot, result }
        }));
    }

    /// Goes on to the revoke where everything holds; else the debt stays owed.
    pub(crate) fn proved(&mut self, slot: Slot, result: Result<(), StepError>) {
        let Some(debt) = self.run.debt_of(slot.node) else { return };
        match result {
            Ok(()) => {
                let with = debt.with.clone();
                let attempts = self.run.state(slot).map_or(0, |state| state.attempts);
                self.announce(slot, attempts + 1, with);
            }
            Err(error) => {
                let (debt, reason) = (debt.id.clone(), format!("not paid: {}", error.message));
                let state = DebtState::Owed;
                self.note(Event::DebtChanged { debt, state, due: None, reason });
            }
        }
    }

    fn written_places(&self) -> Vec<(String, ReadBack<'d>)> {
        let stored = self.run.stored().iter().filter_map(|event| {
            let Event::Stored { step, .. } = event else { return None };
            let slot = self.run.graph().slot(step)?;
            let tried = self.run.state(slot)?.tried.as_ref()?;
            Some((step.clone(), read_back(self.node(slot), &tried.params)?))
        });
        stored.collect()
    }

    fn proofs_of(&self, slot: Slot) -> Vec<ProofRun<'d>> {
        let proofs = self.run.debt_of(slot.node).map_or(&[][..], |debt| &debt.proofs);
        let runs = proofs.iter().filter_map(|proof| {
            let slot = self.run.graph().slot(&proof.step)?;
            let (step, with) = (proof.step.clone(), proof.with.clone());
            Some(ProofRun { slot, step, node: self.node(slot), with })
        });
        runs.collect()
    }
}

impl Proving<'_> {
    async fn hold(&self, door: &Door<'_>) -> Result<(), StepError> {
        for (step, place) in &self.places {
            let mine = self.scope_for(step, door.now());
            look(door, place, mine).await.map_err(|error| StepError {
                message: format!("`{step}`: {}", error.message),
                ..error
            })?;
        }
        let mut fresh = HashMap::new();
        for proof in &self.proofs {
            let outputs = self.prove(proof, &fresh, door).await.map_err(|error| StepError {
                message: format!("`{}`: {}", proof.step, error.message),
                ..error
            })?;
            for value in outputs.values() {
                let handles = value.handles().into_iter();
                fresh.extend(handles.map(|handle| (handle.origin.clone(), handle)));
            }
        }
        Ok(())
    }

    /// Runs a proof, by its own `retry`, on what the reads before it gave this time.
    async fn prove(
        &self,
        proof: &ProofRun<'_>,
        fresh: &HashMap<String, Handle>,
        door: &Door<'_>,
    ) -> Result<Map, StepError> {
        let with = with_fresh(&proof.with, fresh);
        let mut attempt = 1;
        loop {
            let error = match self.try_once(proof, &with, attempt, door).await {
                Ok(outputs) => return Ok(outputs),
                Err(error) => error,
            };
            let again = error.retryable || error.denied;
            if !again || attempt >= proof.node.retry.max_attempts {
                return Err(error);
            }
            let plan = &proof.node.retry;
            let wait = retry::wait(plan, &self.scope.run, &proof.step, attempt, error.retry_after);
            let ctx = Ctx::new(door, self.scope_for(&proof.step, door.now()));
            ctx.sleep(door.now() + wait).await?;
            attempt += 1;
        }
    }

    async fn try_once(
        &self,
        proof: &ProofRun<'_>,
        with: &Map,
        attempt: u32,
        door: &Door<'_>,
    ) -> Result<Map, StepError> {
        let deadline = door.now() + proof.node.timeout;
        let scope = Scope { attempt, deadline, ..self.scope_for(&proof.step, door.now()) };
        let ctx = Ctx::new(door, Scope { mode: Mode::Run, ..scope });
        let outputs = proof.node.step.run(with, &ctx).await?;
        let Some(until) = &proof.node.decl.until else { return Ok(outputs) };
        let scope =
            Values { result: Some(&outputs), ..Values::of(self.plan, &self.run, proof.slot) };
        match render::holds(until, &scope, door.secrets()) {
            Ok(true) => Ok(outputs),
            Ok(false) => Err(StepError::retryable("its `until` does not hold")),
            Err(error) => Err(StepError::new(error.message)),
        }
    }

    fn scope_for(&self, step: &str, now: Timestamp) -> Scope {
        let timeout = self.scope.deadline.since(now).max(crate::time::Duration::seconds(1));
        Scope { step: step.to_owned(), deadline: now + timeout, ..self.scope.clone() }
    }
}

/// Puts what was read this time in the place of what was read when it was frozen.
fn with_fresh(with: &Map, fresh: &HashMap<String, Handle>) -> Map {
    with.iter().map(|(name, value)| (name.clone(), refreshed(value, fresh))).collect()
}

fn refreshed(value: &Value, fresh: &HashMap<String, Handle>) -> Value {
    match value {
        Value::Text(text) => Value::Text(refreshed_text(text, fresh)),
        Value::List(items) => {
            Value::List(items.iter().map(|item| refreshed(item, fresh)).collect())
        }
        Value::Map(map) => Value::Map(with_fresh(map, fresh)),
        other => other.clone(),
    }
}

fn refreshed_text(text: &str, fresh: &HashMap<String, Handle>) -> String {
    let found = pieces(text);
    if !found.iter().any(|piece| matches!(piece, Piece::Secret(_))) {
        return text.to_owned();
    }
    let to_text = |piece: Piece<'_>| match piece {
        Piece::Plain(plain) => plain.to_owned(),
        Piece::Secret(handle) => fresh.get(&handle.origin).unwrap_or(&handle).to_mark(),
        Piece::Unknown { from, .. } => from.to_owned(),
    };
    found.into_iter().map(to_text).collect()
}
