//! What a step gives a workflow that it runs, against the inputs of that file.

use indexmap::IndexMap;

use crate::check::checked::{Checked, Node};
use crate::check::env::Env;
use crate::check::params::{Place, fits};
use crate::check::resolve::{is_null, quoted};
use crate::diagnostic::{Diagnostic, Diagnostics, nearest};
use crate::source::Span;
use crate::types::Type;
use crate::workflow::{Entry, Input, Tree, Workflow};

/// Checks the inputs of every workflow that a step runs.
pub(super) fn check(checked: &Checked, found: &mut Diagnostics) {
    for (site, node) in checked.sites() {
        let Some(child) = node.step.child() else { continue };
        let env = Env::new(checked, site);
        let given = node.decl.with.get("inputs").map(|entry| &entry.node);
        let none = IndexMap::new();
        let given = match given.map(|node| &node.tree) {
            Some(Tree::Map(given)) => given,
            None | Some(Tree::Literal(_)) => &none,
            // What is computed is seen when the child begins.
            Some(Tree::Template(_) | Tree::List(_)) => continue,
        };
        inputs(node, child.workflow(), given, &env, found);
    }
}

fn inputs(
    node: &Node,
    child: &Workflow,
    given: &IndexMap<String, Entry>,
    env: &Env<'_>,
    found: &mut Diagnostics,
) {
    let name = &child.name.value;
    for (key, entry) in given {
        match child.inputs.get(key) {
            None => found.push(unknown(key, entry.key, child)),
            Some(input) if input.ty == Type::Secret => {
                let message = format!("the input `{key}` of `{name}` is a secret");
                let help = "no secret crosses from one workflow to another; its own `from` says \
                            where it comes from";
                found.push(Diagnostic::error("P02", entry.key, message).help(help));
            }
            Some(input) => {
                let place = match input.required {
                    true => Place::required(key, env),
                    false => Place::optional(key, env),
                };
                fits(&entry.node, &input.ty, &place, found);
            }
        }
    }
    let is_given = |key: &String| given.get(key).is_some_and(|entry| !is_null(&entry.node));
    let missing = |(key, input): &(&String, &Input)| match input.ty {
        Type::Secret => input.required && input.from.is_none(),
        _ => input.required && !is_given(key),
    };
    for (key, input) in child.inputs.iter().filter(missing) {
        let message = format!("`{name}` needs the input `{key}`");
        let help = match input.ty {
            Type::Secret => "give it a `from` in that file: nobody can be asked for it".to_owned(),
            _ => format!("{key}: {}", input.description.as_deref().unwrap_or("no description")),
        };
        found.push(Diagnostic::error("P03", node.decl.uses.span, message).help(help));
    }
}

fn unknown(key: &str, span: Span, child: &Workflow) -> Diagnostic {
    let names = || child.inputs.keys().map(String::as_str);
    let help = match nearest(key, names()) {
        Some(near) => format!("did you mean `{near}`?"),
        None if child.inputs.is_empty() => "it takes none".to_owned(),
        None => format!("it takes {}", quoted(&names().collect::<Vec<_>>())),
    };
    let message = format!("`{}` has no input `{key}`", child.name.value);
    Diagnostic::error("P02", span, message).help(help)
}
