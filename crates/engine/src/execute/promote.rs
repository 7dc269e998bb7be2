//! The point of no return: what is pending becomes current, and what is owed is frozen, at once.

use crate::check::Node;
use crate::event::{Debt, DebtState, Event, Evidence, Identity, TriggerKind};
use crate::execute::driver::Driver;
use crate::execute::frozen::Frozen;
use crate::execute::render::{self, Fault};
use crate::host::Host;
use crate::run::Slot;
use crate::run::scope::Values;
use crate::run::view::place_line;
use crate::time::Duration;
use crate::value::{Map, Value, shown};

impl Driver<'_> {
    /// Makes what was created current and freezes what is owed for what was in use.
    pub(crate) fn promote(&mut self, slot: Slot) {
        let frozen = self.made().and_then(|to| Ok((self.frozen_debts(&to)?, to)));
        match frozen {
            Ok((debts, to)) => {
                let step = self.run.graph().path(slot);
                let from = self.run.old().cloned();
                self.note(Event::Promoted { step, from, to, debts });
                self.journal.urge();
            }
            Err(fault) => self.fail_unbegun(slot, &fault),
        }
    }

    /// Returns what the create made.
    fn made(&self) -> Result<Identity, Fault> {
        let none = || Fault::from("nothing was made that could be promoted");
        let node = self.plan.checked().create().ok_or_else(none)?;
        let slot = self.slot_of(node);
        let state = self.run.state(slot).filter(|state| state.is_done()).ok_or_else(none)?;
        let text = |name: &str| state.outputs.get(name).and_then(Value::as_text).map(shown);
        let moment = |name: &str| match state.outputs.get(name) {
            Some(Value::Timestamp(at)) => Some(*at),
            _ => None,
        };
        let frozen = self.frozen();
        let holders = frozen.holders(node);
        let salt = self.run.claimed().map(|claimed| claimed.salt.clone()).unwrap_or_default();
        Ok(Identity {
            id: text("id").ok_or_else(|| Fault::from("what was made has no `id`"))?,
            prefix: text("prefix"),
            created_at: moment("created_at").or(state.ended_at),
            expires_at: moment("expires_at"),
            run: Some(self.drive.run.to_owned()),
            places: self.places(),
            evidence: Some(Box::new(Evidence {
                checks: state.checks.as_deref().cloned().unwrap_or_default(),
                salt,
                reads: frozen.reads_for(holders.iter().map(|holder| &holder.with)),
                holders,
            })),
        })
    }

    /// Returns where this run has written, for people.
    fn places(&self) -> Vec<String> {
        let nodes = self.plan.checked().nodes().iter().enumerate();
        let places = nodes.filter_map(|(node, of)| {
            let state = self.run.state(self.slot_of(node)).filter(|state| state.is_done())?;
            let spec = of.step.spec();
            let place = spec.stores_at.as_ref().or(spec.publishes_to.as_ref())?;
            Some(place_line(place, &state.tried.as_ref()?.params))
        });
        places.collect()
    }

    fn frozen_debts(&self, to: &Identity) -> Result<Vec<Debt>, Fault> {
        let nodes = self.plan.checked().nodes().iter().enumerate();
        let owed = nodes.filter(|(_, node)| node.debt.is_some());
        owed.map(|(index, node)| self.freeze(index, node, to)).collect()
    }

    fn freeze(&self, index: usize, node: &Node, to: &Identity) -> Result<Debt, Fault> {
        if node.decl.for_each.is_some() {
            return Err("a revoke that is owed cannot have a `for_each`".into());
        }
        let scope = Values::of(self.plan, &self.run, self.slot_of(index));
        let secrets = self.door.secrets();
        let due = match &node.decl.when {
            Some(when) => render::holds(when, &scope, secrets)?,
            None => true,
        };
        let with = if due { render::params(node, &scope, secrets)? } else { Map::new() };
        let revokes = node.step.spec().revokes.as_deref().unwrap_or_default();
        let target = with.get(revokes).and_then(Value::as_text).map(shown).unwrap_or_default();
        let step = node.decl.id.value.clone();
        if due && target == to.id {
            return Err(Fault {
                message: format!("`{step}` would revoke {target}, which this run has made"),
                help: "revoke `credential.old.id`".to_owned(),
            });
        }
        Ok(Debt {
            id: format!("{}.{step}", self.drive.run),
            credential: self.plan.credential().map(|of| of.name.clone()).unwrap_or_default(),
            run: self.drive.run.to_owned(),
            step,
            uses: node.decl.uses.value.clone(),
            target,
            proofs: if due { self.frozen().proofs(&with) } else { Vec::new() },
            with,
            after: if self.burns() { Duration::default() } else { node.debt.unwrap_or_default() },
            due: None,
            state: if due { DebtState::Held } else { DebtState::Cancelled },
            reason: String::new(),
        })
    }

    fn frozen(&self) -> Frozen<'_> {
        Frozen { plan: self.plan, run: &self.run }
    }

    /// Says whether nothing of what is replaced stays valid: the old one is burnt.
    fn burns(&self) -> bool {
        let trigger = self.run.claimed().and_then(|claimed| claimed.trigger);
        trigger.is_some_and(|trigger| trigger.by == TriggerKind::Burn)
    }

    pub(crate) fn slot_of(&self, node: usize) -> Slot {
        Slot { node: crate::run::graph::id(node), item: None }
    }
}
