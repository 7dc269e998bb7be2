//! What proves that a debt may be paid, of what is current now: perhaps not what the debt's own run
//! has made.

use std::sync::Arc;

use crate::ctx::{Mode, Scope};
use crate::event::{Debt, Evidence, Holder, Identity, Proof};
use crate::execute::closed::Closed;
use crate::execute::fresh::Fresh;
use crate::execute::frozen::Frozen;
use crate::execute::prove::{Asked, Expected, InUse, Place, Proving};
use crate::host::Host;
use crate::run::Slot;
use crate::source::Span;
use crate::step::StepError;
use crate::time::Duration;
use crate::workflow::Retry;

/// How long a step may take that no plan says it of.
const TIMEOUT: Duration = Duration::seconds(60);

impl<'d> Closed<'d> {
    /// Returns all that has to hold before a debt is paid.
    pub(crate) fn proving(&self, debt: &Debt, slot: Slot) -> Result<Proving<'d>, StepError> {
        let current = self.claim.current.as_ref().or(self.run.promoted());
        let evidence = current.and_then(|current| current.evidence.as_deref());
        let in_use = current.and_then(|current| self.in_use(current));
        let mut reads = evidence.map(|evidence| evidence.reads.clone()).unwrap_or_default();
        for read in in_use.iter().flat_map(|in_use| self.feeding(&in_use.asked)) {
            if reads.iter().all(|known| known.step != read.step) {
                reads.push(read);
            }
        }
        let deadline = self.door.now() + self.node(slot).timeout;
        Ok(Proving {
            reads: reads.iter().map(|proof| self.asked(proof)).collect::<Result<_, _>>()?,
            places: evidence.map_or_else(|| Ok(Vec::new()), |evidence| self.places(evidence))?,
            in_use,
            proofs: debt.proofs.iter().map(|of| self.asked(of)).collect::<Result<_, _>>()?,
            fresh: Fresh::new(self.plan.inputs(), self.beside.missing),
            scope: Scope { mode: Mode::Read, ..self.scope(&debt.step, 1, deadline) },
            plan: self.plan,
            run: self.run.clone(),
        })
    }

    /// Returns the places of what is current that can be compared: a short value has no check.
    fn places(&self, evidence: &Evidence) -> Result<Vec<Place>, StepError> {
        let salt = &evidence.salt;
        let place = |holder: &Holder| Some(self.place(holder, holder.check.as_ref()?, salt));
        evidence.holders.iter().filter_map(place).collect()
    }

    fn place(&self, holder: &Holder, check: &str, salt: &str) -> Result<Place, StepError> {
        let reader = self.step_of(&holder.uses).ok_or_else(|| unknown(&holder.uses))?;
        Ok(Place {
            step: holder.step.clone(),
            place: holder.place.clone(),
            reader,
            with: holder.with.clone(),
            output: holder.output.clone(),
            expected: Expected::Check { salt: salt.to_owned(), check: check.to_owned() },
        })
    }

    pub(crate) fn asked(&self, proof: &Proof) -> Result<Asked, StepError> {
        let slot = self.run.graph().slot(&proof.step);
        let same = slot.filter(|slot| self.run.shape(slot.node).uses == proof.uses);
        if let Some(slot) = same {
            return Ok(Asked::of(self.node(slot), slot, proof));
        }
        let by = self.step_of(&proof.uses).ok_or_else(|| unknown(&proof.uses))?;
        let (step, with) = (proof.step.clone(), proof.with.clone());
        Ok(Asked { step, slot: None, by, with, retry: once(), timeout: TIMEOUT, until: None })
    }

    /// Returns the reads that give the step its secrets which found what was in use.
    fn feeding(&self, asked: &Asked) -> Vec<Proof> {
        let frozen = Frozen { plan: self.plan, run: &self.run };
        frozen.reads_for(std::iter::once(&asked.with))
    }

    /// Returns the step that found what was in use, to be asked once more.
    fn in_use(&self, current: &Identity) -> Option<InUse> {
        let checked = self.plan.checked();
        let expr = checked.workflow().credential.as_ref()?.in_use.clone()?;
        let slot = Slot { node: u32::try_from(checked.in_use()?).ok()?, item: None };
        let node = self.node(slot);
        let with = self.run.state(slot)?.tried.as_ref()?.params.clone();
        let (step, uses) = (node.id().to_owned(), node.decl.uses.value.clone());
        let asked = Asked {
            by: Arc::clone(&node.step),
            ..Asked::of(node, slot, &Proof { step, uses, with })
        };
        Some(InUse { asked, expr, current: current.id.clone() })
    }
}

fn unknown(uses: &str) -> StepError {
    StepError::new(format!("`{uses}` is not a step here, and it has to be asked first"))
}

fn once() -> Retry {
    let delay = Duration::default();
    Retry { span: Span::default(), max_attempts: 1, delay, exponential: false, max_delay: delay }
}
