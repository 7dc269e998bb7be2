//! The helpers: a table of all of them, and what the table says about each.

mod compare;
mod compare_types;
mod encode;
mod list_types;
mod lists;
mod table;
mod text;
mod time;
mod want;

use std::borrow::Cow;

use crate::template::{Expr, Typed};
use crate::types::Type;
use crate::value::Value;

pub(super) use compare::is_true;
pub(super) use compare_types::class_of;
pub(super) use table::{elsewhere, find, listed, names};
pub(super) use want::{Want, kind_of};

/// A helper. It is pure: the same arguments give the same answer.
pub(super) struct Helper {
    /// Its name.
    pub(super) name: &'static str,
    /// How it is written.
    pub(super) usage: &'static str,
    /// What it takes, in order.
    pub(super) takes: &'static [Want],
    /// Whether the last may be given more than once.
    pub(super) more: bool,
    /// Whether it takes `key=value`.
    pub(super) named: Named,
    /// What it does with a secret.
    pub(super) secrets: OnSecret,
    /// What it gives; asked when the kinds of its arguments are right.
    pub(super) gives: fn(&Given<'_>) -> Result<Typed, Wrong>,
    /// What it computes.
    pub(super) compute: Compute,
}

/// Whether a helper takes `key=value`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Named {
    /// No.
    None,
    /// One at least.
    Some,
    /// Some in place of the last value.
    OrValue,
}

/// What a helper does with a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OnSecret {
    /// It takes none, not even inside a list or a map.
    Refuse,
    /// Lists and maps that it is given may hold some; it looks at none.
    Inside,
    /// It works on what they hold, and what it gives is a secret.
    Open,
    /// It passes them on as they are.
    Keep,
}

/// How a helper computes.
pub(super) enum Compute {
    /// From all arguments.
    All(fn(&Call<'_>) -> Result<Value, Failure>),
    /// From one argument after the other, until one settles it.
    InTurn(InTurn),
}

/// The helpers that do not need all of their arguments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum InTurn {
    /// `and`.
    And,
    /// `or`.
    Or,
    /// `default`.
    Default,
}

/// The arguments of a call, computed.
pub(super) struct Call<'a> {
    /// The helper's name, for messages.
    pub(super) name: &'static str,
    /// In order.
    pub(super) args: &'a [Cow<'a, Value>],
    /// `key=value`.
    pub(super) named: &'a [(&'a str, Value)],
}

/// The types of the arguments of a call.
pub(super) struct Given<'a> {
    /// In order.
    pub(super) args: &'a [Typed],
    /// How they are written; empty where that does not matter any more.
    pub(super) exprs: &'a [Expr],
    /// `key=value`.
    pub(super) named: &'a [(&'a str, Typed)],
}

/// Why a helper gives nothing.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Failure {
    /// A wrong argument, in words.
    Wrong(String),
    /// What it would have to look at is unknown; the type of what it would give.
    Unknown(Type),
}

/// What is wrong with the types of the arguments.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Wrong {
    /// Which argument; none for all of them together.
    pub(super) arg: Option<usize>,
    /// Whether it is about a secret.
    pub(super) is_secret: bool,
    /// In words.
    pub(super) message: String,
    /// The way out.
    pub(super) help: Option<String>,
}

impl Helper {
    /// Says whether a number of arguments is right.
    pub(super) fn fits_count(&self, args: usize, named: usize) -> bool {
        let wanted = self.takes.len();
        match self.named {
            Named::None => args == wanted || (self.more && args > wanted),
            Named::Some => args == wanted && named > 0,
            Named::OrValue if named > 0 => args + 1 == wanted,
            Named::OrValue => args == wanted,
        }
    }

    /// Returns what it wants at a position.
    pub(super) fn want(&self, at: usize) -> Want {
        self.takes.get(at).or(self.takes.last()).copied().unwrap_or(Want::Any)
    }
}

impl Failure {
    fn wrong(message: impl Into<String>) -> Self {
        Self::Wrong(message.into())
    }
}

impl Wrong {
    fn arg(at: usize, message: impl Into<String>) -> Self {
        Self { arg: Some(at), is_secret: false, message: message.into(), help: None }
    }

    fn call(message: impl Into<String>) -> Self {
        Self { arg: None, is_secret: false, message: message.into(), help: None }
    }

    fn secret(self) -> Self {
        Self { is_secret: true, ..self }
    }

    fn help(self, help: impl Into<String>) -> Self {
        Self { help: Some(help.into()), ..self }
    }
}

fn always(ty: Type) -> Result<Typed, Wrong> {
    Ok(Typed { ty, nullable: false, secret: false })
}

fn text_of_any(_: &Given<'_>) -> Result<Typed, Wrong> {
    always(Type::String)
}

fn truth(_: &Given<'_>) -> Result<Typed, Wrong> {
    always(Type::Boolean)
}
