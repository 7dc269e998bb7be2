//! `steps.<id>.<output>`: the outputs of other steps, and whether they are surely there.

use indexmap::IndexMap;

use super::fields::{shown, with_names};
use super::items::one_type;
use super::{Env, Site, plain};
use crate::check::checked::{Node, holds_secret};
use crate::check::facts::{is_conditional, path_text};
use crate::diagnostic::{Diagnostic, nearest};
use crate::disk::to_json;
use crate::source::Span;
use crate::spec::Output;
use crate::template::{Expr, Kind, Path, Typed};
use crate::types::Type;
use crate::value::Value;
use crate::workflow::{Node as Written, Tree};

impl Env<'_> {
    pub(super) fn step(&self, path: &Path, span: Span) -> Result<Typed, Diagnostic> {
        let Some((id, place)) = path.rest.first() else {
            let message = "`steps` alone is no value";
            let help = "write out what of it is meant, such as `steps.create.id`";
            return Err(Diagnostic::error("T05", span, message).help(help));
        };
        let here = Span::new(span.start, place.end.max(span.start));
        let Some(at) = self.checked.index(id) else { return self.hook_step(id, path, span, here) };
        self.is_finished(at, here)?;
        let node = &self.checked.nodes[at];
        let typed = self.outputs_of(node, path, 1, span)?;
        let nullable = typed.nullable || !self.surely_ran(node);
        let tested = self.facts.has(&path_text(path));
        Ok(Typed { nullable: nullable && !tested, ..typed })
    }

    /// Returns the type of a step's outputs, or of what a path names in them.
    pub(super) fn outputs_of(
        &self,
        node: &Node,
        path: &Path,
        at: usize,
        span: Span,
    ) -> Result<Typed, Diagnostic> {
        if !node.known {
            return Ok(Typed { nullable: false, ..Typed::default() });
        }
        let own_result = path.head == "result";
        if node.decl.for_each.is_some() && !own_result {
            let list = plain(Type::list(Type::Object(outputs_type(node))));
            let secret = path.rest.len() == at && list_holds_secret(node);
            return self.descend(Typed { secret, ..list }, path, at, span);
        }
        let Some((name, place)) = path.rest.get(at) else {
            let ty = Type::Object(outputs_type(node));
            return Ok(Typed { secret: holds_secret(&ty), ty, nullable: false });
        };
        let here = Span::new(span.start, place.end.max(span.start));
        let Some(output) = node.outputs().find(|output| output.name == *name) else {
            return Err(no_output(node, name, &shown(path, at), here));
        };
        let secret = holds_secret(&output.ty) || self.is_sealed(node, &path.rest[at + 1..], output);
        let typed = Typed { ty: output.ty.clone(), nullable: output.nullable, secret };
        self.descend(typed, path, at + 1, span)
    }

    /// Says whether a path into an answer names, holds or lies in what `seal` takes out of it.
    fn is_sealed(&self, node: &Node, rest: &[(String, Span)], output: &Output) -> bool {
        let Some(pointers) = node.literals.get("seal") else { return false };
        output.ty == Type::Any
            && pointers.items().iter().filter_map(Value::as_text).any(|pointer| {
                let steps = pointer.split('/').skip(1);
                steps.zip(rest).all(|(step, (name, _))| step == "*" || step == name)
            })
    }

    /// Says whether a step that is finished surely has outputs. In hooks any step may be the one
    /// that failed; items of a `for_each` are a list whatever became of them.
    fn surely_ran(&self, node: &Node) -> bool {
        let always = node.decl.for_each.is_some() || !is_conditional(node);
        (always && !self.is_hook()) || self.facts.has_run(node)
    }

    fn is_finished(&self, at: usize, here: Span) -> Result<(), Diagnostic> {
        let Site::Step(own) = self.site else { return Ok(()) };
        if !self.checked.ordered || self.checked.is_before(at, own) {
            return Ok(());
        }
        let (id, own_id) = (self.checked.nodes[at].id(), self.checked.nodes[own].id());
        if at == own {
            let message = format!("`{own_id}` refers to its own outputs");
            let help = "its own outputs are `result`, in `until` and `undo` only";
            return Err(Diagnostic::error("T06", here, message).help(help));
        }
        let message = format!("`steps.{id}` is not surely finished before `{own_id}`");
        let base = Diagnostic::error("T06", here, message)
            .related(self.checked.nodes[at].decl.id.span, format!("`{id}` stands here"));
        Err(base.help(self.way_to_wait(at, own)))
    }

    fn way_to_wait(&self, at: usize, own: usize) -> String {
        let (node, own_node) = (&self.checked.nodes[at], &self.checked.nodes[own]);
        let (id, own_id) = (node.id(), own_node.id());
        if self.checked.is_before(own, at) {
            return format!("`{id}` waits for `{own_id}`, so it cannot come first");
        }
        if own_node.decl.needs.is_some() {
            return format!("add `{id}` to the `needs` of `{own_id}`");
        }
        format!("`{id}` stands below; move it above `{own_id}`")
    }

    fn hook_step(
        &self,
        id: &str,
        path: &Path,
        span: Span,
        here: Span,
    ) -> Result<Typed, Diagnostic> {
        let (list, end, word) = match self.site {
            Site::OnFailure(at) => (&self.checked.on_failure, at, "on_failure"),
            Site::Finally(at) => (&self.checked.finally, at, "finally"),
            Site::Step(_) | Site::Outputs | Site::Inputs => (&self.checked.finally, 0, "finally"),
        };
        if let Some(node) = list[..end].iter().find(|node| node.id() == id) {
            let typed = self.outputs_of(node, path, 1, span)?;
            let tested = self.facts.has(&path_text(path));
            return Ok(Typed { nullable: !tested, ..typed });
        }
        let mut hooks = self.checked.on_failure.iter().chain(&self.checked.finally);
        if hooks.any(|node| node.id() == id) {
            let message = format!("`steps.{id}` is not surely finished before this");
            let help = match self.site {
                Site::OnFailure(_) | Site::Finally(_) => {
                    format!(
                        "a step of `{word}` sees the steps and what stands above it in `{word}`"
                    )
                }
                Site::Step(_) | Site::Outputs | Site::Inputs => {
                    "steps of `on_failure` and `finally` run after all steps".to_owned()
                }
            };
            return Err(Diagnostic::error("T06", here, message).help(help));
        }
        let base = Diagnostic::error("T03", here, format!("`steps.{id}` is not a step here"));
        Err(match nearest(id, self.checked.nodes.iter().map(Node::id)) {
            Some(near) => base
                .label(format!("did you mean `{near}`?"))
                .help(format!("did you mean `{near}`?")),
            None => base,
        })
    }

    /// Says whether the items of a list may be null: those of a step that may skip or fail one.
    pub(super) fn gives_null_items(&self, list: &Expr) -> bool {
        let Kind::Path(path) = &list.kind else { return false };
        if path.head != "steps" || path.rest.len() != 1 {
            return false;
        }
        let node = self.checked.index(&path.rest[0].0).map(|at| &self.checked.nodes[at]);
        node.is_some_and(is_conditional)
    }

    /// Returns the type of a written value.
    pub(crate) fn node_type(&self, node: &Written) -> Typed {
        match &node.tree {
            Tree::Literal(value) => Typed { nullable: value.is_null(), ..plain(type_of(value)) },
            Tree::Template(template) => template.infer(self).unwrap_or_default(),
            Tree::List(items) => {
                let item = one_type(items.iter().map(|item| self.node_type(item)));
                Typed { ty: Type::list(item.ty), nullable: false, secret: item.secret }
            }
            Tree::Map(map) => {
                let fields: Vec<(&String, Typed)> =
                    map.iter().map(|(key, entry)| (key, self.node_type(&entry.node))).collect();
                let secret = fields.iter().any(|(_, typed)| typed.secret);
                let ty =
                    Type::object(fields.into_iter().map(|(key, typed)| (key.clone(), typed.ty)));
                Typed { ty, nullable: false, secret }
            }
        }
    }
}

/// Returns the type that a literal has by itself.
pub(crate) fn type_of(value: &Value) -> Type {
    match value {
        Value::Null => Type::Any,
        Value::Bool(_) => Type::Boolean,
        Value::Int(_) => Type::Integer,
        Value::Float(_) => Type::Number,
        Value::Text(_) => Type::String,
        Value::Duration(_) => Type::Duration,
        Value::Timestamp(_) => Type::Timestamp,
        Value::List(items) => {
            Type::list(one_type(items.iter().map(|item| plain(type_of(item)))).ty)
        }
        Value::Map(map) => {
            Type::object(map.iter().map(|(key, value)| (key.clone(), type_of(value))))
        }
        Value::Unknown(unknown) => unknown.ty.clone(),
    }
}

fn outputs_type(node: &Node) -> IndexMap<String, Type> {
    node.outputs().map(|output| (output.name.clone(), output.ty.clone())).collect()
}

fn list_holds_secret(node: &Node) -> bool {
    node.outputs().any(|output| holds_secret(&output.ty))
}

fn no_output(node: &Node, name: &str, so_far: &str, here: Span) -> Diagnostic {
    let spec = node.step.spec();
    let kept = spec.outputs.iter().find(|output| output.name == name);
    if let Some(condition) = kept.and_then(|output| output.only_when.as_ref()) {
        let wanted: Vec<String> = condition
            .any_of
            .iter()
            .map(|value| format!("`{}: {}`", condition.param, bare(value)))
            .collect();
        let message = format!("`{so_far}.{name}` is not kept as `{}` is used here", node.id());
        return Diagnostic::error("T04", here, message)
            .help(format!("write {} in its `with`", wanted.join(" or ")));
    }
    let names: Vec<&str> = node.outputs().map(|output| output.name.as_str()).collect();
    let message = format!("`{}` has no output `{name}`", spec.name);
    with_names(Diagnostic::error("T04", here, message), name, &names)
}

fn bare(value: &Value) -> String {
    match value {
        Value::Text(text) => text.clone(),
        other => to_json(other).to_string(),
    }
}
