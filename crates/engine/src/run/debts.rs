//! What a run owes: a revocation is held, then owed, then paid; it outlives the run.

use crate::event::{Debt, DebtState, Failure};
use crate::run::Run;
use crate::run::graph::Part;
use crate::run::slot::{Over, Phase, Slot};
use crate::time::{Duration, Timestamp};

impl Run {
    /// Returns the debt that a node pays.
    pub(crate) fn debt_of(&self, node: u32) -> Option<&Debt> {
        let shape = self.shape(node);
        if shape.for_each || shape.part != Part::Steps {
            return None;
        }
        self.debts.iter().find(|debt| debt.step == shape.path)
    }

    /// Returns the revokes whose proofs are under way.
    pub(crate) fn proving(&self) -> Vec<Slot> {
        let nodes = self.debts.iter().filter_map(|debt| self.graph.find(&debt.step));
        nodes
            .map(|node| Slot { node, item: None })
            .filter(|slot| self.states[slot.node as usize].phase == Phase::Proving)
            .collect()
    }

    /// Returns the debts whose revoke is over without a word about the debt itself, and whether
    /// it was paid.
    pub(crate) fn unsettled_debts(&self) -> Vec<(String, bool)> {
        let of = |debt: &Debt| {
            let node = self.graph.find(&debt.step)?;
            let state = &self.states[node as usize];
            let paid = debt.state == DebtState::Paying && state.is_done();
            (paid || self.unsettled.contains(&node)).then(|| (debt.id.clone(), paid))
        };
        self.debts.iter().filter_map(of).collect()
    }

    pub(super) fn debt_changed(
        &mut self,
        id: &str,
        state: DebtState,
        due: Option<Timestamp>,
        reason: &str,
        at: Timestamp,
    ) -> Result<(), String> {
        let index = self.debts.iter().position(|debt| debt.id == id);
        let index = index.ok_or_else(|| format!("no debt `{id}` is owed"))?;
        let slot = self.graph.find(&self.debts[index].step).map(|node| Slot { node, item: None });
        let debt = &mut self.debts[index];
        if debt.is_settled() {
            return Err(format!("debt `{id}` is settled"));
        }
        debt.state = state;
        debt.due = due.or(debt.due);
        reason.clone_into(&mut debt.reason);
        let at_once = debt.after == Duration::default();
        if let Some(slot) = slot {
            if self.ended.is_some() {
                self.debt_after_end(slot, state, at);
                return Ok(());
            }
            match state {
                DebtState::Owed => self.owed(slot, at_once, reason, at),
                DebtState::Paying => self.paying(slot),
                DebtState::Paid => self.paid(slot, at),
                DebtState::Held | DebtState::Cancelled | DebtState::Forgiven => {}
            }
        }
        Ok(())
    }

    /// Ends the try of a revoke that is owed: it is over only when its debt says so.
    pub(super) fn leave_debt(&mut self, slot: Slot, over: Over, at: Timestamp) {
        self.be_sure(slot);
        self.unset_timer(slot);
        let state = &mut self.states[slot.node as usize];
        self.running -= usize::from(state.is_running());
        state.end(over, at);
        self.unsettled.insert(slot.node);
        self.refresh(slot.node);
    }

    fn owed(&mut self, slot: Slot, at_once: bool, reason: &str, at: Timestamp) {
        let waits = self.unmet[slot.node as usize] > 0;
        let state = &mut self.states[slot.node as usize];
        match state.phase {
            Phase::Pending if waits => {}
            Phase::Pending if at_once => state.phase = Phase::Due,
            Phase::Pending => self.finish(slot, Over::Owed, at),
            Phase::Over(_) if !self.unsettled.remove(&slot.node) => {}
            Phase::Proving | Phase::Over(_) | Phase::Lost(_) => {
                let step = self.shape(slot.node).path.clone();
                let why = Failure { step, message: reason.to_owned(), ..Failure::default() };
                self.unpaid.get_or_insert(why);
                self.finish(slot, Over::Owed, at);
            }
            Phase::Due | Phase::Running | Phase::Waiting(_) | Phase::Parked(_) => {}
        }
    }

    fn paying(&mut self, slot: Slot) {
        let state = &mut self.states[slot.node as usize];
        if state.phase == Phase::Due {
            state.phase = Phase::Proving;
            self.running += 1;
            self.refresh(slot.node);
        }
    }

    fn paid(&mut self, slot: Slot, at: Timestamp) {
        let state = &mut self.states[slot.node as usize];
        if state.phase == Phase::Over(Over::Owed) {
            state.end(Over::Succeeded, at);
        }
    }
}
