//! Paying a debt that is due at once, by its own run: proved once more, then revoked.

use std::sync::Arc;

use crate::ctx::{Mode, Scope};
use crate::event::{DebtState, Event, Holder, Proof};
use crate::execute::attempt::read_back;
use crate::execute::driver::{Driver, Landed};
use crate::execute::fresh::{Fresh, Missing};
use crate::execute::prove::{Asked, Expected, Place, Proving};
use crate::host::Host;
use crate::known::Known;
use crate::planted::Bug;
use crate::run::Slot;
use crate::step::StepError;
use crate::value::{Map, Piece, pieces};

/// A run has all its inputs.
static NONE_MISSING: Missing = Missing::new();

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
        let Some(debt) = self.run.debt_of(slot.node).cloned() else { return };
        let deadline = self.door.now() + self.run.shape(slot.node).timeout;
        let proves = !self.drive.planted.is(Bug::NoProofs);
        let proofs = debt.proofs.iter().filter(|_| proves);
        let proving = Proving {
            reads: Vec::new(),
            places: if proves { self.written_places() } else { Vec::new() },
            in_use: None,
            proofs: proofs.filter_map(|proof| self.asked(proof)).collect(),
            fresh: Fresh::new(self.plan.inputs(), &NONE_MISSING),
            scope: Scope { mode: Mode::Read, may_write: false, ..self.scope(slot, 1, deadline) },
            plan: self.plan,
            run: self.run.clone(),
        };
        let door = self.door;
        self.waiting.push(Box::pin(async move {
            let result = proving.hold(door).await;
            let result = result.and_then(|fresh| fresh.fill(&debt.with, door.secrets()));
            Landed::Proved { slot, result }
        }));
    }

    /// Goes on to the revoke where everything holds; else the debt stays owed.
    pub(crate) fn proved(&mut self, slot: Slot, result: Result<Map, StepError>) {
        let Some(debt) = self.run.debt_of(slot.node) else { return };
        match result {
            Ok(with) => {
                let attempts = self.run.state(slot).map_or(0, |state| state.attempts);
                self.begin_try(slot, attempts + 1, with);
            }
            Err(error) => {
                let (debt, reason) = (debt.id.clone(), format!("not paid: {}", error.message));
                let state = DebtState::Owed;
                self.note(Event::DebtChanged { debt, state, due: None, reason });
            }
        }
    }

    fn written_places(&self) -> Vec<Place> {
        let evidence = self.run.promoted().and_then(|current| current.evidence.as_deref());
        let holders = evidence.map_or(&[][..], |evidence| &evidence.holders);
        holders.iter().filter_map(|holder| self.written(holder)).collect()
    }

    /// Returns a place with what it has to hold: what was written there, else what has its check.
    fn written(&self, holder: &Holder) -> Option<Place> {
        let slot = self.run.graph().slot(&holder.step)?;
        let node = self.node(slot);
        let params = &self.run.state(slot)?.tried.as_ref()?.params;
        let written = read_back(node, params)?.written;
        let salt = || self.run.claimed().map(|claimed| claimed.salt.clone()).unwrap_or_default();
        let expected = match &holder.check {
            _ if is_here(&written) => Expected::Same { written, known: Known::default() },
            Some(check) => Expected::Check { salt: salt(), check: check.clone() },
            None => return None,
        };
        Some(Place {
            step: holder.step.clone(),
            place: holder.place.clone(),
            reader: Arc::clone(node.reader.as_ref()?),
            with: holder.with.clone(),
            output: holder.output.clone(),
            expected,
        })
    }

    fn asked(&self, proof: &Proof) -> Option<Asked> {
        let slot = self.run.graph().slot(&proof.step)?;
        Some(Asked::of(self.node(slot), slot, proof))
    }
}

/// Says whether every secret of a text is one of this process.
pub(crate) fn is_here(text: &str) -> bool {
    let gone = |piece: &Piece<'_>| match piece {
        Piece::Secret(handle) => handle.id == crate::disk::GONE,
        Piece::Unknown { .. } => true,
        Piece::Plain(_) => false,
    };
    !pieces(text).iter().any(gone)
}
