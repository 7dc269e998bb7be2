//! A plugin's configuration: checked against its manifest, and handed to each of its steps as
//! hidden parameters, so that it is rendered, recorded, revived and followed like all others.

use indexmap::IndexMap;

use crate::check::env::Env;
use crate::check::params::{Place, value};
use crate::check::resolve::{is_null, quoted};
use crate::diagnostic::{Diagnostic, Diagnostics, nearest};
use crate::source::{Span, Spanned};
use crate::spec::{Param, Spec};
use crate::workflow::{Entry, Plugin, StepDecl, Undo, Workflow};

/// What the names of the hidden parameters begin with.
const PREFIX: &str = "config.";

/// Returns a step as it was written with the configuration of its plugin among its parameters,
/// that of its undo too.
pub(super) fn filled(
    decl: &StepDecl,
    spec: &Spec,
    undone_by: Option<&Spec>,
    workflow: &Workflow,
    found: &mut Diagnostics,
) -> StepDecl {
    let mut decl = decl.clone();
    fill(&mut decl.with, &decl.uses, spec, workflow, found);
    let undo = decl.undo.as_mut().map(|undo| &mut undo.value);
    if let (Some(Undo::Step { uses, with }), Some(spec)) = (undo, undone_by) {
        fill(with, uses, spec, workflow, found);
    }
    decl
}

fn fill(
    with: &mut IndexMap<String, Entry>,
    uses: &Spanned<String>,
    spec: &Spec,
    workflow: &Workflow,
    found: &mut Diagnostics,
) {
    let hidden = spec.params.iter().filter(|param| param.hidden);
    for param in hidden {
        if let Some(entry) = with.shift_remove(&param.name) {
            let message = format!("`{}` has no parameter `{}`", spec.name, param.name);
            let help = "a plugin's configuration stands once, under `plugins`";
            found.push(Diagnostic::error("P02", entry.key, message).help(help));
        }
        if let Some(node) = written(param, spec, workflow) {
            let key = uses.span;
            with.insert(param.name.clone(), Entry { key, node });
        }
    }
}

/// Returns what the workflow says of a hidden parameter.
fn written(param: &Param, spec: &Spec, workflow: &Workflow) -> Option<crate::workflow::Node> {
    let plugin = workflow.plugins.get(spec.name.split('.').next()?)?;
    let node = plugin.config.get(param.name.strip_prefix(PREFIX)?)?;
    (!is_null(node)).then(|| node.clone())
}

/// Checks a configuration against what the manifest says of it.
pub(super) fn check(
    name: &str,
    plugin: &Plugin,
    config: &[Param],
    env: &Env<'_>,
    found: &mut Diagnostics,
) {
    let mut meant = None;
    for (key, node) in &plugin.config {
        match config.iter().find(|param| param.name == *key) {
            Some(param) => {
                let place = match param.required {
                    true => Place::required(key, env),
                    false => Place::optional(key, env),
                };
                value(param, node, &place, found);
            }
            None => meant = unknown((name, key), node.span, plugin, config, found).or(meant),
        }
    }
    let is_given = |param: &Param| plugin.config.get(&param.name).is_some_and(|n| !is_null(n));
    for param in config.iter().filter(|param| param.required && !is_given(param)) {
        if meant != Some(param.name.as_str()) {
            let message = format!("the plugin `{name}` needs `{}` in its `config`", param.name);
            let help = format!("{}: {}", param.name, param.summary);
            found.push(Diagnostic::error("P03", plugin.span, message).help(help));
        }
    }
}

/// Tells of a key that the manifest does not have, and returns the one that was surely meant.
fn unknown<'p>(
    (name, key): (&str, &str),
    span: Span,
    plugin: &Plugin,
    config: &'p [Param],
    found: &mut Diagnostics,
) -> Option<&'p str> {
    let names = || config.iter().map(|param| param.name.as_str());
    let near = nearest(key, names().filter(|name| !plugin.config.contains_key(*name)));
    let help = match near {
        Some(near) => format!("did you mean `{near}`?"),
        None if config.is_empty() => "it takes none".to_owned(),
        None => format!("it takes {}", quoted(&names().collect::<Vec<_>>())),
    };
    let message = format!("the configuration of the plugin `{name}` has no `{key}`");
    found.push(Diagnostic::error("P02", span, message).help(help));
    near
}
