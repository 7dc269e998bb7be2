//! L09: one credential, one workflow.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use crate::diagnostic::Diagnostic;
use crate::source::Span;
use crate::template::{Part, Template};
use crate::workflow::{Node, Tree, Workflow};

/// The page of `cutover explain L09`.
pub(crate) const PAGE: &str = include_str!("pages/l09.md");

/// Finds workflows of one folder that promote the same credential name (the same text). Each
/// finding stands with the index of the workflow that it is about.
pub fn check_folder(workflows: &[&Workflow]) -> Vec<(usize, Diagnostic)> {
    let mut by_name: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (nth, workflow) in workflows.iter().enumerate() {
        if let Some(credential) = &workflow.credential {
            let name = text_of(workflow, &credential.name);
            by_name.entry(name).or_default().push(nth);
        }
    }
    let shared = by_name.iter().filter(|(_, users)| users.len() > 1);
    let mut found: Vec<(usize, Diagnostic)> = shared
        .flat_map(|(name, users)| {
            users.iter().map(|nth| (*nth, shared_name(workflows, name, *nth, users)))
        })
        .collect();
    found.sort_by_key(|(nth, _)| *nth);
    found
}

fn shared_name(workflows: &[&Workflow], name: &str, nth: usize, users: &[usize]) -> Diagnostic {
    let others: Vec<String> = users
        .iter()
        .filter(|other| **other != nth)
        .map(|other| format!("`{}`", workflows[*other].source.name))
        .collect();
    let span = workflows[nth].credential.as_ref().map_or(Span::default(), |found| found.name.span);
    let verb = if others.len() == 1 { "promotes" } else { "promote" };
    let message = format!("the credential `{name}` is also what {} {verb}", others.join(" and "));
    Diagnostic::error("L09", span, message)
        .label("each would revoke what the other made")
        .help("give each its own `credential.name`, or keep just one of the workflows")
}

/// The name as it is written, but for the blanks inside of braces.
fn text_of(workflow: &Workflow, name: &Node) -> String {
    match &name.tree {
        Tree::Literal(value) => escaped(value.as_text().unwrap_or_default()),
        Tree::Template(template) => spelled(workflow, template),
        Tree::List(_) | Tree::Map(_) => workflow.source.slice(name.span).to_owned(),
    }
}

/// Text whose braces are just braces.
fn escaped(text: &str) -> String {
    text.replace("{{", "\\{{")
}

fn spelled(workflow: &Workflow, template: &Template) -> String {
    let parts = template.parts.iter().map(|part| match part {
        Part::Text(text) => Some(escaped(text)),
        Part::Expr(expr) => Some(format!("{{{{ {} }}}}", workflow.source.slice(expr.span).trim())),
        Part::If { .. } | Part::Each { .. } => None,
    });
    parts
        .collect::<Option<String>>()
        .unwrap_or_else(|| workflow.source.slice(template.span).to_owned())
}
