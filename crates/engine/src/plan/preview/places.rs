//! The places that a plan writes: what a later step finds there is not what they hold now.

use crate::check::Node;
use crate::check::place::{self, Form};
use crate::host::Host;
use crate::plan::preview::known::Known;
use crate::spec::Place;
use crate::types::Type;
use crate::value::{Map, Value};

/// A place by value. Two are one where kind and arguments are equal.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Spot {
    kind: String,
    args: Vec<Value>,
}

/// Returns the place that a step writes.
pub(super) fn written(node: &Node, params: &Map, host: &dyn Host) -> Option<Spot> {
    let spec = node.step.spec();
    let place = spec.stores_at.as_ref().or(spec.publishes_to.as_ref())?;
    Some(spot(place, node, params, host))
}

/// Returns the step that writes, before a step begins, what that step reads or logs in with.
pub(super) fn writer<'k>(
    known: &'k Known<'_>,
    node: &Node,
    path: &str,
    params: &Map,
    host: &dyn Host,
) -> Option<&'k str> {
    let places = [node.step.spec().reads_from.as_ref(), place::login(node, params)];
    let looked_at: Vec<Spot> =
        places.into_iter().flatten().map(|place| spot(place, node, params, host)).collect();
    let nodes = known.plan.checked().nodes();
    let is_last = path.starts_with("finally.");
    let found = known.written.iter().rev().find(|(writer, spot)| {
        (is_last || node.before.contains(*writer)) && looked_at.contains(spot)
    });
    found.map(|(writer, _)| nodes[*writer].id())
}

fn spot(place: &Place, node: &Node, params: &Map, host: &dyn Host) -> Spot {
    let arg = |name: &String| {
        let value = params.get(name).cloned().unwrap_or_default();
        let is_path = node.step.spec().param(name).is_some_and(|param| param.ty == Type::Path);
        match value {
            Value::Text(path) if is_path => {
                Form::of_value(&host.absolute(&path).into()).as_path().shown().into()
            }
            other => other,
        }
    };
    Spot { kind: place.kind.clone(), args: place.args.iter().map(arg).collect() }
}
