//! The top of the file.

use std::collections::HashMap;
use std::sync::Arc;

use indexmap::IndexMap;

use super::keys;
use super::names::NameForm;
use super::reader::{Fields, Reader};
use super::tree::{Kind, Pair, Yaml};
use super::{credential, inputs, plugins, retry, steps, triggers};
use crate::diagnostic::Diagnostic;
use crate::source::{Source, Span, Spanned};
use crate::value::Value;
use crate::workflow::{Defaults, Node, StepDecl, Workflow};

/// How many steps run at once where nothing is said.
const MAX_PARALLEL: usize = 16;

/// Reads the whole document.
pub(super) fn workflow(
    reader: &mut Reader<'_>,
    root: &Yaml,
    source: &Arc<Source>,
) -> Option<Workflow> {
    if !matches!(root.kind, Kind::Map(_)) {
        not_a_mapping(reader, root);
        return None;
    }
    let fields = reader.fields(root, &keys::WORKFLOW, true)?;
    version(reader, &fields);
    let mut inputs =
        fields.get("inputs").map(|pair| inputs::inputs(reader, pair)).unwrap_or_default();
    let plugins = fields.get("plugins").map(|pair| plugins::plugins(reader, pair, &mut inputs));
    let workflow = Workflow {
        source: Arc::clone(source),
        name: name(reader, &fields),
        description: fields.get("description").and_then(|pair| words(reader, pair)),
        inputs,
        credential: fields.get("credential").and_then(|pair| credential::credential(reader, pair)),
        plugins: plugins.unwrap_or_default(),
        defaults: fields.get("defaults").map(|pair| defaults(reader, pair)).unwrap_or_default(),
        max_parallel: fields
            .get("max_parallel")
            .and_then(|pair| reader.count(pair))
            .map_or(MAX_PARALLEL, |count| count.value as usize),
        triggers: fields
            .get("triggers")
            .map(|pair| triggers::triggers(reader, pair))
            .unwrap_or_default(),
        steps: step_list(reader, &fields, "steps"),
        on_failure: step_list(reader, &fields, "on_failure"),
        finally: step_list(reader, &fields, "finally"),
        outputs: fields.get("outputs").map(|pair| outputs(reader, pair)).unwrap_or_default(),
    };
    one_id_each(reader, &workflow);
    if workflow.defaults.retry.is_none() {
        until_has_tries(reader, &workflow);
    }
    Some(workflow)
}

fn not_a_mapping(reader: &mut Reader<'_>, root: &Yaml) {
    if root.is_null() {
        reader.push_if_clean(super::empty());
    } else if !matches!(root.kind, Kind::Bad) {
        let message = format!("a workflow is a mapping, and this is {}", root.words());
        let length = reader.source.text[root.span.start..].chars().next().map_or(0, char::len_utf8);
        let first = Span::new(root.span.start, root.span.start + length);
        let found = Diagnostic::error("Y10", first, message);
        reader.push_if_clean(found.help("begin with `version: 1`, `name: ..` and `steps:`"));
    }
}

fn version(reader: &mut Reader<'_>, fields: &Fields<'_>) {
    let Some(pair) = fields.get("version") else { return };
    let Some(scalar) = pair.value.as_scalar() else {
        reader.wrong_kind(&pair.value, "`version`", "the number 1", "`version: 1`");
        return;
    };
    if scalar.value == Value::Int(1) {
        return;
    }
    let message = format!("`version` is 1, and this is `{}`", scalar.text);
    let help = match &scalar.value {
        Value::Text(text) if text == "1" => "take the quotes off: `version: 1`",
        Value::Int(number) if *number > 1 => "this needs a newer Cutover: this one knows version 1",
        _ => "it is the version of the language, not of the workflow: `version: 1`",
    };
    reader.push(Diagnostic::error("K11", pair.value.span, message).help(help));
}

fn name(reader: &mut Reader<'_>, fields: &Fields<'_>) -> Spanned<String> {
    let written = fields.get("name").and_then(|pair| reader.words_of(pair));
    let Some(name) = written else {
        return Spanned::new(
            "workflow".to_owned(),
            Span::new(fields.span.start, fields.span.start),
        );
    };
    reader.named(&name, "a workflow", NameForm::Workflow);
    name
}

fn words(reader: &mut Reader<'_>, pair: &Pair) -> Option<String> {
    reader.words_of(pair).map(|words| words.value)
}

fn defaults(reader: &mut Reader<'_>, pair: &Pair) -> Defaults {
    let Some(fields) = reader.fields(&pair.value, &keys::DEFAULTS, false) else {
        return Defaults::default();
    };
    Defaults {
        timeout: fields
            .get("timeout")
            .and_then(|pair| reader.some_time(pair))
            .map(|time| time.value),
        retry: fields.get("retry").map(|pair| retry::retry(reader, pair)),
    }
}

fn step_list(reader: &mut Reader<'_>, fields: &Fields<'_>, key: &'static str) -> Vec<StepDecl> {
    fields.get(key).map(|pair| steps::steps(reader, pair)).unwrap_or_default()
}

fn outputs(reader: &mut Reader<'_>, pair: &Pair) -> IndexMap<String, Node> {
    let entries = reader.free(pair);
    entries
        .into_iter()
        .map(|(name, entry)| {
            let spanned = Spanned::new(name, entry.key);
            reader.named(&spanned, "an output", NameForm::Free);
            (spanned.value, entry.node)
        })
        .collect()
}

/// Every step of the file has an id of its own, hooks included.
fn one_id_each(reader: &mut Reader<'_>, workflow: &Workflow) {
    let mut first: HashMap<&str, Span> = HashMap::new();
    for step in all_steps(workflow).filter(|step| !step.id.value.is_empty()) {
        if let Some(before) = first.get(step.id.value.as_str()) {
            let message = format!("the id `{}` is taken", step.id.value);
            let found = Diagnostic::error("K12", step.id.span, message)
                .label("the second one")
                .related(*before, "the first one")
                .help("each step of the file has an id of its own");
            reader.push(found);
        } else {
            first.insert(&step.id.value, step.id.span);
        }
    }
}

/// `until` tries again by `retry`: without one there is nothing to wait for.
fn until_has_tries(reader: &mut Reader<'_>, workflow: &Workflow) {
    for step in all_steps(workflow) {
        if let (Some(until), None) = (&step.until, &step.retry) {
            let found = Diagnostic::error("K13", until.span, "`until` has no `retry` beside it")
                .help("say how often it is tried: `retry: {max_attempts: 20, delay: 15s}`");
            reader.push(found);
        }
    }
}

fn all_steps(workflow: &Workflow) -> impl Iterator<Item = &StepDecl> {
    workflow.steps.iter().chain(&workflow.on_failure).chain(&workflow.finally)
}
