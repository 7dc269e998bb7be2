//! What only shows once all steps of a manifest are known: what a role has to say, and whether the
//! steps that others name are there and fit.

use cutover_engine::diagnostic::{Diagnostic, nearest};
use cutover_engine::parse::yaml::{Reader, listed};
use cutover_engine::spec::{Param, Role, Secrecy, Spec};
use cutover_engine::types::Type;
use indexmap::IndexMap;

use super::read::Written;
use super::step::span_of;

/// What a list step has to give of each item, so that the sweep can go by it.
const ITEMS: &str = "items";

/// Checks steps against each other.
pub(super) fn together(reader: &mut Reader<'_>, steps: &IndexMap<String, Written>) {
    for written in steps.values() {
        let spec = &written.decl.spec;
        if written.is_whole {
            role_says(reader, written);
        }
        if let Some(name) = &spec.read_back
            && let Some(back) = find(reader, written, "read_back", name, Role::Read, steps)
        {
            reads_back(reader, written, &back.decl.spec);
        }
        if let Some(name) = &spec.list
            && let Some(list) = find(reader, written, "list", name, Role::Read, steps)
        {
            lists(reader, written, &list.decl.spec);
        }
        if let Some(name) = &spec.revoke
            && let Some(revoke) = find(reader, written, "revoke", name, Role::Revoke, steps)
        {
            takes_ids(reader, written, &revoke.decl.spec);
        }
    }
}

/// What each role has to say, so that rules and recovery know how to deal with it.
fn role_says(reader: &mut Reader<'_>, written: &Written) {
    let (spec, does) = (&written.decl.spec, written.decl.does);
    let has = |key: &'static str| written.at.contains_key(key);
    let mut miss = |key: &str, help: &str| {
        let message = format!("a step of role `{}` says `{key}`", spec.role.as_str());
        reader.push(Diagnostic::error("M06", written.span, message).help(help));
    };
    match spec.role {
        Role::Store | Role::Publish => {
            let (key, form) = match spec.role {
                Role::Store => ("stores_at", "the place that it writes: `stores_at: kv(path)`"),
                _ => ("publishes_to", "the place that it writes: `publishes_to: file(path)`"),
            };
            if !has(key) {
                miss(key, form);
            }
            if !has("read_back") {
                miss("read_back", "the read step that gives what it holds, or `read_back: none`");
            }
        }
        Role::Create => {
            if !has("mints") {
                miss(
                    "mints",
                    "what is known after a lost answer: `marker`, `diff`, `chosen`, `in_place` or `blind`",
                );
            }
            let supplied = has("list") && has("revoke");
            if !does.read && !supplied && !has("repeat") {
                miss(
                    "repeat",
                    "without `read`, or `list` and `revoke`, nothing finds what a lost answer made: `repeat: safe` or `repeat: never`",
                );
            }
            if has("max_live") && !has("list") {
                miss("list", "what lives is counted by the step that lists it: `list: tokens`");
            }
            if !spec.outputs.iter().any(|output| output.name == "id") {
                miss("outputs: id", "what ends it again names it by its `id`");
            }
        }
        Role::Revoke => {
            if !has("revokes") {
                miss("revokes", "the parameter that names what ends: `revokes: id`");
            }
        }
        Role::Read | Role::Notify | Role::Other | Role::Promote => {}
    }
    chosen(reader, written);
}

/// What we choose is given as a secret; what is not chosen names no parameter.
fn chosen(reader: &mut Reader<'_>, written: &Written) {
    let spec = &written.decl.spec;
    let chooses = spec.mints == Some(cutover_engine::spec::Mints::Chosen);
    match &spec.chosen {
        None if chooses && !written.at.contains_key("chosen") => {
            let found = Diagnostic::error("M06", written.span, "`mints: chosen` says `chosen`");
            reader.push(found.help("the parameter that holds the value: `chosen: password`"));
        }
        Some(_) if !chooses => {
            let span = span_of(written, "chosen");
            let found = Diagnostic::error("M07", span, "`chosen` goes with `mints: chosen`");
            reader.push(found.help("or with `mints: chosen+in_place`"));
        }
        Some(name) if spec.param(name).is_none_or(|param| param.secrecy == Secrecy::Never) => {
            let message = format!("`{name}` holds the chosen value, so it is a `secret`");
            reader.push(Diagnostic::error("M08", span_of(written, "chosen"), message));
        }
        Some(_) | None => {}
    }
}

fn find<'s>(
    reader: &mut Reader<'_>,
    written: &Written,
    key: &'static str,
    whole: &str,
    role: Role,
    steps: &'s IndexMap<String, Written>,
) -> Option<&'s Written> {
    let name = whole.split_once('.').map_or(whole, |(_, name)| name);
    let of_role = |written: &&Written| written.decl.spec.role == role;
    match steps.get(name) {
        Some(step) if of_role(&step) => return Some(step),
        Some(step) => {
            let is = step.decl.spec.role.as_str();
            let message =
                format!("`{key}` names a step of role `{}`: `{name}` is a {is}", role.as_str());
            reader.push(Diagnostic::error("M08", span_of(written, key), message));
            return None;
        }
        None => {}
    }
    let names = || steps.iter().filter(|(_, step)| of_role(step)).map(|(name, _)| name.as_str());
    let found = Diagnostic::error(
        "M08",
        span_of(written, key),
        format!("`{name}` is no step of this plugin"),
    );
    reader.push(match (nearest(name, names()), names().next()) {
        (Some(near), _) => found.help(format!("did you mean `{near}`?")),
        (None, Some(_)) => {
            found.help(format!("those of role `{}` are {}", role.as_str(), listed(names())))
        }
        (None, None) => found.help(format!("it has none of role `{}`", role.as_str())),
    });
    None
}

/// The reader is asked with the parameters of the same names, and gives what the place holds.
fn reads_back(reader: &mut Reader<'_>, written: &Written, back: &Spec) {
    let spec = &written.decl.spec;
    let lacks = |param: &&Param| param.required && spec.written().all(|own| own.name != param.name);
    let span = span_of(written, "read_back");
    for param in back.written().filter(lacks) {
        let message = format!("`{}` needs `{}`, which this step has not", back.name, param.name);
        let found = Diagnostic::error("M08", span, message);
        reader.push(found.help("a place is read back with the parameters of the same names"));
    }
    let given = spec.written().filter(|param| param.secrecy != Secrecy::Never);
    let gives = |name: &str| {
        let mut secrets = back.outputs.iter().filter(|output| output.ty == Type::Secret);
        secrets.clone().any(|output| output.name == name)
            || (secrets.next().is_some() && secrets.next().is_none())
    };
    for param in given.filter(|param| !gives(&param.name)) {
        let message = format!("`{}` does not give the secret `{}`", back.name, param.name);
        let found = Diagnostic::error("M08", span, message);
        reader
            .push(found.help("a secret output of the same name is compared with what was written"));
    }
    if spec.stores_at.as_ref().or(spec.publishes_to.as_ref()).is_some() && back.reads_from.is_none()
    {
        let message = format!("`{}` does not say `reads_from`", back.name);
        let found = Diagnostic::error("M08", span, message);
        reader.push(found.help("the place that is written and the one that is read are the same"));
    }
}

/// The engine asks a list without a word about the one that it looks for.
fn lists(reader: &mut Reader<'_>, written: &Written, list: &Spec) {
    let spec = &written.decl.spec;
    let span = span_of(written, "list");
    let is_list = |ty: &Type| matches!(ty, Type::List(_));
    if !list.outputs.iter().any(|output| output.name == ITEMS && is_list(&output.ty)) {
        let message = format!("`{}` has no output `{ITEMS}` that is a list", list.name);
        let found = Diagnostic::error("M08", span, message);
        reader.push(found.help("`outputs: { items: list(object) }`, each with `id` and `marker`"));
    }
    let lacks = |param: &&Param| param.required && spec.written().all(|own| own.name != param.name);
    for param in list.written().filter(lacks) {
        let message = format!("`{}` needs `{}`, which this step has not", list.name, param.name);
        let found = Diagnostic::error("M08", span, message);
        reader.push(found.help("the list is asked with the parameters of the same names"));
    }
}

/// What undo gives to the revoking step is the id, and what has the same name.
fn takes_ids(reader: &mut Reader<'_>, written: &Written, revoke: &Spec) {
    let spec = &written.decl.spec;
    let has = |name: &str| {
        spec.written().any(|own| own.name == name)
            || spec.outputs.iter().any(|output| output.name == name)
    };
    let lacks = |param: &&Param| {
        param.required && revoke.revokes.as_ref() != Some(&param.name) && !has(&param.name)
    };
    for param in revoke.written().filter(lacks) {
        let message = format!("`{}` needs `{}`, which this step has not", revoke.name, param.name);
        let found = Diagnostic::error("M08", span_of(written, "revoke"), message);
        reader.push(found.help("it is given the id, and parameters and outputs of the same names"));
    }
}
