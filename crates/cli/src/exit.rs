//! How the command ends: the exit codes, and the errors that carry one.

use std::fmt;
use std::process::ExitCode;

use serde_json::{Value as Json, json};

/// The exit codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Done.
    Done,
    /// A step failed.
    Failed,
    /// The command line or the document is wrong; nothing ran.
    Wrong,
    /// A person must look.
    Stuck,
    /// A person or a time is needed.
    Parked,
    /// Something is due soon.
    DueSoon,
    /// Something is overdue.
    Overdue,
    /// The edge failed, or the credential is taken.
    Edge,
    /// Our bug.
    Bug,
    /// Interrupted.
    Interrupted,
}

/// An error with its exit code and the way out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    /// How the command ends.
    pub(crate) exit: Exit,
    /// What is wrong: a lowercase phrase, no full stop.
    pub(crate) message: String,
    /// What to do, a line each.
    pub(crate) help: Vec<String>,
    /// What to type next, each with when to type it.
    pub(crate) next: Vec<(String, String)>,
}

impl Exit {
    /// Returns the number.
    pub(crate) fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::Wrong => 2,
            Self::Stuck => 3,
            Self::Parked => 4,
            Self::DueSoon => 10,
            Self::Overdue => 11,
            Self::Edge => 75,
            Self::Bug => 101,
            Self::Interrupted => 130,
        }
    }

    /// Returns how bad it is, for who does many things and ends as the worst of them did.
    pub(crate) fn weight(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::DueSoon => 1,
            Self::Overdue => 2,
            Self::Parked => 3,
            Self::Edge => 4,
            Self::Failed => 5,
            Self::Wrong => 6,
            Self::Stuck => 7,
            Self::Interrupted => 8,
            Self::Bug => 9,
        }
    }
}

/// A sentence as it goes on behind another one.
fn lower(sentence: &str) -> String {
    let mut all = sentence.chars();
    all.next().map(|first| first.to_lowercase().chain(all).collect()).unwrap_or_default()
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

impl Problem {
    /// Returns it in a line, for those that tell many: what is wrong, and the first thing to type.
    pub(crate) fn brief(&self) -> String {
        let typed = self.help.iter().find(|line| line.starts_with("cutover "));
        let typed = typed.map(|command| ("what to do".to_owned(), command.clone()));
        let message = self.message.trim_end_matches('.');
        match self.next.first().cloned().or(typed) {
            Some((when, command)) => format!("{message}; {}: {command}", lower(&when)),
            None => message.to_owned(),
        }
    }

    /// Makes an error that ends the command in some way.
    pub(crate) fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self { exit, message: message.into(), help: Vec::new(), next: Vec::new() }
    }

    /// Makes an error of the command line or the document.
    pub(crate) fn wrong(message: impl Into<String>) -> Self {
        Self::new(Exit::Wrong, message)
    }

    /// Makes an error of the edge.
    pub(crate) fn edge(message: impl Into<String>) -> Self {
        Self::new(Exit::Edge, message)
    }

    /// Adds a line of help; an empty one is left out.
    #[must_use]
    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        let help = help.into();
        if !help.is_empty() {
            self.help.push(help);
        }
        self
    }

    /// Adds a command to type next, with when to type it.
    #[must_use]
    pub(crate) fn next(mut self, when: &str, command: String) -> Self {
        self.next.push((when.to_owned(), command));
        self
    }

    /// Returns it as `--output json` has it.
    pub(crate) fn json(&self) -> Json {
        let next = |(when, command): &(String, String)| json!({ "when": when, "command": command });
        json!({ "error": {
            "message": self.message,
            "exit": self.exit.code(),
            "help": self.help,
            "next": self.next.iter().map(next).collect::<Vec<_>>(),
        } })
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Problem {}

/// Returns how an error ends the command: its own code, or the edge's.
pub(crate) fn of(error: &anyhow::Error) -> Exit {
    error.downcast_ref::<Problem>().map_or(Exit::Edge, |problem| problem.exit)
}

/// Returns an error as `--output json` has it.
pub(crate) fn json_of(error: &anyhow::Error) -> Json {
    match error.downcast_ref::<Problem>() {
        Some(problem) => problem.json(),
        None => Problem::edge(format!("{error:#}")).json(),
    }
}
