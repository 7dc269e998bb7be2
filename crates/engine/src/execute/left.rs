//! What a run that is over may have left, by its history: tries that were abandoned, and what was
//! given the value of what they made.

use std::sync::Arc;

use indexmap::IndexMap;

use crate::event::{Entry, Event, Started};
use crate::execute::attempt::read_back;
use crate::execute::fresh::steps_in;
use crate::plan::Plan;
use crate::spec::Role;
use crate::step::Step;
use crate::time::Timestamp;
use crate::value::{Map, Value};

/// A try that was given up.
pub(crate) struct Tried {
    pub(crate) step: String,
    pub(crate) attempt: u32,
    pub(crate) marker: String,
    pub(crate) params: Map,
    pub(crate) abandoned_at: Timestamp,
    /// Whether its value came back to us, so that a place may hold it.
    pub(crate) was_made: bool,
    /// The checks of its secrets.
    checks: IndexMap<String, String>,
}

/// What was given the value of something that the run made, and was not taken back.
pub(crate) struct Holding<'a> {
    pub(crate) step: String,
    pub(crate) reader: Option<&'a Arc<dyn Step>>,
    pub(crate) with: Map,
    pub(crate) output: String,
    /// Whether the value stands there whole, so that the check of the value is that of the place.
    whole: bool,
}

/// All that was given the value of what a create made.
pub(crate) struct Left<'a> {
    pub(crate) given: Vec<Holding<'a>>,
}

impl Holding<'_> {
    /// Returns the check that the place would have, were the value of a try in it.
    pub(crate) fn check<'t>(&self, tried: &'t Tried) -> Option<&'t String> {
        let mut checks = tried.checks.values();
        let only = checks.next().filter(|_| self.whole);
        only.filter(|_| checks.next().is_none())
    }
}

/// Returns the tries that were abandoned and are not swept, in the order of their start.
pub(crate) fn abandoned(history: &[Entry]) -> Vec<Tried> {
    let mut tries: IndexMap<(&str, u32), Tried> = IndexMap::new();
    let mut given_up = Vec::new();
    for entry in history {
        let event = &entry.event;
        if let Event::Started(started) = event
            && started.role == Role::Create
        {
            tries.insert((&started.step, started.attempt), begun(started, entry.at));
        } else if let Event::Succeeded { step, attempt, checks, .. }
        | Event::Found { step, attempt, checks, .. } = event
            && let Some(tried) = tries.get_mut(&(step.as_str(), *attempt))
        {
            tried.was_made = true;
            tried.checks.clone_from(checks);
        } else if let Event::Abandoned { step, attempt, .. } = event
            && let Some(tried) = tries.get_mut(&(step.as_str(), *attempt))
            && !given_up.contains(&(step.as_str(), *attempt))
        {
            tried.abandoned_at = entry.at;
            given_up.push((step, *attempt));
        } else if let Event::Swept { step, attempt, .. } = event {
            given_up.retain(|key: &(&str, u32)| *key != (step.as_str(), *attempt));
        }
    }
    let of = |key| tries.shift_remove(&key);
    given_up.into_iter().filter_map(of).collect()
}

fn begun(started: &Started, at: Timestamp) -> Tried {
    Tried {
        step: started.step.clone(),
        attempt: started.attempt,
        marker: started.marker.clone().unwrap_or_default(),
        params: started.params.clone(),
        abandoned_at: at,
        was_made: false,
        checks: IndexMap::new(),
    }
}

impl<'a> Left<'a> {
    /// Gathers the writes that were given a secret of a create and were not taken back.
    pub(crate) fn of(plan: &'a Plan, history: &[Entry], create: &str) -> Self {
        let mut given: IndexMap<&str, &Started> = IndexMap::new();
        for entry in history {
            if let Event::Started(started) = &entry.event
                && started.writes
                && started.role != Role::Create
                && is_given(&started.params, create)
            {
                given.insert(&started.step, started);
            } else if let Event::Undone { step, .. } = &entry.event {
                given.shift_remove(step.as_str());
            }
        }
        Self { given: given.values().map(|started| holding(plan, started)).collect() }
    }
}

fn is_given(params: &Map, create: &str) -> bool {
    let handles = params.values().flat_map(Value::handles);
    handles.flat_map(|handle| steps_in(&handle.origin)).any(|id| id == create)
}

fn holding<'a>(plan: &'a Plan, started: &Started) -> Holding<'a> {
    let checked = plan.checked();
    let id = started.step.split('[').next().unwrap_or(&started.step);
    let node = checked.index(id).map(|index| &checked.nodes()[index]);
    let back =
        node.and_then(|node| Some((node.reader.as_ref()?, read_back(node, &started.params)?)));
    let step = started.step.clone();
    match back {
        None => {
            let (with, output) = (Map::new(), String::new());
            Holding { step, reader: None, with, output, whole: false }
        }
        Some((reader, back)) => {
            let whole = back.is_whole();
            let (with, output) = (back.with, back.output);
            Holding { step, reader: Some(reader), with, output, whole }
        }
    }
}
