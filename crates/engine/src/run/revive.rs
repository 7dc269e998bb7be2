//! Secrets that were gone with their process and are here again: in memory only, no event.

use std::collections::HashMap;

use crate::disk::GONE;
use crate::known::Known;
use crate::run::slot::State;
use crate::run::{Run, Slot};
use crate::value::{Handle, Map, Piece, Value, pieces};

impl Run {
    /// Puts secrets that are here again in the place of the dead ones from the same origin.
    pub(crate) fn revive(&mut self, alive: &HashMap<String, Handle>) {
        for items in self.items.values_mut() {
            items.values.iter_mut().for_each(|value| revive(value, alive));
            items.states.iter_mut().for_each(|state| revive_state(state, alive));
        }
        self.states.iter_mut().for_each(|state| revive_state(state, alive));
        self.debts.iter_mut().for_each(|debt| revive_map(&mut debt.with, alive));
    }

    /// Returns what is still known of the secrets that a slot was given and that are gone.
    pub(crate) fn known(&self, slot: Slot) -> Known {
        let tried = self.state(slot).and_then(|state| state.tried.as_ref());
        let dead = tried.map(|tried| dead_in(&tried.params)).unwrap_or_default();
        let check = |origin: &String| {
            let announced = tried.and_then(|tried| tried.checks.get(origin));
            announced.map(String::as_str).or_else(|| self.check_of(origin)).map(str::to_owned)
        };
        let checks = dead.into_iter().filter_map(|origin| Some((origin.clone(), check(&origin)?)));
        let salt = self.claimed().map(|claimed| claimed.salt.clone()).unwrap_or_default();
        Known::new(salt, checks.collect())
    }

    /// Returns the check of a secret that a create has made, by where it came from.
    pub(crate) fn check_of(&self, origin: &str) -> Option<&str> {
        let (step, _) = origin.strip_prefix("steps.")?.split_once('.')?;
        let state = &self.states[self.graph.find(step)? as usize];
        let given = |value: &Value| value.handles().iter().any(|of| of.origin == origin);
        let (output, _) = state.outputs.iter().find(|(_, value)| given(value))?;
        state.checks.as_ref()?.get(output).map(String::as_str)
    }
}

/// Returns where the dead secrets of a value came from.
pub(crate) fn dead(value: &Value) -> Vec<String> {
    let gone = value.handles().into_iter().filter(|handle| handle.id == GONE);
    gone.map(|handle| handle.origin).collect()
}

/// Returns where the dead secrets in some parameters or outputs came from.
pub(crate) fn dead_in(map: &Map) -> Vec<String> {
    map.values().flat_map(dead).collect()
}

fn revive_state(state: &mut State, alive: &HashMap<String, Handle>) {
    revive_map(&mut state.outputs, alive);
    if let Some(tried) = &mut state.tried {
        revive_map(&mut tried.params, alive);
    }
    if let Some(back) = &mut state.back {
        revive_map(&mut back.with, alive);
    }
}

/// Puts living secrets in the place of dead ones.
pub(crate) fn revive_map(map: &mut Map, alive: &HashMap<String, Handle>) {
    map.values_mut().for_each(|value| revive(value, alive));
}

fn revive(value: &mut Value, alive: &HashMap<String, Handle>) {
    match value {
        Value::List(items) => items.iter_mut().for_each(|item| revive(item, alive)),
        Value::Map(map) => revive_map(map, alive),
        Value::Text(text) if text.contains(crate::value::MARK_OPEN) => {
            *text = revived(text, alive);
        }
        Value::Text(_)
        | Value::Null
        | Value::Bool(_)
        | Value::Int(_)
        | Value::Float(_)
        | Value::Duration(_)
        | Value::Timestamp(_)
        | Value::Unknown(_) => {}
    }
}

fn revived(text: &str, alive: &HashMap<String, Handle>) -> String {
    let of = |piece: Piece<'_>| match piece {
        Piece::Plain(plain) => plain.to_owned(),
        Piece::Secret(handle) if handle.id == GONE => {
            alive.get(&handle.origin).unwrap_or(&handle).to_mark()
        }
        Piece::Secret(handle) => handle.to_mark(),
        Piece::Unknown { from, .. } => from.to_owned(),
    };
    pieces(text).into_iter().map(of).collect()
}
