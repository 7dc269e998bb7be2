//! What a step does, in a person's words: on what, with what, without how it logs in.

use crate::check::Node;
use crate::run::view::place_line;
use crate::spec::{Param, Role, Secrecy, Spec};
use crate::time::Duration;
use crate::value::{Map, Value, shown};

/// How what is told of a moment begins that is so long after the start.
const AFTER_START: &str = "time_add run.started_at ";

/// Notes by how they begin, the most important first: a plan shows one of a step's.
const WEIGHTS: [&str; 13] = [
    "as things are it fails",
    "cannot be computed",
    "the state knows",
    "skipped",
    "only if",
    "waits",
    "for each",
    "due",
    "up to",
    "undo",
    "at the end",
    "not asked: `",
    "not asked",
];

/// Returns what a step does with its parameters; empty where its effects say it better.
pub(super) fn of(node: &Node, params: &Map) -> String {
    let spec = node.step.spec();
    // What a program or a server is asked to do in the author's own words needs no other ones.
    let is_free = spec.param("argv").is_some() || spec.param("method").is_some();
    let place = spec.stores_at.as_ref().or(spec.publishes_to.as_ref());
    let target = spec.revokes.as_ref().and_then(|name| params.get(name));
    match (node.role, target, place) {
        (Role::Promote, ..) => "after this only forward".to_owned(),
        _ if is_free => String::new(),
        (Role::Revoke, Some(target), _) => format!("{}{}", word(target), due(node)),
        (Role::Create, ..) => created(node, params).join(", "),
        (Role::Store | Role::Publish, _, Some(place)) => {
            let hidden = |name: &str| node.step.spec().param(name).is_some_and(|of| of.hidden);
            let given = params.iter();
            let given = given.filter(|(name, _)| is_given(node, name) && !hidden(name));
            let secrets =
                given.filter(|(_, value)| value.is_secret()).map(|(_, value)| word(value));
            let secrets = secrets.collect::<Vec<_>>().join(", ");
            format!("{} ‹old› -> {secrets}", place_line(place, params))
        }
        (Role::Read | Role::Revoke | Role::Store | Role::Publish, ..)
        | (Role::Notify | Role::Other, ..) => String::new(),
    }
}

/// Returns the note that matters most; none where it is told anyway.
pub(super) fn brief(node: &Node, notes: &[String]) -> String {
    let weight = |note: &String| {
        WEIGHTS.iter().position(|beginning| note.starts_with(beginning)).unwrap_or(WEIGHTS.len())
    };
    let tells = |note: &&String| {
        let asks = note.starts_with("not asked");
        let is_told = match node.role {
            Role::Promote => note.starts_with("after this"),
            Role::Revoke => note.starts_with("due") || note.starts_with("only if credential.old"),
            Role::Read
            | Role::Create
            | Role::Store
            | Role::Publish
            | Role::Notify
            | Role::Other => false,
        };
        !is_told && (!asks || node.role == Role::Read)
    };
    notes.iter().filter(tells).min_by_key(|note| weight(note)).cloned().unwrap_or_default()
}

fn due(node: &Node) -> String {
    match node.debt {
        Some(after) if after > Duration::default() => format!(", due {after} after promotion"),
        Some(_) => ", as soon as it is promoted".to_owned(),
        None => String::new(),
    }
}

fn created(node: &Node, params: &Map) -> Vec<String> {
    let spec = node.step.spec();
    let told =
        spec.written().filter(|param| is_telling(spec, param) && is_given(node, &param.name));
    told.filter_map(|param| {
        let value = params.get(&param.name).filter(|value| **value != param.default)?;
        let is_end = spec.expires.as_ref() == Some(&param.name);
        match value {
            Value::Null => None,
            value if is_end => Some(format!("expires {}", word(value))),
            Value::Text(text) => Some(shown(text)),
            value => Some(format!("{} {}", param.name, word(value))),
        }
    })
    .collect()
}

/// Says whether a parameter tells what is made: not where one logs in, nor a secret.
fn is_telling(spec: &Spec, param: &Param) -> bool {
    let logs_in = spec.logs_in_with.as_ref().is_some_and(|place| place.args.contains(&param.name));
    !logs_in && param.secrecy != Secrecy::Must
}

fn is_given(node: &Node, name: &str) -> bool {
    node.decl.with.contains_key(name)
}

fn word(value: &Value) -> String {
    match value {
        Value::Text(text) => shown(text),
        Value::Unknown(of) => match of.from.strip_prefix(AFTER_START) {
            Some(length) if !length.contains(' ') => {
                format!("{} after the run starts", length.trim_matches('"'))
            }
            Some(_) | None => format!("‹{}›", of.from),
        },
        other => crate::disk::to_json(other).to_string(),
    }
}
