//! Secrets after a crash: what a step needs that is gone is got again before it begins, or made
//! again after everything that used it is taken back.

use std::collections::BTreeSet;

use crate::execute::alive::Revived;
use crate::execute::driver::Driver;
use crate::execute::render::Fault;
use crate::run::revive::{dead, dead_in};
use crate::run::scope::Values;
use crate::run::{Action, Slot};
use crate::spec::Role;
use crate::template::{Path, Scope as _};
use crate::value::{Map, Value};
use crate::workflow::{Entry, ForEach, Undo};

/// Whether something may begin that may need secrets that are gone.
pub(crate) enum Ready {
    /// It may.
    Yes,
    /// It waits: its secrets are searched for, or made again.
    NotYet,
    /// It does not begin, and something was noted for that.
    Instead,
}

impl Driver<'_> {
    /// Says whether an action may be carried out now. In the process that began a run, it may.
    pub(crate) fn is_ready(&mut self, action: &Action) -> Ready {
        if !self.goes_on {
            return Ready::Yes;
        }
        let (slot, begins) = match action {
            Action::Start { slot, .. } | Action::Expand(slot) | Action::Promote(slot) => {
                (*slot, true)
            }
            Action::Look(slot) | Action::Undo(slot) => (*slot, false),
            Action::Skip { .. }
            | Action::Owe(_)
            | Action::Pay(_)
            | Action::WaitUntil(_)
            | Action::End { .. }
            | Action::Leave => return Ready::Yes,
        };
        if begins && self.is_hushed(slot) {
            return Ready::NotYet;
        }
        let needs = self.dead_needs(slot, action);
        if needs.is_empty() {
            return Ready::Yes;
        }
        let unknown: BTreeSet<String> =
            needs.iter().filter(|origin| !self.is_known_dead(origin)).cloned().collect();
        if !unknown.is_empty() {
            if !self.reviving {
                self.search(slot, unknown);
            }
            return Ready::NotYet;
        }
        if begins { self.without(slot, &needs) } else { self.wait_for_sources(&needs) }
    }

    fn is_known_dead(&self, origin: &str) -> bool {
        self.gone.contains(origin) || self.unreachable.contains_key(origin)
    }

    /// Takes up what a search has found.
    pub(crate) fn revived(&mut self, revived: Revived) {
        self.reviving = false;
        self.run.revive(&revived.alive);
        self.gone.extend(revived.gone);
        self.unreachable.extend(revived.unreachable);
    }

    /// Takes up what a step has given once more: what was begun with its former value and is not
    /// done goes on with this one. What a create gave never takes the place of what it gave before.
    pub(crate) fn revive_with(&mut self, slot: Slot, outputs: &Map) {
        if self.goes_on && self.run.shape(slot.node).role != Role::Create {
            let handles = outputs.values().flat_map(Value::handles);
            let alive = handles.map(|handle| (handle.origin.clone(), handle)).collect();
            self.run.revive(&alive);
        }
    }

    /// A step that needs what nothing gives any more: it is made again, where that is possible.
    fn without(&mut self, slot: Slot, needs: &BTreeSet<String>) -> Ready {
        let unreachable = needs.iter().find_map(|origin| {
            Some((origin.clone(), self.unreachable.get(origin)?.message.clone()))
        });
        if let Some((origin, why)) = unreachable {
            let ask = format!(
                "`{origin}` is needed, and can't be read back: {why}; go on when that is mended"
            );
            self.stall(slot, ask);
            return Ready::Instead;
        }
        if self.run.promoted().is_some() {
            let gone: Vec<&str> = needs.iter().map(String::as_str).collect();
            let message = format!(
                "`{}` is gone with its process, and nothing gives it any more",
                gone.join("`, `")
            );
            let help = "what was promoted stays; put the value where it belongs by hand".to_owned();
            self.fail_unbegun(slot, &Fault { message, help });
            return Ready::Instead;
        }
        if self.begin_anew(slot, needs) { Ready::Instead } else { Ready::NotYet }
    }

    /// A look, or an undo, that needs what is made again waits for that; what nothing gives any
    /// more is done without.
    fn wait_for_sources(&self, needs: &BTreeSet<String>) -> Ready {
        let runs_again = |origin: &String| {
            self.sources(origin).iter().any(|node| {
                let slot = Slot { node: *node, item: None };
                self.run.state(slot).is_some_and(|state| !state.is_over())
            })
        };
        let waits = self.run.failure().is_none() && needs.iter().any(runs_again);
        if waits { Ready::NotYet } else { Ready::Yes }
    }

    /// Returns where the dead secrets came from that something needs.
    fn dead_needs(&self, slot: Slot, action: &Action) -> BTreeSet<String> {
        let mut needs = BTreeSet::new();
        let state = self.run.state(slot);
        let tried = state.and_then(|state| state.tried.as_ref());
        let back = state.and_then(|state| state.back.as_ref());
        match action {
            Action::Promote(_) => self.needs_of_debts(&mut needs),
            Action::Undo(_) => {
                needs.extend(back.into_iter().flat_map(|back| dead_in(&back.with)));
                needs.extend(tried.into_iter().flat_map(|tried| dead_in(&tried.params)));
                let undo = self.node(slot).decl.undo.as_ref().map(|undo| &undo.value);
                if let Some(Undo::Step { with, .. }) = undo {
                    self.needs_of(slot, with, &mut needs);
                }
            }
            _ => match tried {
                Some(tried) => needs.extend(dead_in(&tried.params)),
                None => self.needs_of_step(slot, &mut needs),
            },
        }
        needs
    }

    fn needs_of_step(&self, slot: Slot, needs: &mut BTreeSet<String>) {
        let decl = &self.node(slot).decl;
        self.needs_of(slot, &decl.with, needs);
        let scope = Values::of(self.plan, &self.run, slot);
        let mut see = |path: &Path| needs.extend(dead(&scope.path(path)));
        if let Some(when) = &decl.when {
            when.paths(&mut |path, _| see(path));
        }
        match &decl.for_each {
            Some(ForEach::Expr(list)) => list.paths(&mut |path, _| see(path)),
            Some(ForEach::List(list)) => {
                list.templates(&mut |template| template.paths(&mut |path, _| see(path)));
            }
            None => {}
        }
    }

    fn needs_of(
        &self,
        slot: Slot,
        with: &indexmap::IndexMap<String, Entry>,
        needs: &mut BTreeSet<String>,
    ) {
        let scope = Values::of(self.plan, &self.run, slot);
        for entry in with.values() {
            entry.node.templates(&mut |template| {
                template.paths(&mut |path, _| needs.extend(dead(&scope.path(path))));
            });
        }
    }

    /// What is owed is frozen at promotion, with what its parameters are then.
    fn needs_of_debts(&self, needs: &mut BTreeSet<String>) {
        let nodes = self.plan.checked().nodes().iter().enumerate();
        for (index, _) in nodes.filter(|(_, node)| node.role == Role::Revoke && node.debt.is_some())
        {
            self.needs_of_step(self.slot_of(index), needs);
        }
    }
}
