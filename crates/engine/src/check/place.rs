//! Which places in the world a step reads, writes and logs in with, as far as its text tells.

mod form;
#[cfg(test)]
mod tests;

pub(crate) use form::{Form, Here, Known, Nothing};

use crate::check::{Checked, Node};
use crate::spec::{Place, Role, Secrecy};
use crate::types::Type;
use crate::value::{Map, Value};

/// The kind of a login by a value that is handed in.
const VALUE: &str = "value";

/// A place as a step names it. Two are one where kind and arguments are equal: paths made normal,
/// defaults filled in, expressions compared by what they say and not by how they are spelled.
#[derive(Debug, Clone)]
pub(crate) struct At {
    kind: String,
    args: Vec<Form>,
    shown: String,
}

/// What a step logs in with.
#[derive(Debug, Clone)]
pub(crate) struct Login {
    /// The place; of a value that a reading step returned, the place that it was read from.
    pub(crate) at: At,
    /// The reading step that the value comes from, by index.
    pub(crate) through: Option<usize>,
}

impl PartialEq for At {
    fn eq(&self, other: &Self) -> bool {
        self.kind == other.kind && self.args == other.args
    }
}

impl At {
    /// Returns it for people, in backticks: `profile ci-prod`, `file ~/.netrc`.
    pub(crate) fn shown(&self) -> &str {
        &self.shown
    }
}

/// Returns the place that a step writes.
pub(crate) fn written(checked: &Checked, node: &Node, known: &dyn Known) -> Option<At> {
    let spec = node.step.spec();
    let place = spec.stores_at.as_ref().or(spec.publishes_to.as_ref())?;
    Some(at(checked, node, known, place))
}

/// Returns the place that a step takes a value from.
pub(crate) fn read(checked: &Checked, node: &Node, known: &dyn Known) -> Option<At> {
    node.step.spec().reads_from.as_ref().map(|place| at(checked, node, known, place))
}

/// Returns what a step logs in with: usually one place, none where its spec names none, and more
/// where the value is made of several.
pub(crate) fn logins(checked: &Checked, node: &Node, known: &dyn Known) -> Vec<Login> {
    let Some(place) = &node.step.spec().logs_in_with else { return Vec::new() };
    if let Some(param) = by_value(node) {
        return value_logins(checked, node, known, param);
    }
    match place.args.as_slice() {
        [param] if place.kind == VALUE => value_logins(checked, node, known, param),
        _ => vec![Login { at: at(checked, node, known, place), through: None }],
    }
}

/// Returns the place that a step with these parameters logs in with; none where it logs in by a
/// value that it is handed.
pub(crate) fn login<'a>(node: &'a Node, params: &Map) -> Option<&'a Place> {
    let place = node.step.spec().logs_in_with.as_ref().filter(|place| place.kind != VALUE)?;
    let handed = by_value(node).and_then(|param| params.get(param));
    handed.is_none_or(Value::is_null).then_some(place)
}

/// The secret that a reading step may be given is what it logs in with, where it is given.
fn by_value(node: &Node) -> Option<&str> {
    if node.role != Role::Read {
        return None;
    }
    let spec = node.step.spec();
    let given = spec.written().find(|param| {
        !param.required
            && (param.ty == Type::Secret || param.secrecy == Secrecy::Must)
            && node.params.contains_key(&param.name)
    })?;
    Some(&given.name)
}

fn value_logins(checked: &Checked, node: &Node, known: &dyn Known, param: &str) -> Vec<Login> {
    let mut found: Vec<Login> = sources(checked, node, param)
        .into_iter()
        .filter_map(|source| {
            let at = read(checked, &checked.nodes()[source], known)?;
            Some(Login { at, through: Some(source) })
        })
        .collect();
    if found.is_empty() {
        let form = Here::new(checked, node, known).param(param);
        let shown = format!("`{}`", form.sole().unwrap_or(&form.shown()));
        found.push(Login {
            at: At { kind: VALUE.to_owned(), args: vec![form], shown },
            through: None,
        });
    }
    found
}

/// The reading steps whose outputs stand in a parameter.
fn sources(checked: &Checked, node: &Node, param: &str) -> Vec<usize> {
    let mut found = Vec::new();
    let Some(entry) = node.decl.with.get(param) else { return found };
    entry.node.templates(&mut |template| {
        template.paths(&mut |path, _| {
            let id = path.rest.first().filter(|_| path.head == "steps");
            let source = id.and_then(|(id, _)| checked.index(id));
            found.extend(source.filter(|source| !found.contains(source)));
        });
    });
    found
}

fn at(checked: &Checked, node: &Node, known: &dyn Known, place: &Place) -> At {
    let here = Here::new(checked, node, known);
    let args: Vec<Form> = place.args.iter().map(|arg| here.param(arg)).collect();
    let provider = node.step.spec().name.split('.').next().unwrap_or_default();
    let kind = place.kind.strip_prefix(provider).and_then(|rest| rest.strip_prefix('_'));
    let word = kind.unwrap_or(&place.kind).replace('_', " ");
    let which = args.last().map(|form| format!(" {}", form.shown())).unwrap_or_default();
    At { kind: place.kind.clone(), shown: format!("`{word}{which}`"), args }
}
