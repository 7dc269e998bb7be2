//! What a run has done to the world and not taken back, a line each for people.

use crate::run::Run;
use crate::run::graph::id;
use crate::run::slot::{Over, Phase, Slot, State};
use crate::run::undo::given::{Given, given};
use crate::run::undo::order::Form;
use crate::run::view::place_line;
use crate::spec::Role;
use crate::value::{Map, shown};
use crate::workflow::Undo;

impl Run {
    /// Returns what this run did to the world and has not taken back, a line each. After a
    /// promotion that is only what nobody can be sure of: the rest was meant to be.
    pub fn left(&self) -> Vec<String> {
        let goes_forward = self.promoted.is_some();
        let unsure = |state: &State| state.phase != Phase::Over(Over::Succeeded);
        let left = self.slots().filter(|(slot, state)| self.is_left(*slot, state));
        let left: Vec<(Slot, &State)> =
            left.filter(|(_, state)| !goes_forward || unsure(state)).collect();
        if left.is_empty() {
            return Vec::new();
        }
        let given = given(&self.graph.checked);
        let makes = |slot: Slot| given.makes[slot.node as usize];
        let made = left.iter().any(|(slot, _)| makes(*slot));
        let told = left.iter().filter(|(slot, state)| {
            // Who holds the value of something that is left is told beside that.
            let of_made = |create: &u32| left.iter().any(|(slot, _)| slot.node == *create);
            let is_place = matches!(self.shape(slot.node).role, Role::Store | Role::Publish);
            let carries = given.carries[slot.node as usize].iter().any(of_made);
            !(is_place && carries && state.tried.is_some())
        });
        let mut lines: Vec<String> =
            told.map(|(slot, state)| self.line_of(*slot, state, &given)).collect();
        if let Some(old) = self.old.as_ref().filter(|_| made && !goes_forward) {
            lines.push(format!("{}  live, in use before this run", named(&old.id, &old.prefix)));
        }
        lines
    }

    /// Returns what it has made and not taken back, by the marker of each try: when no place holds
    /// it, it may be revoked.
    pub(crate) fn left_by_marker(&self) -> Vec<(String, u32, String)> {
        let creates = self.slots().filter(|(slot, state)| {
            self.shape(slot.node).role == Role::Create && self.is_left(*slot, state)
        });
        let marked = creates.filter_map(|(slot, state)| {
            Some((self.graph.path(slot), state.attempts, state.marker()?.to_owned()))
        });
        if self.promoted.is_some() { Vec::new() } else { marked.collect() }
    }

    fn line_of(&self, slot: Slot, state: &State, given: &Given) -> String {
        let path = self.graph.path(slot);
        let shape = self.shape(slot.node);
        let marker = state.marker().unwrap_or_default();
        let sure = Phase::Over(Over::Succeeded);
        let unsure = state.phase != sure && state.phase != Phase::Over(Over::NotHeld);
        match (shape.role, unsure) {
            _ if given.makes[slot.node as usize] && !unsure => {
                format!(
                    "{}  live, made by this run{}",
                    made(&state.outputs),
                    self.users(slot, given)
                )
            }
            (Role::Create, _) => {
                format!("`{path}` may have made something: look for the marker {marker}")
            }
            (Role::Store | Role::Publish, _) => self.line_of_place(slot, state, unsure),
            (Role::Revoke, true) => format!("`{path}` may have been done: look whether it was"),
            (_, true) => format!("`{path}` may have been done: look for the marker {marker}"),
            (_, false) => format!("`{path}` was done{}", self.why_left(slot, state)),
        }
    }

    fn line_of_place(&self, slot: Slot, state: &State, unsure: bool) -> String {
        let place = self.place_of(slot, state);
        let holds = if unsure { "may hold" } else { "holds" };
        let is_kept = self.shape(slot.node).form == Form::Own && self.keeps_former_selves();
        let kept = if is_kept { "; its former self is kept" } else { "" };
        format!("{place} {holds} what `{}` wrote{kept}", self.graph.path(slot))
    }

    /// A run that is not over, or is stuck, keeps what its places held before.
    fn keeps_former_selves(&self) -> bool {
        use crate::event::Status;
        self.ended.as_ref().is_none_or(|ended| ended.status == Status::Stuck)
    }

    fn why_left(&self, slot: Slot, state: &State) -> String {
        let nodes = self.graph.checked.nodes();
        let undo = nodes.get(slot.node as usize).and_then(|node| node.decl.undo.as_ref());
        match undo.map(|undo| &undo.value) {
            Some(Undo::None { reason }) => format!(", and stays: {reason}"),
            Some(Undo::Step { .. } | Undo::Again) | None if state.has_failed_undo() => {
                ", and could not be taken back".to_owned()
            }
            Some(Undo::Step { .. } | Undo::Again) => String::new(),
            None if self.shape(slot.node).form == Form::None => ", and has no undo".to_owned(),
            None => String::new(),
        }
    }

    /// Returns who may use what a step has made: who was given it and is not taken back.
    fn users(&self, made: Slot, given: &Given) -> String {
        let of = |(at, carries): (usize, &Vec<u32>)| {
            carries.contains(&made.node).then(|| self.slots_of(id(at)))
        };
        let holders = given.carries.iter().enumerate().filter_map(of).flatten();
        let users: Vec<String> = holders
            .filter_map(|slot| {
                let state = self.state(slot).filter(|state| self.may_hold(state))?;
                Some(match self.shape(slot.node).place {
                    Some(_) => self.place_of(slot, state),
                    None => format!("`{}`", self.graph.path(slot)),
                })
            })
            .collect();
        if users.is_empty() {
            return String::new();
        }
        format!(", perhaps in use by {}", users.join(" and "))
    }

    fn place_of(&self, slot: Slot, state: &State) -> String {
        let place = self.shape(slot.node).place.as_ref().zip(state.tried.as_ref());
        place.map_or_else(
            || format!("what `{}` writes to", self.graph.path(slot)),
            |(place, tried)| place_line(place, &tried.params),
        )
    }
}

fn made(outputs: &Map) -> String {
    let text = |name| outputs.get(name).and_then(|value| value.as_text()).map(shown);
    match text("id") {
        Some(id) => named(&id, &text("prefix")),
        None => "something without an id".to_owned(),
    }
}

fn named(id: &str, prefix: &Option<String>) -> String {
    match prefix {
        Some(prefix) => format!("{id} ({prefix})"),
        None => id.to_owned(),
    }
}
