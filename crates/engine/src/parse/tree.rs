//! The document as a tree with places: scalars, lists, maps; aliases and merges resolved.

use std::rc::Rc;

use crate::source::Span;
use crate::value::Value;

/// A node of the document. An alias shares the node of its anchor.
#[derive(Debug)]
pub(super) struct Yaml {
    /// Where it stands, without tag and anchor.
    pub(super) span: Span,
    /// What it is.
    pub(super) kind: Kind,
    /// How many nodes it is, itself counted, aliases with all that they bring in.
    pub(super) weight: usize,
    /// How many levels it has; 1 for a scalar.
    pub(super) depth: u32,
}

/// The kind of a node.
#[derive(Debug)]
pub(super) enum Kind {
    /// A scalar.
    Scalar(Scalar),
    /// A list.
    List(Vec<Rc<Yaml>>),
    /// A map.
    Map(Mapping),
    /// Something that was wrong and has been reported: whoever meets it says nothing more.
    Bad,
}

/// A scalar.
#[derive(Debug)]
pub(super) struct Scalar {
    /// What it means.
    pub(super) value: Value,
    /// Its text, whatever it means.
    pub(super) text: String,
    /// How it was written.
    pub(super) style: Style,
    /// Where its first character stands, where the text is in the source letter for letter.
    pub(super) verbatim: Option<usize>,
}

/// How a scalar was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    /// Without quotes.
    Plain,
    /// In quotes or as a block.
    Quoted,
    /// A template without quotes, read as if it had them; it has been reported.
    Bare,
}

/// A map.
#[derive(Debug, Default)]
pub(super) struct Mapping {
    /// Its entries in written order, what a merge brought in behind them.
    pub(super) pairs: Vec<Pair>,
    /// The text ended inside it, so that what is not there may only be unread.
    pub(super) cut: bool,
}

/// An entry of a map.
#[derive(Debug, Clone)]
pub(super) struct Pair {
    /// The key.
    pub(super) key: String,
    /// Where the key stands.
    pub(super) span: Span,
    /// The value.
    pub(super) value: Rc<Yaml>,
}

impl Yaml {
    /// Makes a node without children.
    pub(super) fn leaf(span: Span, kind: Kind) -> Self {
        Self { span, kind, weight: 1, depth: 1 }
    }

    /// Returns it as a scalar.
    pub(super) fn as_scalar(&self) -> Option<&Scalar> {
        match &self.kind {
            Kind::Scalar(scalar) => Some(scalar),
            Kind::List(_) | Kind::Map(_) | Kind::Bad => None,
        }
    }

    /// Says whether it is a null, written or left out.
    pub(super) fn is_null(&self) -> bool {
        self.as_scalar().is_some_and(|scalar| scalar.value.is_null())
    }

    /// Says in a few words what it is: `a list`, `the number 12`.
    pub(super) fn words(&self) -> String {
        match &self.kind {
            Kind::List(_) => "a list".to_owned(),
            Kind::Map(_) => "a mapping".to_owned(),
            Kind::Bad => "something else".to_owned(),
            Kind::Scalar(scalar) => scalar.words(),
        }
    }
}

impl Scalar {
    /// Says in a few words what it is.
    pub(super) fn words(&self) -> String {
        match &self.value {
            Value::Null => "nothing".to_owned(),
            Value::Bool(truth) => format!("the boolean `{truth}`"),
            Value::Int(number) => format!("the number `{number}`"),
            Value::Float(number) => format!("the number `{number}`"),
            Value::Text(_)
            | Value::List(_)
            | Value::Map(_)
            | Value::Duration(_)
            | Value::Timestamp(_)
            | Value::Unknown(_) => "text".to_owned(),
        }
    }
}
