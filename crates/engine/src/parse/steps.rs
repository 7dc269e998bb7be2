//! `steps`, `on_failure` and `finally`: lists of steps.

use indexmap::IndexMap;

use super::keys;
use super::names::NameForm;
use super::reader::{Fields, Reader};
use super::tree::{Kind, Pair, Style, Yaml};
use super::{retry, undo};
use crate::diagnostic::Diagnostic;
use crate::source::{Span, Spanned};
use crate::value::Value;
use crate::workflow::{ForEach, Node, OnError, StepDecl};

const LIST_FORM: &str = "`- id: ..` and `uses: ..` for each step";

/// Reads a list of steps. A step with a broken part is there with the rest of it.
pub(super) fn steps(reader: &mut Reader<'_>, pair: &Pair) -> Vec<StepDecl> {
    let Some(items) = reader.list(pair, LIST_FORM) else { return Vec::new() };
    if items.is_empty() && pair.key == "steps" {
        let found = Diagnostic::error("K05", pair.span, "`steps` holds nothing");
        reader.push(found.help("a workflow has at least one step"));
    }
    items.iter().filter_map(|item| step(reader, item)).collect()
}

fn step(reader: &mut Reader<'_>, node: &Yaml) -> Option<StepDecl> {
    let fields = reader.fields(node, &keys::STEP, false)?;
    let start = Span::new(node.span.start, node.span.start);
    let uses = fields.get("uses").and_then(|pair| uses(reader, pair));
    let step = StepDecl {
        span: node.span,
        id: id(reader, &fields).unwrap_or_else(|| Spanned::new(String::new(), start)),
        name: fields.get("name").and_then(|pair| reader.words_of(pair)).map(|name| name.value),
        uses: uses.unwrap_or_else(|| Spanned::new(String::new(), start)),
        with_is_broken: fields.get("with").is_some_and(|pair| is_broken(&pair.value.kind)),
        with: fields.get("with").map_or_else(IndexMap::new, |pair| reader.free(pair)),
        needs: fields.get("needs").and_then(|pair| reader.texts(pair, "`needs: [..]`")),
        when: fields.get("when").and_then(|pair| reader.expression(pair)),
        for_each: fields.get("for_each").map(|pair| for_each(reader, pair)),
        max_parallel: fields.get("max_parallel").and_then(|pair| max_parallel(reader, pair)),
        until: fields.get("until").and_then(|pair| reader.expression(pair)),
        verifies: fields.get("verifies").map(|pair| verifies(reader, pair)).unwrap_or_default(),
        retry: fields.get("retry").map(|pair| retry::retry(reader, pair)),
        timeout: fields.get("timeout").and_then(|pair| reader.some_time(pair)),
        after: fields.get("after").and_then(|pair| reader.duration(pair)),
        on_error: fields.get("on_error").and_then(|pair| on_error(reader, pair)),
        undo: fields.get("undo").and_then(|pair| undo::undo(reader, pair)),
    };
    for_each_bounds(reader, &fields);
    Some(step)
}

/// Says whether it is nothing that could be a mapping.
fn is_broken(kind: &Kind) -> bool {
    match kind {
        Kind::Bad | Kind::List(_) => true,
        Kind::Scalar(scalar) => scalar.style == Style::Bare || scalar.value != Value::Null,
        Kind::Map(_) => false,
    }
}

fn id(reader: &mut Reader<'_>, fields: &Fields<'_>) -> Option<Spanned<String>> {
    let id = reader.words_of(fields.get("id")?)?;
    reader.named(&id, "a step", NameForm::Step);
    Some(id)
}

fn uses(reader: &mut Reader<'_>, pair: &Pair) -> Option<Spanned<String>> {
    let uses = reader.words_of(pair)?;
    if uses.value.trim().is_empty() {
        let found = Diagnostic::error("K05", pair.value.span, "`uses` is empty");
        reader.push(found.help("name a step: `cutover steps` lists them"));
        return None;
    }
    Some(uses)
}

fn max_parallel(reader: &mut Reader<'_>, pair: &Pair) -> Option<Spanned<usize>> {
    let count = reader.count(pair)?;
    Some(Spanned::new(count.value as usize, count.span))
}

fn on_error(reader: &mut Reader<'_>, pair: &Pair) -> Option<Spanned<OnError>> {
    let word = reader.choice(pair, keys::ON_ERROR)?;
    let on_error = if word.value == 0 { OnError::Fail } else { OnError::Continue };
    Some(Spanned::new(on_error, word.span))
}

fn verifies(reader: &mut Reader<'_>, pair: &Pair) -> Vec<Spanned<String>> {
    match &pair.value.kind {
        Kind::List(_) => reader.texts(pair, "ids").unwrap_or_default(),
        Kind::Scalar(_) | Kind::Map(_) | Kind::Bad => reader.words_of(pair).into_iter().collect(),
    }
}

/// A broken one is still there, so that `item` has a meaning.
fn for_each(reader: &mut Reader<'_>, pair: &Pair) -> ForEach {
    let unreadable = || ForEach::List(Node::unreadable(pair.value.span));
    match &pair.value.kind {
        Kind::List(_) => ForEach::List(reader.node(&pair.value)),
        Kind::Scalar(scalar)
            if scalar.style != Style::Plain || matches!(scalar.value, Value::Text(_)) =>
        {
            reader.expression(pair).map_or_else(unreadable, ForEach::Expr)
        }
        Kind::Scalar(_) | Kind::Map(_) | Kind::Bad => {
            not_a_list(reader, pair);
            unreadable()
        }
    }
}

fn not_a_list(reader: &mut Reader<'_>, pair: &Pair) {
    let form = "`for_each: [a, b]` or `for_each: inputs.names`";
    reader.wrong_kind(&pair.value, "`for_each`", "a list or an expression that gives one", form);
}

/// `max_parallel` of a step bounds its items; without `for_each` it means nothing.
fn for_each_bounds(reader: &mut Reader<'_>, fields: &Fields<'_>) {
    if let (Some(bound), None) = (fields.get("max_parallel"), fields.get("for_each"))
        && !fields.is_cut()
    {
        let message = "`max_parallel` of a step bounds its `for_each`, and there is none here";
        let found = Diagnostic::error("K13", bound.span, message);
        reader.push(found.help("the bound for all steps stands at the top of the file"));
    }
}
