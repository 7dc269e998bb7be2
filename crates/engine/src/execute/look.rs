//! A look at what a try may have done: by the step's own `read`, and by what its place holds.

use std::collections::HashMap;

use crate::check::{Node, holds_secret};
use crate::ctx::{Ctx, Mode, Scope};
use crate::disk::GONE;
use crate::event::Event;
use crate::execute::attempt::{ReadBack, look as read_place, read_back};
use crate::execute::driver::{Driver, Landed};
use crate::host::Host;
use crate::known::Known;
use crate::run::revive::revive_map;
use crate::run::{NOT_HELD, Slot};
use crate::spec::Role;
use crate::step::StepError;
use crate::time::Timestamp;
use crate::value::{Handle, Map, Piece, Value, pieces};

/// What a look at what a try may have done has found.
pub(crate) struct Looked {
    pub(crate) slot: Slot,
    /// The try in question; 0 where none was begun.
    pub(crate) attempt: u32,
    /// When it was asked.
    pub(crate) asked_at: Timestamp,
    pub(crate) why: Why,
    pub(crate) found: Result<Option<Found>, StepError>,
}

/// What is there.
pub(crate) struct Found {
    pub(crate) outputs: Map,
    /// Of a place that can be read back: that it holds what was written.
    pub(crate) stored: Option<Event>,
    /// A place that may hold what was written, which is gone, and nothing can compare it.
    pub(crate) unsure: bool,
    /// What a place holds is a secret that was gone with its process, by where it came from.
    pub(crate) revived: Option<(String, Handle)>,
}

/// What tells whether a place holds a secret that is gone.
struct Checked {
    origin: String,
    check: String,
}

/// Why it was looked.
pub(crate) enum Why {
    /// The try got no answer.
    Lost,
    /// The try failed after its write was sent, in words that nobody knows.
    Doubted(StepError),
    /// The next try is about to begin, with these parameters.
    Before { attempt: u32, params: Map },
    /// The first try of a create is, which is told what is there before it.
    First { attempt: u32, params: Map },
}

impl Driver<'_> {
    /// Makes a look ready to be launched. It only reads.
    pub(crate) fn queue_look(&mut self, slot: Slot, attempt: u32, params: Map, why: Why) {
        self.looking.insert(slot);
        let node = self.node(slot);
        let asked_at = self.door.now();
        let deadline = asked_at + self.run.shape(slot.node).timeout;
        let scope = self.scope(slot, attempt, deadline);
        let scope = Scope { mode: Mode::Read, may_write: false, ..scope };
        let check = check_of_place(node, &params, &scope.known);
        let salt = self.salt();
        let door = self.door;
        self.waiting.push(Box::pin(async move {
            let (why, found) = match (why, check) {
                (Why::First { attempt, mut params }, _) => {
                    let told = node.step.before(&params, &Ctx::new(door, scope)).await;
                    let told = told.map(|more| params.extend(more));
                    (Why::First { attempt, params }, told.map(|()| None))
                }
                (why, Some(check)) => {
                    (why, look_by_check(door, node, &params, scope, check, &salt).await)
                }
                (why, None) => (why, look(door, node, &params, scope, &salt).await),
            };
            Landed::Looked(Box::new(Looked { slot, attempt, asked_at, why, found }))
        }));
    }

    pub(crate) fn is_looking(&self, slot: Slot) -> bool {
        self.looking.contains(&slot)
    }
}

/// Returns what tells whether a place holds our value, where the value itself is gone.
fn check_of_place(node: &Node, params: &Map, known: &Known) -> Option<Checked> {
    let back = read_back(node, params).filter(ReadBack::is_whole)?;
    let gone = Value::from(back.written).handles().into_iter().find(|of| of.id == GONE)?;
    let check = known.check(&gone.origin)?.to_owned();
    Some(Checked { origin: gone.origin, check })
}

/// Asks the step's own `read`; a place that can be read back must say the same.
async fn look(
    host: &dyn Host,
    node: &Node,
    params: &Map,
    scope: Scope,
    salt: &str,
) -> Result<Option<Found>, StepError> {
    if is_blind(node, params, &scope.known) {
        let outputs = Map::new();
        return Ok(Some(Found { outputs, stored: None, unsure: true, revived: None }));
    }
    let ctx = Ctx::new(host, scope.clone());
    let Some(outputs) = node.step.read(params, &ctx).await? else { return Ok(None) };
    let Some(back) = read_back(node, params) else {
        return Ok(Some(Found { outputs, stored: None, unsure: false, revived: None }));
    };
    let step = scope.step.clone();
    match read_place(host, &back, scope).await {
        Ok(held) => {
            let stored = Some(back.into_event(step, host.secrets().check(salt, &held)));
            Ok(Some(Found { outputs, stored, unsure: false, revived: None }))
        }
        Err(error) if error.code == NOT_HELD => Ok(None),
        Err(error) => Err(error),
    }
}

/// Says whether a place was written with something that is gone and can't be told any more: then
/// its `read` can tell nothing.
fn is_blind(node: &Node, params: &Map, known: &Known) -> bool {
    matches!(node.role, Role::Store | Role::Publish)
        && !params.values().all(|value| known.tells(value))
}

/// Compares what a place holds with the check of what was written, which is gone itself. Where it
/// is that, it is alive again.
async fn look_by_check(
    host: &dyn Host,
    node: &Node,
    params: &Map,
    scope: Scope,
    of: Checked,
    salt: &str,
) -> Result<Option<Found>, StepError> {
    let Some(back) = read_back(node, params) else { return Ok(None) };
    let ctx = Ctx::new(host, scope.clone());
    let found = match back.reader.run(&back.with, &ctx).await {
        Err(error) if error.code == "not_found" => return Ok(None),
        found => found?,
    };
    let Some(held) = found.get(&back.output).and_then(Value::as_text) else { return Ok(None) };
    if host.secrets().check(salt, held).as_deref() != Some(&of.check) {
        return Ok(None);
    }
    let held = pieces(held);
    let [Piece::Secret(held)] = held.as_slice() else { return Ok(None) };
    let handle = Handle { id: held.id, origin: of.origin.clone() };
    let alive = HashMap::from([(of.origin.clone(), handle.clone())]);
    let mut params = params.clone();
    revive_map(&mut params, &alive);
    let found = look(host, node, &params, scope, salt).await?;
    Ok(found.map(|found| Found { revived: Some((of.origin, handle)), ..found }))
}

/// Says whether all secrets are there that the step gives.
pub(crate) fn is_whole(node: &Node, found: &Map) -> bool {
    let mut secrets = node.outputs().filter(|output| holds_secret(&output.ty) && !output.nullable);
    secrets.all(|output| found.get(&output.name).is_some_and(|value| !value.is_null()))
}
