//! Templates: Handlebars syntax, compiled once to our own small tree, with typed values.

mod call;
mod compile;
mod eval;
mod faults;
mod habits;
mod helpers;
mod infer;
mod known;
pub mod pages;
mod path;
mod print;
mod refuse;
mod scan;
mod shape;
mod spell;
#[cfg(test)]
mod tests;
mod typed;
mod walk;

use std::borrow::Cow;

use crate::diagnostic::Diagnostic;
use crate::host::Secrets;
use crate::source::Span;
use crate::types::Type;
use crate::value::Value;

use eval::Eval;
use infer::Infer;

pub use path::follow;

/// Where a text stands in the source, so that a place in the text is a place in the source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Placement {
    /// The whole scalar.
    pub span: Span,
    /// Where the first character of the text stands, where the text is in the source letter for
    /// letter (no escapes, no folding).
    pub verbatim: Option<usize>,
}

/// Text with templates in it, compiled.
#[derive(Debug, Clone, PartialEq)]
pub struct Template {
    /// The whole scalar's place.
    pub span: Span,
    /// Its pieces, in order.
    pub parts: Vec<Part>,
}

/// A piece of a template.
#[derive(Debug, Clone, PartialEq)]
pub enum Part {
    /// Plain text.
    Text(String),
    /// `{{ expression }}`.
    Expr(Expr),
    /// `{{#if}}`, `{{else if}}`, `{{else}}`; `unless` is an `if` of `not`.
    If {
        /// Conditions with what they guard.
        arms: Vec<(Expr, Vec<Part>)>,
        /// What stands where none holds.
        otherwise: Vec<Part>,
    },
    /// `{{#each}}`: the item is `this`.
    Each {
        /// The list.
        list: Expr,
        /// What stands for each item.
        body: Vec<Part>,
        /// What stands for an empty list.
        otherwise: Vec<Part>,
    },
}

/// An expression.
#[derive(Debug, Clone, PartialEq)]
pub struct Expr {
    /// Where it stands.
    pub span: Span,
    /// What it is.
    pub kind: Kind,
}

/// The kind of an [`Expr`].
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    /// A literal: text, number, boolean, null.
    Literal(Value),
    /// A path.
    Path(Path),
    /// A helper with its arguments.
    Call {
        /// The helper.
        helper: &'static str,
        /// Arguments in order.
        args: Vec<Expr>,
        /// `key=value` arguments.
        named: Vec<(String, Expr)>,
    },
}

/// A written-out path: `steps.create.token`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Path {
    /// The scope name at its head; `this` inside `each`.
    pub head: String,
    /// What follows, each with its place.
    pub rest: Vec<(String, Span)>,
}

/// What is known of a value before it is there.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Typed {
    /// Its type.
    pub ty: Type,
    /// Whether it may be null.
    pub nullable: bool,
    /// Whether it is, or is made of, a secret.
    pub secret: bool,
}

/// What null is in text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum NullInText {
    /// A mistake.
    #[default]
    Error,
    /// Nothing, as in `on_failure` and `finally`.
    Empty,
}

/// Tells the type of a path, or what is wrong with it. The item of an `each` is not asked for.
pub trait Types {
    /// Resolves a path that stands at a place.
    fn path(&self, path: &Path, span: Span) -> Result<Typed, Diagnostic>;

    /// Says what null is in text.
    fn null_in_text(&self) -> NullInText {
        NullInText::Error
    }
}

/// Gives the values of paths. The item of an `each` is not asked for.
pub trait Scope {
    /// Returns the value of a path; null where there is none. [`follow`] does most of it.
    fn path(&self, path: &Path) -> Value;

    /// Returns the same without a copy, where it can: a `find` in a list of thousands asks with this.
    fn peek(&self, path: &Path) -> Cow<'_, Value> {
        Cow::Owned(self.path(path))
    }

    /// Says what null is in text.
    fn null_in_text(&self) -> NullInText {
        NullInText::Error
    }
}

/// A template that could not be rendered: our words, never a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct RenderError {
    /// Where it stands in the workflow.
    pub span: Span,
    /// What is wrong.
    pub message: String,
}

impl Template {
    /// Compiles the text of a scalar. All mistakes at once.
    pub fn parse(text: &str, at: Placement) -> Result<Self, Vec<Diagnostic>> {
        compile::template(text, at)
    }

    /// Returns the expression where the whole text is exactly one.
    pub fn sole_expr(&self) -> Option<&Expr> {
        match self.parts.as_slice() {
            [Part::Expr(expr)] => Some(expr),
            _ => None,
        }
    }

    /// Tells its type; every path in it is resolved, every helper's arguments are checked.
    pub fn infer(&self, types: &dyn Types) -> Result<Typed, Vec<Diagnostic>> {
        let mut infer = Infer::new(types);
        let typed = infer.template(self);
        infer.finish(typed)
    }

    /// Renders it: the value of the expression where it is exactly one, else text.
    pub fn render(&self, scope: &dyn Scope, secrets: &dyn Secrets) -> Result<Value, RenderError> {
        Eval { scope, secrets, this: None }.template(self)
    }

    /// Calls a function with every path in it, but for those of an `each`'s item.
    pub fn paths<'a>(&'a self, see: &mut dyn FnMut(&'a Path, Span)) {
        parts_paths(&self.parts, see);
    }
}

fn parts_paths<'a>(parts: &'a [Part], see: &mut dyn FnMut(&'a Path, Span)) {
    for part in parts {
        match part {
            Part::Text(_) => {}
            Part::Expr(expr) => expr.paths(see),
            Part::If { arms, otherwise } => {
                for (condition, body) in arms {
                    condition.paths(see);
                    parts_paths(body, see);
                }
                parts_paths(otherwise, see);
            }
            Part::Each { list, body, otherwise } => {
                list.paths(see);
                parts_paths(body, see);
                parts_paths(otherwise, see);
            }
        }
    }
}

impl Expr {
    /// Compiles a bare expression, as in `when`.
    pub fn parse(text: &str, at: Placement) -> Result<Self, Vec<Diagnostic>> {
        compile::expression(text, at)
    }

    /// Tells its type.
    pub fn infer(&self, types: &dyn Types) -> Result<Typed, Vec<Diagnostic>> {
        let mut infer = Infer::new(types);
        let typed = infer.expr(self);
        infer.finish(typed)
    }

    /// Computes it. An unknown argument gives an unknown.
    pub fn eval(&self, scope: &dyn Scope, secrets: &dyn Secrets) -> Result<Value, RenderError> {
        Eval { scope, secrets, this: None }.expr(self)
    }

    /// Calls a function with every path in it, but for those of an `each`'s item.
    pub fn paths<'a>(&'a self, see: &mut dyn FnMut(&'a Path, Span)) {
        match &self.kind {
            Kind::Literal(_) => {}
            Kind::Path(path) if path.head == "this" => {}
            Kind::Path(path) => see(path, self.span),
            Kind::Call { args, named, .. } => {
                args.iter().for_each(|arg| arg.paths(see));
                named.iter().for_each(|(_, value)| value.paths(see));
            }
        }
    }

    /// Returns the path where it is just one.
    pub fn as_path(&self) -> Option<&Path> {
        match &self.kind {
            Kind::Path(path) => Some(path),
            Kind::Literal(_) | Kind::Call { .. } => None,
        }
    }
}
