//! Every key of the language, once: the parser refuses what is not here, the schema prints it.

mod file;
mod step;

pub(crate) use file::{
    ALLOW, CREDENTIAL, DEFAULTS, EXPIRY, FROM, INPUT, PLUGIN, SCHEDULE, TRIGGERS, WORKFLOW,
};
pub(crate) use step::{BACKOFF, ON_ERROR, RETRY, STEP, UNDO};

/// A kind of mapping whose keys the language gives.
#[derive(Debug)]
pub struct Section {
    /// How messages call it.
    pub name: &'static str,
    /// Its keys.
    pub keys: &'static [Key],
    /// Keys that people know from elsewhere, each with what to write here.
    pub habits: &'static [(&'static str, &'static str)],
}

/// A key of a section.
#[derive(Debug)]
pub struct Key {
    /// The key.
    pub name: &'static str,
    /// What it holds.
    pub shape: Shape,
    /// Whether it has to be there.
    pub required: bool,
    /// One line for editors and the manual.
    pub summary: &'static str,
}

/// What a key holds.
#[derive(Debug, Clone, Copy)]
pub enum Shape {
    /// The number 1.
    Version,
    /// Text without templates.
    Words,
    /// Text that matches a pattern.
    Name(&'static str),
    /// Text that may hold templates.
    Text,
    /// One bare expression.
    Expression,
    /// A length of time.
    Duration,
    /// A whole number, one or more.
    Count,
    /// `true` or `false`.
    Flag,
    /// One of some words.
    Choice(&'static [&'static str]),
    /// The notation of a type.
    Type,
    /// Anything.
    Any,
    /// A list of anything.
    List,
    /// A list of texts.
    Texts,
    /// A text or a list of texts.
    TextOrTexts,
    /// A list, or an expression that gives one.
    ListOrExpression,
    /// A mapping whose keys the author chooses, with values of any kind.
    Free,
    /// A mapping of one section.
    Section(&'static Section),
    /// A mapping from names to mappings of one section.
    Named(&'static Section),
    /// A list of steps.
    Steps,
    /// The forms of `undo`.
    Undo,
}

/// What `name` of a workflow matches.
pub(crate) const WORKFLOW_NAME: &str = "^[a-z][a-z0-9-]{0,63}$";
/// What the `id` of a step matches.
pub(crate) const STEP_ID: &str = "^[a-z][a-z0-9_]*$";
/// What the names of inputs, outputs and plugins match.
pub(crate) const FREE_NAME: &str = "^[A-Za-z_][A-Za-z0-9_-]*$";

/// A key that has to be there.
pub const fn must(name: &'static str, shape: Shape, summary: &'static str) -> Key {
    Key { name, shape, required: true, summary }
}

/// A key that may be left out.
pub const fn may(name: &'static str, shape: Shape, summary: &'static str) -> Key {
    Key { name, shape, required: false, summary }
}

impl Section {
    /// Returns a key.
    pub fn key(&self, name: &str) -> Option<&'static Key> {
        self.keys.iter().find(|key| key.name == name)
    }

    /// Returns the names of all keys.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.keys.iter().map(|key| key.name)
    }
}
