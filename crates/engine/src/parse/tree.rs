//! The document as a tree with places: scalars, lists, maps; aliases and merges resolved.

use std::rc::Rc;

use crate::source::Span;
use crate::value::Value;

/// A node of the document. An alias shares the node of its anchor.
#[derive(Debug)]
pub struct Yaml {
    /// Where it stands, without tag and anchor.
    pub span: Span,
    /// What it is.
    pub kind: Kind,
    /// How many nodes it is, itself counted, aliases with all that they bring in.
    pub weight: usize,
    /// How many levels it has; 1 for a scalar.
    pub depth: u32,
}

/// The kind of a node.
#[derive(Debug)]
pub enum Kind {
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
pub struct Scalar {
    /// What it means.
    pub value: Value,
    /// Its text, whatever it means.
    pub text: String,
    /// How it was written.
    pub style: Style,
    /// Where its first character stands, where the text is in the source letter for letter.
    pub verbatim: Option<usize>,
}

/// How a scalar was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// Without quotes.
    Plain,
    /// In quotes or as a block.
    Quoted,
    /// A template without quotes, read as if it had them; it has been reported.
    Bare,
}

/// A map.
#[derive(Debug, Default)]
pub struct Mapping {
    /// Its entries in written order, what a merge brought in behind them.
    pub pairs: Vec<Pair>,
    /// The text ended inside it, so that what is not there may only be unread.
    pub cut: bool,
}

/// An entry of a map.
#[derive(Debug, Clone)]
pub struct Pair {
    /// The key.
    pub key: String,
    /// Where the key stands.
    pub span: Span,
    /// The value.
    pub value: Rc<Yaml>,
}

impl Yaml {
    /// Makes a node without children.
    pub fn leaf(span: Span, kind: Kind) -> Self {
        Self { span, kind, weight: 1, depth: 1 }
    }

    /// Returns it as a scalar.
    pub fn as_scalar(&self) -> Option<&Scalar> {
        match &self.kind {
            Kind::Scalar(scalar) => Some(scalar),
            Kind::List(_) | Kind::Map(_) | Kind::Bad => None,
        }
    }

    /// Says whether it is a null, written or left out.
    pub fn is_null(&self) -> bool {
        self.as_scalar().is_some_and(|scalar| scalar.value.is_null())
    }

    /// Says in a few words what it is: `a list`, `the number 12`.
    pub fn words(&self) -> String {
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
    pub fn words(&self) -> String {
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
