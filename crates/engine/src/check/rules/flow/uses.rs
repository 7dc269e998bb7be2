//! The references that a step makes, each with where it stands.

use crate::source::Span;
use crate::template::{Expr, Kind, Path};
use crate::workflow::{ForEach, Node, StepDecl, Tree, Undo};

/// Where a reference stands in a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Site<'a> {
    /// In a parameter.
    Param(&'a str),
    /// In a parameter of `undo`.
    Undo,
    /// In `when`, `until` or `for_each`.
    Control,
}

/// A reference.
#[derive(Debug, Clone)]
pub(crate) struct Use<'a> {
    /// As it is written, `steps.create.token`; of an item, the name of what it is an item of.
    pub(crate) text: String,
    /// Its names.
    pub(crate) path: &'a Path,
    /// Its place in the text.
    pub(crate) span: Span,
    /// Where in the step it stands.
    pub(crate) site: Site<'a>,
    /// The parameter, or an entry of its map, is just this reference.
    pub(crate) whole: bool,
}

impl<'a> Use<'a> {
    /// Returns the id of the step that it refers to.
    pub(crate) fn step(&self) -> Option<&str> {
        self.text.strip_prefix("steps.").and_then(|rest| rest.split('.').next())
    }

    /// Says whether a value is in what it refers to, or the other way round.
    pub(crate) fn touches(&self, value: &str) -> bool {
        is_part_of(&self.text, value) || is_part_of(value, &self.text)
    }
}

/// Says whether a path leads into another one, or is it.
pub(crate) fn is_part_of(path: &str, whole: &str) -> bool {
    path.strip_prefix(whole).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// Returns a path as it is written.
pub(crate) fn text_of(path: &Path) -> String {
    let rest: String = path.rest.iter().map(|(name, _)| format!(".{name}")).collect();
    format!("{}{rest}", path.head)
}

/// Returns every reference of a step. Where it runs once per item of another step's outputs, an
/// item's output goes by the name of that step's, as does the output of an item by number.
pub(crate) fn uses(decl: &StepDecl) -> Vec<Use<'_>> {
    let mut found = written(decl);
    let list = match &decl.for_each {
        Some(ForEach::Expr(expr)) => list_of(expr),
        Some(ForEach::List(_)) | None => None,
    };
    for used in &mut found {
        if used.path.head == "item"
            && used.site != Site::Control
            && let Some(list) = &list
        {
            used.text = format!("{list}{}", used.text.trim_start_matches("item"));
        }
        used.text = without_number(&used.text);
    }
    found
}

/// The list that items are taken from, whatever sorts or filters it.
fn list_of(expr: &Expr) -> Option<String> {
    match &expr.kind {
        Kind::Path(path) => Some(text_of(path)),
        Kind::Call { args, .. } => list_of(args.first()?),
        Kind::Literal(_) => None,
    }
}

fn without_number(text: &str) -> String {
    let mut names: Vec<&str> = text.split('.').collect();
    let is_item = names.first() == Some(&"steps")
        && names.get(2).is_some_and(|name| name.bytes().all(|byte| byte.is_ascii_digit()));
    if is_item {
        names.remove(2);
    }
    names.join(".")
}

fn written(decl: &StepDecl) -> Vec<Use<'_>> {
    let mut found = Vec::new();
    for (name, entry) in &decl.with {
        in_node(&entry.node, Site::Param(name), true, &mut found);
    }
    if let Some(Undo::Step { with, .. }) = decl.undo.as_ref().map(|undo| &undo.value) {
        with.values().for_each(|entry| in_node(&entry.node, Site::Undo, true, &mut found));
    }
    for expr in [&decl.when, &decl.until].into_iter().flatten() {
        in_expr(expr, &mut found);
    }
    match &decl.for_each {
        None => {}
        Some(ForEach::List(list)) => in_node(list, Site::Control, false, &mut found),
        Some(ForEach::Expr(expr)) => in_expr(expr, &mut found),
    }
    found
}

fn in_node<'a>(node: &'a Node, site: Site<'a>, whole: bool, found: &mut Vec<Use<'a>>) {
    match &node.tree {
        Tree::Literal(_) => {}
        Tree::Template(template) => {
            let sole = whole && node.sole_expr().is_some_and(|expr| expr.as_path().is_some());
            template.paths(&mut |path, span| {
                found.push(Use { text: text_of(path), path, span, site, whole: sole });
            });
        }
        Tree::List(items) => items.iter().for_each(|item| in_node(item, site, false, found)),
        Tree::Map(map) => map.values().for_each(|entry| in_node(&entry.node, site, whole, found)),
    }
}

fn in_expr<'a>(expr: &'a Expr, found: &mut Vec<Use<'a>>) {
    expr.paths(&mut |path, span| {
        found.push(Use { text: text_of(path), path, span, site: Site::Control, whole: false });
    });
}
