//! What may be referred to at a place of the workflow, and of what type it is.

use crate::check::checked::{Checked, Node, holds_secret};
use crate::check::facts::{Facts, path_text};
use crate::check::resolve::quoted;
use crate::diagnostic::{Diagnostic, nearest};
use crate::source::{Source, Span};
use crate::spec::{Output, Role};
use crate::template::{Expr, NullInText, Path, Typed, Types};
use crate::types::Type;
use crate::workflow::Input;

mod fields;
mod items;
mod steps;

use fields::{field, inside, out_of_place, shown};
use items::item_type;

/// The names that a path may begin with.
const SCOPES: [&str; 8] =
    ["inputs", "steps", "run", "credential", "item", "index", "result", "error"];

/// Where an expression stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Site {
    /// In a step, by index.
    Step(usize),
    /// In a step of `on_failure`, by index.
    OnFailure(usize),
    /// In a step of `finally`, by index.
    Finally(usize),
    /// In `outputs`.
    Outputs,
    /// Where nothing but inputs is known: the credential's name and owner, a plugin's `config`.
    Inputs,
}

/// What may be referred to at a place.
#[derive(Clone)]
pub struct Env<'a> {
    checked: &'a Checked,
    site: Site,
    facts: Facts,
    item: Option<Typed>,
    with_result: bool,
}

impl<'a> Env<'a> {
    /// Makes the scope of a place.
    pub(crate) fn new(checked: &'a Checked, site: Site) -> Self {
        let mut env =
            Self { checked, site, facts: Facts::default(), item: None, with_result: false };
        let Some(node) = env.node() else { return env };
        env.facts = Facts::of(node, checked);
        env.item = node.decl.for_each.as_ref().map(|list| item_type(&env.of_list(), list));
        env
    }

    /// Returns the scope of `for_each` itself: without `item` and `index`, before any `when`.
    pub(crate) fn of_list(&self) -> Self {
        Self { item: None, ..self.of_condition() }
    }

    /// Returns the scope of `when` itself, which cannot count on what it says.
    pub(crate) fn of_condition(&self) -> Self {
        Self { facts: Facts::default(), ..self.clone() }
    }

    /// Adds `result`, the step's own outputs: that of `until` and `undo`.
    #[must_use]
    pub(crate) fn with_result(mut self) -> Self {
        self.with_result = true;
        self
    }

    fn node(&self) -> Option<&'a Node> {
        match self.site {
            Site::Step(at) => Some(&self.checked.nodes[at]),
            Site::OnFailure(at) => Some(&self.checked.on_failure[at]),
            Site::Finally(at) => Some(&self.checked.finally[at]),
            Site::Outputs | Site::Inputs => None,
        }
    }

    /// Says whether it is a step of `on_failure` or `finally`, where null in text is empty.
    pub(crate) fn is_hook(&self) -> bool {
        matches!(self.site, Site::OnFailure(_) | Site::Finally(_))
    }

    /// Says whether a path may be null here.
    pub(crate) fn is_nullable(&self, path: &Path, span: Span) -> bool {
        self.resolve(path, span).is_ok_and(|typed| typed.nullable)
    }

    /// Says whether the step's own conditions make sure that an expression is not null.
    pub(crate) fn has_value(&self, expr: &Expr) -> bool {
        self.facts.has_value(expr)
    }

    /// Says whether a path is, or holds, a secret here.
    pub(crate) fn is_secret(&self, path: &Path, span: Span) -> bool {
        self.resolve(path, span).is_ok_and(|typed| typed.secret)
    }

    /// Returns the workflow's text.
    pub(crate) fn source(&self) -> &'a Source {
        &self.checked.workflow.source
    }

    fn resolve(&self, path: &Path, span: Span) -> Result<Typed, Diagnostic> {
        if self.site == Site::Inputs && path.head != "inputs" && SCOPES.contains(&&*path.head) {
            let message = format!("`{}` is not known here", path_text(path));
            let help = "only `inputs` are: this is read before anything runs";
            return Err(Diagnostic::error("T05", span, message).help(help));
        }
        match path.head.as_str() {
            "inputs" => self.input(path, span),
            "steps" => self.step(path, span),
            "run" => self.run(path, span),
            "credential" => self.credential(path, span),
            "item" => match &self.item {
                Some(item) => self.descend(item.clone(), path, 0, span),
                None => Err(out_of_place(path, span, "a step with `for_each`")),
            },
            "index" => match &self.item {
                Some(_) => self.descend(plain(Type::Integer), path, 0, span),
                None => Err(out_of_place(path, span, "a step with `for_each`")),
            },
            "result" => match self.node().filter(|_| self.with_result) {
                Some(node) => self.outputs_of(node, path, 0, span),
                None => Err(out_of_place(path, span, "`until` and `undo`")),
            },
            "error" => self.error(path, span),
            _no_scope => Err(self.unknown_scope(path, span)),
        }
    }

    fn input(&self, path: &Path, span: Span) -> Result<Typed, Diagnostic> {
        let inputs = &self.checked.workflow.inputs;
        let names: Vec<&str> = inputs.keys().map(String::as_str).collect();
        let name = field(path, 0, span, "inputs", &names)?;
        let input = &inputs[name];
        self.descend(typed_input(input), path, 1, span)
    }

    fn run(&self, path: &Path, span: Span) -> Result<Typed, Diagnostic> {
        let name = field(path, 0, span, "run", &["id", "started_at", "workflow", "status"])?;
        let ty = match name {
            "started_at" => Type::Timestamp,
            "status" if !self.is_hook() => {
                return Err(out_of_place(path, span, "`on_failure` and `finally`"));
            }
            _id_or_name => Type::String,
        };
        self.descend(plain(ty), path, 1, span)
    }

    fn error(&self, path: &Path, span: Span) -> Result<Typed, Diagnostic> {
        if !self.is_hook() {
            return Err(out_of_place(path, span, "`on_failure` and `finally`"));
        }
        let fields = [("step", Type::String), ("message", Type::String), ("code", Type::String)];
        let nullable = matches!(self.site, Site::Finally(_));
        let error = Typed { ty: Type::object(fields), nullable, secret: false };
        self.descend(error, path, 0, span)
    }

    fn credential(&self, path: &Path, span: Span) -> Result<Typed, Diagnostic> {
        let Some(credential) = &self.checked.workflow.credential else {
            let message =
                format!("`{}` is not known: this workflow has no `credential`", path_text(path));
            return Err(Diagnostic::error("T05", span, message));
        };
        let names = ["name", "owner", "lifetime", "overlap", "old"];
        let typed = match field(path, 0, span, "credential", &names)? {
            "owner" => Typed { nullable: credential.owner.is_none(), ..plain(Type::String) },
            "lifetime" => {
                Typed { nullable: credential.lifetime.is_none(), ..plain(Type::Duration) }
            }
            "overlap" => plain(Type::Duration),
            "old" => return self.old(path, span),
            _name => plain(Type::String),
        };
        self.descend(typed, path, 1, span)
    }

    fn old(&self, path: &Path, span: Span) -> Result<Typed, Diagnostic> {
        let missing = !self.facts.has("credential.old");
        let Some((name, _)) = path.rest.get(1) else {
            let fields = old_fields().map(|(name, ty)| (name, ty));
            return Ok(Typed { ty: Type::object(fields), nullable: missing, secret: false });
        };
        let names = old_fields().map(|(name, _)| name);
        field(path, 1, span, "credential.old", &names)?;
        let tested = self.facts.has(&format!("credential.old.{name}"));
        let ty = old_fields().into_iter().find(|(field, _)| field == name).map(|(_, ty)| ty);
        let nullable = missing || (name != "id" && !tested && !self.is_kept(name));
        self.descend(Typed { ty: ty.unwrap_or_default(), nullable, secret: false }, path, 2, span)
    }

    /// Says whether a promotion by this workflow surely keeps a field of what it promotes.
    fn is_kept(&self, name: &str) -> bool {
        let by_hand = self.checked.workflow.credential.as_ref().is_some_and(|c| c.in_use.is_some());
        let create = self.checked.nodes.iter().find(|node| node.role == Role::Create);
        let surely = |output: &Output| output.name == name && !output.nullable;
        !by_hand && create.is_some_and(|create| create.outputs().any(surely))
    }

    fn unknown_scope(&self, path: &Path, span: Span) -> Diagnostic {
        let head = path.head.as_str();
        let at = Span::new(span.start, span.start + head.len());
        let base = Diagnostic::error("T05", at, format!("`{head}` is nothing that is known here"));
        if self.checked.workflow.inputs.contains_key(head) {
            return base.help(format!("did you mean `inputs.{head}`?"));
        }
        if self.checked.index(head).is_some() {
            return base.help(format!("did you mean `steps.{}`?", path_text(path)));
        }
        match (head, nearest(head, SCOPES)) {
            ("env" | "secrets" | "secret" | "vars", _) => base.help(
                "templates see no environment; declare an input of type `secret` with \
                 `from: {env: NAME}` and use `inputs.NAME`",
            ),
            ("now" | "date" | "time", _) => {
                base.help("templates see no clock; `run.started_at` is when the run began")
            }
            ("this", _) => base.help("`this` is the item inside `each`; a step's is `item`"),
            (_, Some(near)) => base.help(format!("did you mean `{near}`?")),
            (_, None) => base.help(format!("a path begins with one of {}", quoted(&SCOPES))),
        }
    }

    /// Follows the rest of a path into a value.
    fn descend(
        &self,
        from: Typed,
        path: &Path,
        at: usize,
        span: Span,
    ) -> Result<Typed, Diagnostic> {
        let mut typed = from;
        for (index, (name, place)) in path.rest.iter().enumerate().skip(at) {
            let so_far = shown(path, index);
            let here = Span::new(span.start, place.end.max(span.start));
            typed = inside(typed, name, &so_far, path, here)?;
        }
        typed.nullable &= !self.facts.has(&path_text(path));
        Ok(typed)
    }
}

impl Types for Env<'_> {
    fn path(&self, path: &Path, span: Span) -> Result<Typed, Diagnostic> {
        self.resolve(path, span)
    }

    fn null_in_text(&self) -> NullInText {
        if self.is_hook() { NullInText::Empty } else { NullInText::Error }
    }
}

fn old_fields() -> [(&'static str, Type); 4] {
    [
        ("id", Type::String),
        ("prefix", Type::String),
        ("created_at", Type::Timestamp),
        ("expires_at", Type::Timestamp),
    ]
}

fn typed_input(input: &Input) -> Typed {
    let has_default = input.default.as_ref().is_some_and(|default| !default.value.is_null());
    Typed {
        secret: holds_secret(&input.ty),
        nullable: !input.required && !has_default && input.from.is_none(),
        ty: input.ty.clone(),
    }
}

fn plain(ty: Type) -> Typed {
    Typed { ty, nullable: false, secret: false }
}
