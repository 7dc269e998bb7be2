//! The workflow files that a workflow names, read and checked with it.

use std::sync::Arc;

use crate::check::check;
use crate::child::step::Child;
use crate::diagnostic::Severity;
use crate::parse::parse;
use crate::source::Source;
use crate::step::Registry;
use crate::value::Value;
use crate::workflow::{StepDecl, Tree, Workflow};

/// How deep workflows may run workflows: a deeper one is surely a circle.
const DEEPEST: usize = 8;

/// Reads a file by its path, as the workflow at the top sees it. The error says why, in a phrase.
pub type Read<'a> = dyn Fn(&str) -> Result<String, String> + 'a;

/// Adds the plugins that a workflow file declares to a registry without any; the path is that of the
/// file. The error says why it cannot, in a phrase.
pub type Plugins<'a> = dyn Fn(&Workflow, &str, &Registry) -> Result<Registry, String> + 'a;

/// Where what a workflow names is read from.
#[derive(Clone, Copy)]
pub struct Sources<'a> {
    /// Workflow files.
    pub read: &'a Read<'a>,
    /// Plugins of those files.
    pub plugins: &'a Plugins<'a>,
}

/// Returns the registry with a step for each workflow file that a workflow names, or why there is
/// none: the check tells that. `file` is the workflow's own path; its own plugins are in the
/// registry already.
pub fn gather(
    workflow: &Workflow,
    file: &str,
    registry: &Registry,
    sources: Sources<'_>,
) -> Registry {
    below(workflow, registry, sources, &[beside("", file)])
}

fn below(
    workflow: &Workflow,
    registry: &Registry,
    sources: Sources<'_>,
    above: &[String],
) -> Registry {
    let mut whole = registry.clone();
    whole.forget_children();
    for named in named(workflow, registry) {
        if whole.child(named).is_none() {
            whole.add_child(named, child(named, registry, sources, above));
        }
    }
    whole
}

/// Returns the files that a workflow's steps name.
fn named<'a>(workflow: &'a Workflow, registry: &Registry) -> Vec<&'a str> {
    let of = |decl: &'a StepDecl| {
        let step = registry.get(&decl.uses.value)?;
        let entry = decl.with.get(step.spec().starts.as_ref()?)?;
        match &entry.node.tree {
            Tree::Literal(Value::Text(file)) => Some(file.as_str()),
            Tree::Literal(_) | Tree::Template(_) | Tree::List(_) | Tree::Map(_) => None,
        }
    };
    let all = workflow.steps.iter().chain(&workflow.on_failure).chain(&workflow.finally);
    all.filter_map(of).collect()
}

fn child(
    named: &str,
    registry: &Registry,
    sources: Sources<'_>,
    above: &[String],
) -> Result<(Child, String), String> {
    let path = beside(above.last().map_or("", String::as_str), named);
    if above.contains(&path) || above.len() > DEEPEST {
        let circle: Vec<&str> = above.iter().map(String::as_str).chain([path.as_str()]).collect();
        return Err(format!("it is run by itself: {}", circle.join(" -> ")));
    }
    let text = (sources.read)(&path)?;
    let source = Arc::new(Source::new(path.clone(), text.clone()));
    let (workflow, mut wrong) = parse(Arc::clone(&source));
    let workflow = workflow.map(Arc::new);
    let mut checked = None;
    if let Some(workflow) = &workflow {
        let inside: Vec<String> = above.iter().cloned().chain([path.clone()]).collect();
        let registry = (sources.plugins)(workflow, &path, &registry.without_plugins())?;
        let registry = below(workflow, &registry, sources, &inside);
        let (right, more) = check(workflow, &registry);
        checked = right;
        wrong.extend(more);
    }
    wrong.settle();
    let first = wrong.list.iter().find(|one| one.severity == Severity::Error);
    match (checked, first) {
        (Some(checked), None) => Ok((Child::new(registry, &path, Arc::new(checked)), text)),
        (_, Some(first)) => Err(format!("{}: {}", first.code, first.message)),
        (None, None) => Err("it is not a workflow".to_owned()),
    }
}

/// Returns the path of a file that is named beside another one, without `.` and `..` where that
/// can be told from the text.
fn beside(file: &str, named: &str) -> String {
    let folder = file.rsplit_once('/').map_or("", |(folder, _)| folder);
    let whole = match named.starts_with('/') || folder.is_empty() {
        true => named.to_owned(),
        false => format!("{folder}/{named}"),
    };
    let mut parts: Vec<&str> = Vec::new();
    for part in whole.split('/') {
        match part {
            "." => {}
            "" if !parts.is_empty() => {}
            ".." if parts.last().is_some_and(|last| !matches!(*last, "" | "..")) => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_named_beside_the_one_that_names_it() {
        for (file, named, path) in [
            ("a.yaml", "b.yaml", "b.yaml"),
            ("x/a.yaml", "./b.yaml", "x/b.yaml"),
            ("x/a.yaml", "../b.yaml", "b.yaml"),
            ("a.yaml", "../b.yaml", "../b.yaml"),
            ("/x/y/a.yaml", "../b.yaml", "/x/b.yaml"),
            ("x/a.yaml", "/b.yaml", "/b.yaml"),
        ] {
            assert_eq!(beside(file, named), path, "{file} {named}");
        }
    }
}
