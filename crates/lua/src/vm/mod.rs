//! The VM that a plugin's functions run in: what goes in, what it says, what comes out.
//!
//! A call is data in and data out, so that the VM may run anywhere: on a thread of this process, or
//! in a child. While it runs it knows one door, and asks through it.

mod call;
mod compiled;
mod convert;
mod fault;
mod fresh;
mod host;
pub(crate) mod limits;
mod opaque;
pub(crate) mod pure;
mod threads;
mod watch;

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use cutover_engine::effect::EffectError;
use cutover_engine::step::BoxFuture;
use cutover_engine::time::Duration;
use cutover_engine::types::Type;
use cutover_engine::value::{Map, Value};
use indexmap::IndexMap;

use crate::files::Files;

pub use fault::{Fault, Frame, Kind};
pub use limits::Limits;
pub(crate) use opaque::{KIND as OPAQUE, shown};
pub use threads::{Threads, Wait};

/// Says whether a text is Lua, without running it. The error is Luau's own words.
///
/// # Errors
/// What is wrong with it, its place first.
pub fn syntax(text: &str) -> Result<(), String> {
    compiled::compile(text).map(|_| ())
}

/// Where a VM runs.
pub trait Machine: Send + Sync {
    /// Begins a call in a VM of its own.
    fn start(&self, task: Task) -> Box<dyn Session>;
}

/// A call under way. Where it is dropped, the VM ends.
pub trait Session: Send {
    /// Waits for what the VM says next. After [`Word::End`] it says nothing more.
    fn next(&mut self) -> BoxFuture<'_, Word>;

    /// Answers what it asked last.
    fn answer(&mut self, answer: Answer);
}

/// One of the functions of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Function {
    /// `read`.
    Read,
    /// `run`.
    Run,
    /// `undo`.
    Undo,
}

/// The code of a plugin.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Code {
    /// The plugin's name.
    pub plugin: String,
    /// Its files.
    pub files: Files,
    /// Their digest.
    pub digest: String,
}

/// One call of one function. Secrets and unknowns in it are marks, and stay so.
#[derive(Debug, Clone)]
pub struct Task {
    /// The code.
    pub code: Arc<Code>,
    /// The step's short name.
    pub step: String,
    /// Which function.
    pub function: Function,
    /// What `ctx` knows without asking.
    pub ctx: About,
    /// The parameters, with the types that they have.
    pub params: Declared,
    /// What `run` gave; for `undo`.
    pub done: Option<Declared>,
    /// The names of what it gives back; everything else is dropped.
    pub outputs: Vec<String>,
    /// What it may use.
    pub limits: Limits,
    /// Set where nobody waits for it any more.
    pub cancelled: Arc<AtomicBool>,
}

/// Values with the types that were declared for them.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Declared {
    /// The values.
    pub values: Map,
    /// The types; a value whose type is missing here is of none.
    pub types: IndexMap<String, Type>,
}

/// What `ctx` knows without asking.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct About {
    /// The plugin's configuration.
    pub config: Declared,
    /// The marker of the try in question.
    pub key: Value,
    /// Which try it is.
    pub attempt: u32,
    /// The run's id.
    pub run_id: Value,
    /// When the run began.
    pub started_at: Value,
}

/// What a VM says while it runs.
#[derive(Debug)]
pub enum Word {
    /// It asks for something and waits.
    Ask(Ask),
    /// It has ended: with outputs, with nothing, or with a fault.
    End(Result<Option<Map>, Fault>),
}

/// A question at the door.
#[derive(Debug, Clone, PartialEq)]
pub struct Ask {
    /// What is wanted: `http`, `fs.read`, ..
    pub op: String,
    /// With what.
    pub args: Value,
}

/// What the door answers.
pub type Answer = Result<Value, Refusal>;

/// Why the door gives nothing.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Refusal {
    /// What kind it is.
    pub class: Class,
    /// A stable word for programs.
    pub code: String,
    /// What went wrong; ours, never a body, never a secret.
    pub message: String,
    /// The way out; may be empty.
    pub help: String,
    /// The HTTP status or exit code.
    pub status: Option<i32>,
    /// A refused answer's body as it was kept.
    pub body: Value,
    /// The last lines of standard error.
    pub stderr: String,
    /// How long to wait at least, where the other side said so.
    pub after: Option<Duration>,
    /// The credential was refused.
    pub denied: bool,
    /// The VM ends: its code does not get to know of it.
    pub stop: bool,
    /// What the host said, for whoever sees the call's end.
    pub error: Option<EffectError>,
}

/// The three classes of errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Class {
    /// Trying again does not mend it.
    #[default]
    Permanent,
    /// Trying again may mend it.
    Retryable,
    /// A write was sent and no answer came.
    Unknown,
}

impl Function {
    /// Returns its name in `init.lua`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Run => "run",
            Self::Undo => "undo",
        }
    }
}

impl Class {
    /// Returns the word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Permanent => "permanent",
            Self::Retryable => "retryable",
            Self::Unknown => "unknown",
        }
    }
}

impl Refusal {
    /// Makes one that trying again does not mend.
    pub fn new(code: &str, message: impl Into<String>) -> Self {
        Self { code: code.to_owned(), message: message.into(), ..Self::default() }
    }

    /// Sets the way out.
    #[must_use]
    pub fn help(self, help: impl Into<String>) -> Self {
        Self { help: help.into(), ..self }
    }
}
