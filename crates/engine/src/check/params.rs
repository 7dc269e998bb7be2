//! The parameters of every step against its spec.

use std::collections::BTreeSet;

use indexmap::IndexMap;

use crate::check::checked::{Checked, holds_secret};
use crate::check::env::Env;
use crate::check::facts::path_text;
use crate::check::resolve::{is_null, quoted};
use crate::coerce::{article, coerce, no_field};
use crate::diagnostic::{Diagnostic, Diagnostics, nearest};
use crate::source::{Source, Spanned};
use crate::spec::{Param, Spec};
use crate::template::{Template, Typed};
use crate::types::Type;
use crate::value::Value;
use crate::workflow::{Entry, Node as Written, Tree, Undo};

/// Checks the parameters of every step, those of its `undo` too.
pub(super) fn check(checked: &Checked, found: &mut Diagnostics) {
    for (site, node) in checked.sites() {
        let env = Env::new(checked, site);
        let spec = node.known.then(|| node.step.spec());
        let given = (&node.decl.with, node.decl.with_is_broken);
        with(&node.decl.uses, given, spec, &env, found);
        if let Some(Undo::Step { uses, with: given }) = node.decl.undo.as_ref().map(|u| &u.value) {
            let spec = node.undo_step.as_ref().map(|step| step.spec());
            with(uses, (given, false), spec, &env.with_result(), found);
        }
    }
}

fn with(
    uses: &Spanned<String>,
    (given, is_broken): (&IndexMap<String, Entry>, bool),
    spec: Option<&Spec>,
    env: &Env<'_>,
    found: &mut Diagnostics,
) {
    let Some(spec) = spec else {
        for (name, entry) in given {
            fits(&entry.node, &Type::Any, &Place::optional(name, env), found);
        }
        return;
    };
    let mut meant = BTreeSet::new();
    for (name, entry) in given {
        match spec.param(name) {
            // The configuration is checked where it stands.
            Some(param) if param.hidden => {}
            Some(param) => one(param, entry, env, found),
            None => {
                meant.extend(unknown(spec, name, entry, given, found));
                fits(&entry.node, &Type::Any, &Place::optional(name, env), found);
            }
        }
    }
    if is_broken {
        return;
    }
    let is_given = |param: &Param| given.get(&param.name).is_some_and(|e| !is_null(&e.node));
    for param in spec.written().filter(|param| param.required && !is_given(param)) {
        if !meant.contains(param.name.as_str()) {
            let message = format!("`{}` needs the parameter `{}`", spec.name, param.name);
            let help = format!("{}: {}", param.name, param.summary);
            found.push(Diagnostic::error("P03", uses.span, message).help(help));
        }
    }
}

/// Tells of a parameter that the step does not have, and returns the one that was surely meant.
fn unknown<'s>(
    spec: &'s Spec,
    name: &str,
    entry: &Entry,
    given: &IndexMap<String, Entry>,
    found: &mut Diagnostics,
) -> Option<&'s str> {
    let free = || spec.written().map(|p| p.name.as_str()).filter(|p| !given.contains_key(*p));
    let near = nearest(name, free());
    let help = match near {
        Some(near) => format!("did you mean `{near}`?"),
        None if spec.written().next().is_none() => "it takes none".to_owned(),
        None => {
            let names: Vec<&str> = spec.written().map(|p| p.name.as_str()).collect();
            format!("it takes {}", quoted(&names))
        }
    };
    let message = format!("`{}` has no parameter `{name}`", spec.name);
    found.push(Diagnostic::error("P02", entry.key, message).help(help));
    near
}

fn one(param: &Param, entry: &Entry, env: &Env<'_>, found: &mut Diagnostics) {
    if param.literal && entry.node.literal().is_none() {
        let message = format!("`{}` is written out, without a template", param.name);
        let help = "it decides what the step is, which has to be known before anything runs";
        found.push(Diagnostic::error("P04", entry.node.span, message).help(help));
    }
    if param.literal_first && !starts_literal(&entry.node) {
        let message = format!("the first of `{}` is written out, without a template", param.name);
        let help = "it decides what the step is, which has to be known before anything runs";
        found.push(Diagnostic::error("P04", entry.node.span, message).help(help));
    }
    let place = Place { name: &param.name, required: param.required, env };
    value(param, &entry.node, &place, found);
}

/// Checks a value of a parameter: its type, and what it must fulfil besides.
pub(super) fn value(param: &Param, node: &Written, place: &Place<'_>, found: &mut Diagnostics) {
    let before = found.list.len();
    fits(node, &param.ty, place, found);
    let Some(literal) = node.literal().filter(|_| found.list.len() == before) else { return };
    let literal = coerce(&literal, &param.ty).unwrap_or(literal);
    if let Err(misfit) = param.limits.check(&literal) {
        let message = format!("`{}`: {}", place.name, misfit.message);
        found.push(wrong(node, message, &param.summary));
    }
}

/// Says whether a list is written as one, its first item without a template.
fn starts_literal(node: &Written) -> bool {
    match &node.tree {
        Tree::List(items) => items.first().is_none_or(|first| first.literal().is_some()),
        Tree::Literal(_) => true,
        Tree::Template(_) | Tree::Map(_) => false,
    }
}

/// Where a value goes.
pub(super) struct Place<'a> {
    name: &'a str,
    required: bool,
    env: &'a Env<'a>,
}

impl<'a> Place<'a> {
    pub(super) fn required(name: &'a str, env: &'a Env<'a>) -> Self {
        Self { name, required: true, env }
    }

    pub(super) fn optional(name: &'a str, env: &'a Env<'a>) -> Self {
        Self { name, required: false, env }
    }
}

/// Checks that a written value fits a type. Whether a secret may go there is another rule's.
pub(super) fn fits(node: &Written, ty: &Type, place: &Place<'_>, found: &mut Diagnostics) {
    match &node.tree {
        Tree::Literal(Value::Null) => {}
        Tree::Literal(_) if *ty == Type::Secret => {}
        Tree::Literal(value) => {
            if let Err(misfit) = coerce(value, ty) {
                let message = format!("`{}`: {}", place.name, misfit.message);
                let help = quoted_as_written(value, ty, node, place).unwrap_or(misfit.help);
                found.push(wrong(node, message, &help));
            }
        }
        Tree::Template(template) => template_fits(template, node, ty, place, found),
        Tree::List(items) => list_fits(items, node, ty, place, found),
        Tree::Map(map) => map_fits(map, node, ty, place, found),
    }
}

fn wrong(node: &Written, message: String, help: &str) -> Diagnostic {
    let base = Diagnostic::error("P05", node.span, message);
    if help.is_empty() { base } else { base.help(help) }
}

/// A number reads differently than it looks (`1e5`, `012`): shows it as it is written.
fn quoted_as_written(
    value: &Value,
    ty: &Type,
    node: &Written,
    place: &Place<'_>,
) -> Option<String> {
    let is_plain = matches!(value, Value::Bool(_) | Value::Int(_) | Value::Float(_));
    let source: &Source = place.env.source();
    let text = source.slice(node.span).trim();
    if let (Value::Int(seconds @ 0..), Type::Duration) = (value, ty) {
        return Some(format!("write `{seconds}s`"));
    }
    let fitting = is_plain && ty.is_textual() && !text.is_empty() && !text.contains(['"', '\n']);
    fitting.then(|| format!("put it in quotes: \"{text}\""))
}

fn list_fits(
    items: &[Written],
    node: &Written,
    ty: &Type,
    place: &Place<'_>,
    found: &mut Diagnostics,
) {
    let inner = Place { required: !matches!(ty, Type::Any), ..*place };
    let of = match ty {
        Type::List(of) => of,
        Type::Any => ty,
        other => {
            misplaced("a list", other, node, place, found);
            &Type::Any
        }
    };
    items.iter().for_each(|item| fits(item, of, &inner, found));
}

fn map_fits(
    map: &IndexMap<String, Entry>,
    node: &Written,
    ty: &Type,
    place: &Place<'_>,
    found: &mut Diagnostics,
) {
    let inner = Place { required: is_strict(ty), ..*place };
    if !matches!(ty, Type::Any | Type::Map(_) | Type::Object(_)) {
        misplaced("a map", ty, node, place, found);
    }
    for (key, entry) in map {
        if let Type::Object(fields) = ty
            && !fields.contains_key(key)
        {
            let misfit = no_field(key, fields);
            let message = format!("`{}`: {}", place.name, misfit.message);
            found.push(Diagnostic::error("P05", entry.key, message).help(misfit.help));
        }
        fits(&entry.node, &ty.at(key).unwrap_or_default(), &inner, found);
    }
}

/// Says whether the entries of a map are all wanted: of a map of one type, not of anything.
fn is_strict(ty: &Type) -> bool {
    matches!(ty, Type::Map(of) if **of != Type::Any)
}

fn misplaced(what: &str, ty: &Type, node: &Written, place: &Place<'_>, found: &mut Diagnostics) {
    let message = format!("`{}`: {what} stands where {} is wanted", place.name, article(ty));
    found.push(wrong(node, message, ""));
}

fn template_fits(
    template: &Template,
    node: &Written,
    ty: &Type,
    place: &Place<'_>,
    found: &mut Diagnostics,
) {
    let typed = match template.infer(place.env) {
        Ok(typed) => typed,
        Err(errors) => return errors.into_iter().for_each(|error| found.push(error)),
    };
    let is_known = || template.sole_expr().is_some_and(|expr| place.env.has_value(expr));
    // In a hook null is empty text.
    let is_empty = place.env.is_hook() && ty.is_textual();
    if typed.nullable && place.required && !is_empty && !is_known() {
        found.push(may_be_null(template, node, place));
    }
    if is_decided_elsewhere(&typed, ty) || assignable(&typed.ty, ty) {
        return;
    }
    let message =
        format!("`{}`: {} stands where {} is wanted", place.name, article(&typed.ty), article(ty));
    let is_plain = matches!(typed.ty, Type::Integer | Type::Number | Type::Boolean);
    let help = if is_plain && ty.is_textual() { "`json` makes text of it" } else { "" };
    found.push(wrong(node, message, help));
}

/// Says whether the rule of secrets has the word: a secret where text is wanted, or plain where a
/// secret is.
fn is_decided_elsewhere(typed: &Typed, ty: &Type) -> bool {
    let is_scalar = typed.ty == Type::Secret || typed.ty.is_textual();
    (typed.secret && is_scalar) || (!typed.secret && *ty == Type::Secret)
}

fn may_be_null(template: &Template, node: &Written, place: &Place<'_>) -> Diagnostic {
    let mut culprit = None;
    template.paths(&mut |path, span| {
        if culprit.is_none() && place.env.is_nullable(path, span) {
            culprit = Some((path_text(path), span));
        }
    });
    let message = |what: &str| format!("`{}` needs a value, and {what} may be null", place.name);
    let Some((path, span)) = culprit else {
        let help = "put `default` around it, or let the step's `when` test it";
        return Diagnostic::error("P06", node.span, message("this")).help(help);
    };
    let help = format!("write `default {path} ..`, or test it: `when: {path}`");
    Diagnostic::error("P06", span, message(&format!("`{path}`"))).help(help)
}

/// Says whether a value of one type may stand where another is wanted; what only its text decides
/// is seen when it runs.
pub(super) fn assignable(from: &Type, to: &Type) -> bool {
    match (from, to) {
        (Type::Any, _) | (_, Type::Any) => true,
        (from, to) if from == to => true,
        (Type::Enum(from), Type::Enum(to)) => from.iter().all(|word| to.contains(word)),
        (Type::Duration | Type::Timestamp | Type::Secret, Type::String)
        | (Type::Integer, Type::Number) => true,
        (from, Type::Duration | Type::Timestamp) => from.is_textual(),
        (from, to) if to.is_textual() => from.is_textual(),
        (Type::List(from), Type::List(to)) | (Type::Map(from), Type::Map(to)) => {
            assignable(from, to)
        }
        (Type::Object(fields), Type::Map(to)) => fields.values().all(|from| assignable(from, to)),
        (Type::Map(from), Type::Object(fields)) => fields.values().all(|to| assignable(from, to)),
        (Type::Object(from), Type::Object(to)) => {
            from.iter().all(|(name, from)| to.get(name).is_some_and(|to| assignable(from, to)))
        }
        (from, Type::Secret) => holds_secret(from),
        (_, _) => false,
    }
}
