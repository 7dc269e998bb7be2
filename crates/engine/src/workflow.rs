//! A workflow as it was written: every part with its place, nothing decided yet.

use std::sync::Arc;

use indexmap::IndexMap;

use crate::source::{Source, Span, Spanned};
use crate::template::{Expr, Path, Template};
use crate::time::Duration;
use crate::types::Type;
use crate::value::{Unknown, Value};

/// A parsed workflow file.
#[derive(Debug, Clone)]
pub struct Workflow {
    /// Its text.
    pub source: Arc<Source>,
    /// `name`.
    pub name: Spanned<String>,
    /// `description`.
    pub description: Option<String>,
    /// `inputs`.
    pub inputs: IndexMap<String, Input>,
    /// `credential`.
    pub credential: Option<Credential>,
    /// `plugins`.
    pub plugins: IndexMap<String, Plugin>,
    /// `defaults`.
    pub defaults: Defaults,
    /// `max_parallel`, 16 where it is not written.
    pub max_parallel: usize,
    /// `triggers`.
    pub triggers: Triggers,
    /// `steps`.
    pub steps: Vec<StepDecl>,
    /// `on_failure`.
    pub on_failure: Vec<StepDecl>,
    /// `finally`.
    pub finally: Vec<StepDecl>,
    /// `outputs`.
    pub outputs: IndexMap<String, Node>,
}

/// An input.
#[derive(Debug, Clone)]
pub struct Input {
    /// Where its name stands.
    pub span: Span,
    /// Its type.
    pub ty: Type,
    /// Its default.
    pub default: Option<Spanned<Value>>,
    /// The values that it may have; empty for any.
    pub choices: Vec<Value>,
    /// The pattern that its text must match whole.
    pub pattern: Option<Spanned<String>>,
    /// Whether it has to be given.
    pub required: bool,
    /// Words for people.
    pub description: Option<String>,
    /// Where a secret comes from.
    pub from: Option<From>,
}

/// Where a secret input comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum From {
    /// An environment variable.
    Env(String),
    /// A file.
    File(String),
    /// What a program prints.
    Command(Vec<String>),
}

/// `credential`.
#[derive(Debug, Clone)]
pub struct Credential {
    /// Where the key stands.
    pub span: Span,
    /// `name`; uses nothing but inputs.
    pub name: Node,
    /// `owner`; uses nothing but inputs.
    pub owner: Option<Node>,
    /// `lifetime`.
    pub lifetime: Option<Spanned<Duration>>,
    /// `overlap`.
    pub overlap: Option<Spanned<Duration>>,
    /// `in_use`.
    pub in_use: Option<Expr>,
}

/// `plugins.<name>`.
#[derive(Debug, Clone)]
pub struct Plugin {
    /// Where its name stands.
    pub span: Span,
    /// `path`.
    pub path: Spanned<String>,
    /// `config`.
    pub config: IndexMap<String, Node>,
    /// `allow`: `http`, `exec`, `fs`, `reads`.
    pub allow: IndexMap<String, Vec<Spanned<String>>>,
}

/// `defaults`.
#[derive(Debug, Clone, Default)]
pub struct Defaults {
    /// `timeout`.
    pub timeout: Option<Duration>,
    /// `retry`.
    pub retry: Option<Retry>,
}

/// `triggers`.
#[derive(Debug, Clone, Default)]
pub struct Triggers {
    /// `schedule`: cron and time zone.
    pub schedule: Option<(Spanned<String>, Option<Spanned<String>>)>,
    /// `expiry`: before and jitter.
    pub expiry: Option<(Spanned<Duration>, Option<Duration>)>,
}

/// `retry`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retry {
    /// Where it stands.
    pub span: Span,
    /// How many tries there are in all.
    pub max_attempts: u32,
    /// How long to wait before the second.
    pub delay: Duration,
    /// Whether the wait doubles each time.
    pub exponential: bool,
    /// The longest wait.
    pub max_delay: Duration,
}

/// A step as it was written.
#[derive(Debug, Clone)]
pub struct StepDecl {
    /// The whole entry.
    pub span: Span,
    /// `id`.
    pub id: Spanned<String>,
    /// `name`.
    pub name: Option<String>,
    /// `uses`.
    pub uses: Spanned<String>,
    /// `with`.
    pub with: IndexMap<String, Entry>,
    /// `with` is no mapping at all: that is told, and nothing that follows from it.
    pub with_is_broken: bool,
    /// `needs`; none where it is not written.
    pub needs: Option<Vec<Spanned<String>>>,
    /// `when`.
    pub when: Option<Expr>,
    /// `for_each`.
    pub for_each: Option<ForEach>,
    /// `max_parallel`.
    pub max_parallel: Option<Spanned<usize>>,
    /// `until`.
    pub until: Option<Expr>,
    /// `verifies`.
    pub verifies: Vec<Spanned<String>>,
    /// `retry`.
    pub retry: Option<Retry>,
    /// `timeout`.
    pub timeout: Option<Spanned<Duration>>,
    /// `after`.
    pub after: Option<Spanned<Duration>>,
    /// `on_error`.
    pub on_error: Option<Spanned<OnError>>,
    /// `undo`.
    pub undo: Option<Spanned<Undo>>,
}

impl StepDecl {
    /// Calls a function with every path that stands in it.
    pub(crate) fn paths(&self, see: &mut dyn FnMut(&Path)) {
        let undo = self.undo.as_ref().and_then(|undo| match &undo.value {
            Undo::Step { with, .. } => Some(with.values()),
            Undo::Again | Undo::None { .. } => None,
        });
        let list = match &self.for_each {
            Some(ForEach::List(list)) => Some(list),
            Some(ForEach::Expr(list)) => {
                list.paths(&mut |path, _| see(path));
                None
            }
            None => None,
        };
        let written = self.with.values().chain(undo.into_iter().flatten()).map(|of| &of.node);
        for node in written.chain(list) {
            node.templates(&mut |template| template.paths(&mut |path, _| see(path)));
        }
        for condition in self.when.iter().chain(&self.until) {
            condition.paths(&mut |path, _| see(path));
        }
    }
}

/// An entry of a mapping that the author fills: the key's place and the value.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Where the key stands.
    pub key: Span,
    /// The value.
    pub node: Node,
}

/// What to do when a step fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnError {
    /// The run fails.
    Fail,
    /// The run goes on.
    Continue,
}

/// `for_each`.
#[derive(Debug, Clone)]
pub enum ForEach {
    /// A written-out list.
    List(Node),
    /// An expression that gives one.
    Expr(Expr),
}

/// `undo` of a step.
#[derive(Debug, Clone)]
pub enum Undo {
    /// Another step in place of the step's own undo; `result` is in scope.
    Step {
        /// `uses`.
        uses: Spanned<String>,
        /// `with`.
        with: IndexMap<String, Entry>,
    },
    /// Run the step once more as soon as what stands above it is put back.
    Again,
    /// It cannot be undone, and this is why that is fine.
    None {
        /// The reason.
        reason: String,
    },
}

/// A value in the document that may hold templates.
#[derive(Debug, Clone)]
pub struct Node {
    /// Where it stands.
    pub span: Span,
    /// What it is.
    pub tree: Tree,
}

/// The shape of a [`Node`].
#[derive(Debug, Clone)]
pub enum Tree {
    /// A scalar without templates: null, boolean, number or text.
    Literal(Value),
    /// A scalar with templates.
    Template(Template),
    /// A list.
    List(Vec<Node>),
    /// A map.
    Map(IndexMap<String, Entry>),
}

impl Node {
    /// Makes what stands for a value that could not be read: it fits everywhere, so that what has
    /// been reported once is not reported again for what follows from it. Where there is one, there
    /// is an error too, so none is ever run.
    pub fn unreadable(span: Span) -> Self {
        let unknown = Unknown { from: "a value with a mistake".to_owned(), ty: Type::Any };
        Self { span, tree: Tree::Literal(Value::Unknown(unknown)) }
    }

    /// Returns the value where nothing in it is a template.
    pub fn literal(&self) -> Option<Value> {
        Some(match &self.tree {
            Tree::Literal(value) => value.clone(),
            Tree::Template(_) => return None,
            Tree::List(items) => {
                Value::List(items.iter().map(Node::literal).collect::<Option<_>>()?)
            }
            Tree::Map(map) => Value::Map(
                map.iter()
                    .map(|(key, entry)| Some((key.clone(), entry.node.literal()?)))
                    .collect::<Option<_>>()?,
            ),
        })
    }

    /// Returns the expression where it is exactly one: `"{{ steps.create.token }}"`.
    pub fn sole_expr(&self) -> Option<&Expr> {
        match &self.tree {
            Tree::Template(template) => template.sole_expr(),
            _ => None,
        }
    }

    /// Calls a function with every template in it.
    pub fn templates<'a>(&'a self, see: &mut dyn FnMut(&'a Template)) {
        match &self.tree {
            Tree::Literal(_) => {}
            Tree::Template(template) => see(template),
            Tree::List(items) => items.iter().for_each(|item| item.templates(see)),
            Tree::Map(map) => map.values().for_each(|entry| entry.node.templates(see)),
        }
    }
}
