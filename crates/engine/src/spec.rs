//! What a step says about itself: the rules, the plan, recovery and the manual all read this.
//!
//! Nothing anywhere is decided by a step's name. A spec is plain data, so that a plugin's manifest
//! gives the same as a built-in step.

use serde::{Deserialize, Serialize};

use crate::time::Duration;
use crate::types::Type;
use crate::value::{Map, Value};

/// What a step is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Looks, and changes nothing.
    Read,
    /// Makes a credential.
    Create,
    /// Keeps a secret in a store.
    Store,
    /// Writes a secret where its consumer reads it.
    Publish,
    /// Makes what is pending current: the point of no return.
    Promote,
    /// Ends a credential.
    Revoke,
    /// Tells somebody.
    Notify,
    /// Anything else.
    #[default]
    Other,
}

/// The whole description of a step.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Spec {
    /// `provider.verb` or `provider.object.verb`.
    pub name: String,
    /// One line for lists.
    pub summary: String,
    /// What it does to the world, in a few sentences.
    pub effect: String,
    /// What becomes of it after a crash or a lost answer, in a few sentences.
    pub recovery: String,
    /// A whole workflow that uses it: printed by `cutover steps NAME`, run by the tests.
    pub example: String,
    /// What it is for, unless [`Spec::reads_when`] makes it a read.
    pub role: Role,
    /// It touches nothing outside at all (randomness through the host excepted).
    pub pure: bool,
    /// Literal parameters that make the step a reading one; any that holds is enough.
    pub reads_when: Vec<Condition>,
    /// Its parameters, in the order of the manual.
    pub params: Vec<Param>,
    /// Its outputs. A name may stand more than once with different [`Output::only_when`].
    pub outputs: Vec<Output>,
    /// Where a `store` keeps its value.
    pub stores_at: Option<Place>,
    /// Where a `publish` writes its value.
    pub publishes_to: Option<Place>,
    /// Where a `read` takes its value from.
    pub reads_from: Option<Place>,
    /// What it logs in with. A reading step that need not be given a secret and is given one logs in
    /// by that value instead.
    pub logs_in_with: Option<Place>,
    /// The parameter that names what a `revoke` ends.
    pub revokes: Option<String>,
    /// Of a store or publish: the read step that reads it back, with parameters of the same names.
    pub read_back: Option<String>,
    /// Of a create: what the provider lets us do after a lost answer.
    pub mints: Option<Mints>,
    /// Of a create whose value we choose: the parameter that holds it.
    pub chosen: Option<String>,
    /// Of a create: the old value dies in the same call.
    pub in_place: bool,
    /// Of a create: the read step that lists what was made.
    pub list: Option<String>,
    /// Of a create: the step that revokes what was made.
    pub revoke: Option<String>,
    /// Of a create: the parameter that says when what it makes dies by itself.
    pub expires: Option<String>,
    /// How long after its deadline a write may still land, or a list lag.
    pub settle: Duration,
    /// Of a create: how long a new value may still be refused.
    pub propagation: Duration,
    /// Of a create: how many the provider lets live at once.
    pub max_live: Option<u32>,
    /// Of a create: it has to look at the world before its first try.
    pub has_before: bool,
    /// It has a `read` of its own.
    pub has_read: bool,
    /// It has an `undo` of its own.
    pub has_undo: bool,
    /// Its write is over when the process is: it can't land later (a file on this machine).
    pub lands_at_once: bool,
    /// The parameter, written out, that names the workflow file which it runs.
    pub starts: Option<String>,
    /// It waits for a person, and so has no place where nothing may park a run.
    pub asks: bool,
    /// It does the same from every machine: it touches no file, program or profile of the one that
    /// it runs on. What is not that, nor pure, binds its run to the machine on which it began.
    pub anywhere: bool,
    /// Whether a write without an answer may simply be sent again.
    pub repeat: Repeat,
    /// Literal parameters that make the repeat safe; any that holds is enough.
    pub repeat_safe_when: Vec<Condition>,
    /// Outputs that differ from one look to the next and so do not bind a saved plan.
    pub volatile: Vec<String>,
}

/// What a provider lets us do after a create's answer was lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mints {
    /// It keeps text of ours and lists it.
    Marker,
    /// It lists ids and creation times, but keeps no text of ours.
    Diff,
    /// We choose the value.
    Chosen,
    /// None of these.
    Blind,
}

/// Whether a write without an answer may be sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Repeat {
    /// Sending it twice is the same as once.
    Safe,
    /// A person must look.
    #[default]
    Never,
}

/// A literal parameter with one of some values; a parameter that is not written has its default.
#[derive(Debug, Clone, PartialEq)]
pub struct Condition {
    /// The parameter.
    pub param: String,
    /// The values that make it hold.
    pub any_of: Vec<Value>,
}

/// A place in the world: equal kind and equal arguments are one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The kind, such as `file`; `value` is a login by a value that is handed in.
    pub kind: String,
    /// The parameters that tell which one it is.
    pub args: Vec<String>,
}

/// Whether a secret may enter a parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Secrecy {
    /// Never.
    #[default]
    Never,
    /// It may; in a map or list parameter, its entries may.
    May,
    /// It must be one.
    Must,
}

/// A parameter.
#[derive(Debug, Clone, PartialEq)]
pub struct Param {
    /// Its name.
    pub name: String,
    /// Its type; [`Type::Secret`] goes with [`Secrecy::Must`].
    pub ty: Type,
    /// Whether it has to be given.
    pub required: bool,
    /// What it is where it is not given.
    pub default: Value,
    /// Whether a secret may enter.
    pub secrecy: Secrecy,
    /// It decides what the step is, so it has to be written out: no template.
    pub literal: bool,
    /// The first item of the list decides what the step is, so it has to be written out.
    pub literal_first: bool,
    /// It is filled by the check from a plugin's configuration: it stands in no manual and under no
    /// `with`.
    pub hidden: bool,
    /// What a value of its type must fulfil besides.
    pub limits: Limits,
    /// One line for the manual.
    pub summary: String,
}

/// What a value must fulfil beside its type; nothing is the default.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Limits {
    /// The pattern that text matches whole.
    pub pattern: Option<String>,
    /// The least number; of text, lists and maps the least length; of a length of time in seconds.
    pub min: Option<f64>,
    /// The greatest.
    pub max: Option<f64>,
}

/// An output.
#[derive(Debug, Clone, PartialEq)]
pub struct Output {
    /// Its name.
    pub name: String,
    /// Its type; [`Type::Secret`] for a secret.
    pub ty: Type,
    /// Whether it may be null although the step ran.
    pub nullable: bool,
    /// It is there only where a literal parameter has one of some values.
    pub only_when: Option<Condition>,
    /// One line for the manual.
    pub summary: String,
}

impl Role {
    /// Says whether what such a step leaves in the world may carry the marker of its try. What is
    /// written to a place or revoked carries none.
    pub fn leaves_marker(self) -> bool {
        match self {
            Self::Create | Self::Notify | Self::Other => true,
            Self::Read | Self::Store | Self::Publish | Self::Promote | Self::Revoke => false,
        }
    }

    /// Returns the word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Create => "create",
            Self::Store => "store",
            Self::Publish => "publish",
            Self::Promote => "promote",
            Self::Revoke => "revoke",
            Self::Notify => "notify",
            Self::Other => "other",
        }
    }

    /// Returns the sign of plans: `+` makes, `~` changes, `-` removes, `?` looks, `!` the point of
    /// no return, `.` other.
    pub fn sign(self) -> char {
        match self {
            Self::Read => '?',
            Self::Create => '+',
            Self::Store | Self::Publish => '~',
            Self::Promote => '!',
            Self::Revoke => '-',
            Self::Notify | Self::Other => '.',
        }
    }
}

impl Place {
    /// Makes a place of a kind and the names of its parameters.
    pub fn new(kind: &str, args: &[&str]) -> Self {
        Self { kind: kind.to_owned(), args: args.iter().map(|arg| (*arg).to_owned()).collect() }
    }
}

impl Condition {
    /// Makes a condition on one parameter.
    pub fn new<V: Into<Value>>(param: &str, any_of: impl IntoIterator<Item = V>) -> Self {
        Self { param: param.to_owned(), any_of: any_of.into_iter().map(Into::into).collect() }
    }
}

impl Param {
    /// Makes a required parameter; [`Type::Secret`] is one that must be a secret.
    pub fn required(name: &str, ty: Type, summary: &str) -> Self {
        let secrecy = if ty == Type::Secret { Secrecy::Must } else { Secrecy::Never };
        Self {
            name: name.to_owned(),
            ty,
            required: true,
            default: Value::Null,
            secrecy,
            literal: false,
            literal_first: false,
            hidden: false,
            limits: Limits::default(),
            summary: summary.to_owned(),
        }
    }

    /// Makes an optional parameter without a default.
    pub fn optional(name: &str, ty: Type, summary: &str) -> Self {
        Self { required: false, ..Self::required(name, ty, summary) }
    }

    /// Gives it a default, which makes it optional.
    #[must_use]
    pub fn or(self, default: impl Into<Value>) -> Self {
        Self { required: false, default: default.into(), ..self }
    }

    /// Lets secrets in.
    #[must_use]
    pub fn may_be_secret(self) -> Self {
        Self { secrecy: Secrecy::May, ..self }
    }

    /// Demands that it is written out.
    #[must_use]
    pub fn literal(self) -> Self {
        Self { literal: true, ..self }
    }

    /// Takes it out of manuals and `with`: the check fills it.
    #[must_use]
    pub fn hidden(self) -> Self {
        Self { hidden: true, ..self }
    }

    /// Demands more of a value than its type does.
    #[must_use]
    pub fn within(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }

    /// Demands that the first item of the list is written out.
    #[must_use]
    pub fn literal_first(self) -> Self {
        Self { literal_first: true, ..self }
    }
}

impl Output {
    /// Makes an output that is always there.
    pub fn new(name: &str, ty: Type, summary: &str) -> Self {
        Self {
            name: name.to_owned(),
            ty,
            nullable: false,
            only_when: None,
            summary: summary.to_owned(),
        }
    }

    /// Says that it may be null.
    #[must_use]
    pub fn nullable(self) -> Self {
        Self { nullable: true, ..self }
    }

    /// Says that it is there only under a condition.
    #[must_use]
    pub fn only_when(self, condition: Condition) -> Self {
        Self { only_when: Some(condition), ..self }
    }
}

impl Spec {
    /// Returns the parameters that an author writes, in the order of the manual.
    pub fn written(&self) -> impl Iterator<Item = &Param> {
        self.params.iter().filter(|param| !param.hidden)
    }

    /// Returns a parameter by name.
    pub fn param(&self, name: &str) -> Option<&Param> {
        self.params.iter().find(|param| param.name == name)
    }

    /// Says whether a condition holds for some literal parameters.
    pub fn holds(&self, condition: &Condition, literals: &Map) -> bool {
        let written = literals.get(&condition.param).filter(|value| !value.is_null());
        let value = written.or_else(|| self.param(&condition.param).map(|param| &param.default));
        value.is_some_and(|value| condition.any_of.contains(value))
    }

    /// Returns the role that the step has with some literal parameters.
    pub fn role_with(&self, literals: &Map) -> Role {
        if self.reads_when.iter().any(|condition| self.holds(condition, literals)) {
            Role::Read
        } else {
            self.role
        }
    }

    /// Returns whether a lost write may be sent again, with some literal parameters.
    pub fn repeat_with(&self, literals: &Map) -> Repeat {
        if self.repeat_safe_when.iter().any(|condition| self.holds(condition, literals)) {
            Repeat::Safe
        } else {
            self.repeat
        }
    }

    /// Returns the outputs that the step has with some literal parameters.
    pub fn outputs_with<'a>(&'a self, literals: &'a Map) -> impl Iterator<Item = &'a Output> {
        self.outputs.iter().filter(move |output| {
            output.only_when.as_ref().is_none_or(|condition| self.holds(condition, literals))
        })
    }
}
