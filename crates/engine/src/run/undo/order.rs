//! The order in which a failed run is taken back: its graph in reverse, counted and queued.
//!
//! A step goes once everything that needs it is back or has nothing to take back. Two things bend
//! that. A step that is run once more (`again`) goes after all above it that is put back before a
//! create is, and a create goes after every such step below it: so nobody still runs on a value
//! that is about to be revoked. And a create waits for every step that was given its secret; where
//! one of those cannot be taken back, the create stays.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use crate::run::graph::{Graph, id};
use crate::run::slot::Slot;

/// How a step is taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// By its own undo.
    Own,
    /// By another step.
    Other,
    /// It is run once more when what is above it is back.
    Again,
    /// Not at all.
    None,
}

/// What of a step is to be taken back.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Work {
    /// Its slots, in running order: the last one goes first.
    pub(crate) todo: Vec<Slot>,
    /// It makes a credential.
    pub(crate) is_create: bool,
    /// It is run once more.
    pub(crate) is_again: bool,
    /// The step that may hold its secret for good: it stays.
    pub(crate) held_by: Option<u32>,
    /// The creates that wait for it because it was given their secret.
    pub(crate) carries: Vec<u32>,
}

/// What is still to be taken back, and what of it can go now.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Order {
    nodes: Vec<Node>,
    /// What can go now, the last one in running order first.
    ready: BTreeSet<(Reverse<u32>, u32)>,
    running: usize,
}

#[derive(Debug, Clone, Default, PartialEq)]
struct Node {
    work: Work,
    needs: Vec<u32>,
    rank: u32,
    is_busy: bool,
    /// One of its slots could not be taken back.
    has_failed: bool,
    /// It is above a create that is to be taken back.
    is_over_create: bool,
    /// Direct dependents that are not back.
    below: usize,
    /// Direct dependents below which a step has still to run once more.
    again: usize,
    /// Direct needs above which something has still to be put back.
    above: usize,
    /// Steps that were given its secret and are not back.
    beside: usize,
    is_passed: bool,
    is_again_passed: bool,
    is_above_passed: bool,
}

impl Order {
    /// Makes the order of what is to be taken back, one [`Work`] for each step.
    pub(crate) fn new(graph: &Graph, work: Vec<Work>) -> Self {
        let of = |work: Work| Node { work, ..Node::default() };
        let mut nodes: Vec<Node> = work.into_iter().map(of).collect();
        let steps = graph.order.iter().copied().filter(|node| (*node as usize) < nodes.len());
        let steps: Vec<u32> = steps.collect();
        for (rank, node) in steps.iter().enumerate() {
            nodes[*node as usize].rank = id(rank);
        }
        for node in steps.iter().rev() {
            link(graph, &mut nodes, *node);
        }
        let mut order = Self { nodes, ready: BTreeSet::new(), running: 0 };
        for node in steps {
            order.look(graph, node);
        }
        order
    }

    /// Returns what can go now, at most so many.
    pub(crate) fn ready(&self, room: usize) -> impl Iterator<Item = Slot> + '_ {
        let nodes = self.ready.iter().take(room).map(|(_, node)| &self.nodes[*node as usize]);
        nodes.filter_map(|node| node.work.todo.last().copied())
    }

    /// Returns how many are under way.
    pub(crate) fn running(&self) -> usize {
        self.running
    }

    /// Says whether nothing is under way and nothing can go.
    pub(crate) fn is_over(&self) -> bool {
        self.running == 0 && self.ready.is_empty()
    }

    /// Says whether something that is to be taken back is not.
    pub(crate) fn is_stuck(&self) -> bool {
        self.nodes.iter().any(|node| !node.is_back())
    }

    /// Returns a create that stays although nothing failed, and who may hold its secret.
    pub(crate) fn held(&self) -> Option<(u32, u32)> {
        let nodes = self.nodes.iter().enumerate().filter(|(_, node)| !node.is_back());
        nodes.filter_map(|(at, node)| Some((id(at), node.work.held_by?))).next()
    }

    /// Says whether a slot can go now, or is under way.
    pub(crate) fn may_go(&self, slot: Slot) -> bool {
        let Some(node) = self.nodes.get(slot.node as usize) else { return false };
        node.work.todo.last() == Some(&slot) && (node.is_busy || node.can_go())
    }

    /// Notes that a slot is under way; see [`Self::may_go`].
    pub(crate) fn begin(&mut self, slot: Slot) {
        let node = &mut self.nodes[slot.node as usize];
        self.running += usize::from(!node.is_busy);
        node.is_busy = true;
        self.refresh(slot.node);
    }

    /// Notes how a slot ended that may go or is under way.
    pub(crate) fn end(&mut self, graph: &Graph, slot: Slot, is_back: bool) {
        let node = &mut self.nodes[slot.node as usize];
        self.running -= usize::from(node.is_busy);
        node.is_busy = false;
        node.has_failed |= !is_back;
        node.work.todo.pop();
        self.look(graph, slot.node);
    }

    /// Says whether nothing of a step is left to be taken back.
    pub(crate) fn is_back(&self, node: u32) -> bool {
        self.nodes.get(node as usize).is_none_or(Node::is_back)
    }

    /// Passes on what changed at a node, up and down the graph.
    fn look(&mut self, graph: &Graph, first: u32) {
        let mut changed = vec![first];
        while let Some(at) = changed.pop() {
            let node = &mut self.nodes[at as usize];
            let (up, again, down) = (node.passes(), node.passes_again(), node.passes_above());
            node.is_passed |= up;
            node.is_again_passed |= again;
            node.is_above_passed |= down;
            if up || again {
                for need in self.nodes[at as usize].needs.clone() {
                    self.nodes[need as usize].below -= usize::from(up);
                    self.nodes[need as usize].again -= usize::from(again);
                    changed.push(need);
                }
            }
            if up {
                for create in self.nodes[at as usize].work.carries.clone() {
                    self.nodes[create as usize].beside -= 1;
                    changed.push(create);
                }
            }
            for below in graph.node(at).dependents.iter().filter(|_| down) {
                self.nodes[*below as usize].above -= 1;
                changed.push(*below);
            }
            self.refresh(at);
        }
    }

    fn refresh(&mut self, at: u32) {
        let node = &self.nodes[at as usize];
        let key = (Reverse(node.rank), at);
        if node.can_go() {
            self.ready.insert(key);
        } else {
            self.ready.remove(&key);
        }
    }
}

/// Counts what a node waits for, and tells those that it waits for.
fn link(graph: &Graph, nodes: &mut [Node], at: u32) {
    let dependents = &graph.node(at).dependents;
    let over_create = dependents.iter().any(|below| {
        let below = &nodes[*below as usize];
        below.is_over_create || (below.work.is_create && !below.is_back())
    });
    for below in dependents {
        nodes[*below as usize].needs.push(at);
        nodes[*below as usize].above += 1;
    }
    for create in nodes[at as usize].work.carries.clone() {
        nodes[create as usize].beside += 1;
    }
    let node = &mut nodes[at as usize];
    node.is_over_create = over_create;
    node.below = dependents.len();
    node.again = dependents.len();
}

impl Node {
    fn is_back(&self) -> bool {
        self.work.todo.is_empty() && !self.has_failed
    }

    /// Says whether those above it need not wait for it any more. What is put back does not wait
    /// for what is run once more after that.
    fn passes(&self) -> bool {
        let is_back = self.work.is_again || self.is_back();
        !self.is_passed && self.below == 0 && is_back
    }

    fn passes_again(&self) -> bool {
        let has_run = !self.work.is_again || self.is_back();
        !self.is_again_passed && self.again == 0 && has_run
    }

    /// Says whether what is run once more below it need not wait for it any more.
    fn passes_above(&self) -> bool {
        let comes_later = self.work.is_create || self.is_over_create;
        !self.is_above_passed && self.above == 0 && (comes_later || self.is_back())
    }

    fn can_go(&self) -> bool {
        let may = match (self.work.is_create, self.work.is_again) {
            (true, _) => self.again == 0 && self.beside == 0 && self.work.held_by.is_none(),
            (false, true) => self.above == 0,
            (false, false) => true,
        };
        may && self.below == 0 && !self.is_busy && !self.work.todo.is_empty()
    }
}
