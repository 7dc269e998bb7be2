//! What is frozen at promotion beside the revokes: who proves, what feeds it, which places hold
//! the new value and how they are read back.

use std::collections::BTreeSet;

use crate::event::{Event, Holder, Proof};
use crate::execute::fresh::steps_in;
use crate::plan::Plan;
use crate::run::graph::id;
use crate::run::view::place_line;
use crate::run::{Run, Slot};
use crate::spec::Role;
use crate::value::{Map, Value};

/// A run, by what of it is frozen.
pub(crate) struct Frozen<'a> {
    pub(crate) plan: &'a Plan,
    pub(crate) run: &'a Run,
}

impl Frozen<'_> {
    /// Returns the steps that verify a place, and the reads that feed them or give one of some
    /// parameters its secret: as they ran, in running order.
    pub(crate) fn proofs(&self, with: &Map) -> Vec<Proof> {
        let checked = self.plan.checked();
        let mut chosen = self.givers(with);
        for (index, node) in checked.nodes().iter().enumerate() {
            let place = node.verifies.iter().any(|of| checked.nodes()[*of].role != Role::Create);
            if place {
                self.choose(index, &mut chosen);
            }
        }
        self.as_they_ran(&chosen)
    }

    /// Returns the reads that give some parameters their secrets, as they ran.
    pub(crate) fn reads_for<'a>(&self, with: impl Iterator<Item = &'a Map>) -> Vec<Proof> {
        let mut chosen = BTreeSet::new();
        with.for_each(|with| chosen.extend(self.givers(with)));
        self.as_they_ran(&chosen)
    }

    /// Returns the places that hold what a create made.
    pub(crate) fn holders(&self, create: usize) -> Vec<Holder> {
        let mut holders: Vec<Holder> = Vec::new();
        for event in self.run.stored() {
            let Event::Stored { step, secret, uses, with, output, check } = event else { continue };
            let Some(place) = self.place_of(step).filter(|_| self.is_of(create, secret)) else {
                continue;
            };
            if self.is_pending_place(step, create) {
                continue;
            }
            holders.retain(|holder| holder.step != *step);
            holders.push(Holder {
                step: step.clone(),
                place,
                uses: uses.clone(),
                with: with.clone(),
                output: output.clone(),
                check: check.clone(),
            });
        }
        holders
    }

    /// Says whether a step wrote what was only going to be: a place that takes the value before it
    /// is set keeps it for a crash, and need not hold it any longer.
    fn is_pending_place(&self, step: &str, create: usize) -> bool {
        let index = self.run.graph().slot(step).map(|slot| slot.node as usize);
        index.is_some_and(|index| self.plan.checked().is_before(index, create))
    }

    /// Returns the place that a step has written, for people.
    fn place_of(&self, step: &str) -> Option<String> {
        let slot = self.run.graph().slot(step)?;
        let state = self.run.state(slot).filter(|state| state.is_done())?;
        let place = self.run.shape(slot.node).place.as_ref()?;
        Some(place_line(place, &state.tried.as_ref()?.params))
    }

    /// Says whether a secret is, or was made of, what a create made or was told to make.
    fn is_of(&self, create: usize, secret: &str) -> bool {
        let node = &self.plan.checked().nodes()[create];
        let chosen = node.step.spec().chosen.as_deref().and_then(|name| {
            let slot = Slot { node: id(create), item: None };
            let tried = self.run.state(slot)?.tried.as_ref()?;
            tried.params.get(name)?.handles().into_iter().next()
        });
        steps_in(secret).iter().any(|id| id == node.id())
            || chosen.is_some_and(|chosen| chosen.origin == secret)
    }

    fn givers(&self, with: &Map) -> BTreeSet<usize> {
        let checked = self.plan.checked();
        let mut chosen = BTreeSet::new();
        let handles = with.values().flat_map(Value::handles);
        for giver in handles.flat_map(|handle| steps_in(&handle.origin)) {
            let reads = |of: &usize| checked.nodes()[*of].role == Role::Read;
            if let Some(index) = checked.index(&giver).filter(reads) {
                self.choose(index, &mut chosen);
            }
        }
        chosen
    }

    fn choose(&self, index: usize, chosen: &mut BTreeSet<usize>) {
        if !chosen.insert(index) {
            return;
        }
        let checked = self.plan.checked();
        for entry in checked.nodes()[index].decl.with.values() {
            entry.node.templates(&mut |template| {
                template.paths(&mut |path, _| {
                    let id = path.rest.first().filter(|_| path.head == "steps");
                    let fed_by = id.and_then(|(id, _)| checked.index(id));
                    let reads = |of: &usize| checked.nodes()[*of].role == Role::Read;
                    if let Some(fed_by) = fed_by.filter(reads) {
                        self.choose(fed_by, chosen);
                    }
                });
            });
        }
    }

    fn as_they_ran(&self, chosen: &BTreeSet<usize>) -> Vec<Proof> {
        let order = &self.run.graph().order;
        let in_order = order.iter().filter(|node| chosen.contains(&(**node as usize)));
        in_order.flat_map(|node| self.as_it_ran(*node)).collect()
    }

    fn as_it_ran(&self, node: u32) -> Vec<Proof> {
        let items = self.run.items(node).map_or(0, |items| items.states.len());
        let slots = (0..items).map(|item| Slot { node, item: u32::try_from(item).ok() });
        let whole = Slot { node, item: None };
        let done = std::iter::once(whole).chain(slots).filter_map(|slot| {
            let state = self.run.state(slot).filter(|state| state.is_done())?;
            let step = self.run.graph().path(slot);
            let uses = self.run.shape(node).uses.clone();
            Some(Proof { step, uses, with: state.tried.as_ref()?.params.clone() })
        });
        done.collect()
    }
}
