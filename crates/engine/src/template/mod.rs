//! Templates: Handlebars syntax, compiled once to our own small tree, with typed values.

use crate::diagnostic::Diagnostic;
use crate::host::Secrets;
use crate::source::Span;
use crate::types::Type;
use crate::value::Value;

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

/// Tells the type of a path, or what is wrong with it.
pub trait Types {
    /// Resolves a path that stands at a place.
    fn path(&self, path: &Path, span: Span) -> Result<Typed, Diagnostic>;
}

/// Gives the values of paths.
pub trait Scope {
    /// Returns the value of a path; null where there is none.
    fn path(&self, path: &Path) -> Value;
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
        let _ = (text, at);
        unimplemented!()
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
        let _ = types;
        unimplemented!()
    }

    /// Renders it: the value of the expression where it is exactly one, else text.
    pub fn render(&self, scope: &dyn Scope, secrets: &dyn Secrets) -> Result<Value, RenderError> {
        let _ = (scope, secrets);
        unimplemented!()
    }

    /// Calls a function with every path in it.
    pub fn paths<'a>(&'a self, see: &mut dyn FnMut(&'a Path, Span)) {
        let _ = see;
        unimplemented!()
    }
}

impl Expr {
    /// Compiles a bare expression, as in `when`.
    pub fn parse(text: &str, at: Placement) -> Result<Self, Vec<Diagnostic>> {
        let _ = (text, at);
        unimplemented!()
    }

    /// Tells its type.
    pub fn infer(&self, types: &dyn Types) -> Result<Typed, Vec<Diagnostic>> {
        let _ = types;
        unimplemented!()
    }

    /// Computes it. An unknown argument gives an unknown.
    pub fn eval(&self, scope: &dyn Scope, secrets: &dyn Secrets) -> Result<Value, RenderError> {
        let _ = (scope, secrets);
        unimplemented!()
    }

    /// Calls a function with every path in it.
    pub fn paths<'a>(&'a self, see: &mut dyn FnMut(&'a Path, Span)) {
        let _ = see;
        unimplemented!()
    }

    /// Returns the path where it is just one.
    pub fn as_path(&self) -> Option<&Path> {
        match &self.kind {
            Kind::Path(path) => Some(path),
            Kind::Literal(_) | Kind::Call { .. } => None,
        }
    }
}
