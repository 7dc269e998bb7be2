//! What a plugin says about itself, as data: read, never run.

mod check;
pub mod keys;
mod needs;
pub mod pages;
mod place;
mod read;
mod step;
#[cfg(test)]
mod tests;
mod types;

use cutover_engine::diagnostic::Diagnostics;
use cutover_engine::source::Source;
use cutover_engine::spec::{Param, Spec};
use indexmap::IndexMap;

use crate::files::{Files, MANIFEST};

/// The version of the contract that this host speaks; it keeps every older one.
pub const API: u32 = 1;
/// What the names of the configuration's parameters begin with.
pub const CONFIG: &str = "config.";

/// A whole manifest.
#[derive(Debug, Clone, PartialEq)]
pub struct Manifest {
    /// The version of the contract that it is written for.
    pub api: u32,
    /// Its name: the first part of the names of its steps.
    pub name: String,
    /// Its version.
    pub version: String,
    /// One line for lists.
    pub summary: String,
    /// What a workflow's `plugins.NAME.config` gives it.
    pub config: Vec<Param>,
    /// What it may ask for; a workflow's `allow` has to grant it.
    pub needs: Needs,
    /// What it proposes for a workflow's `allow: reads`.
    pub reads: Vec<String>,
    /// Its steps by their short names (`put`).
    pub steps: IndexMap<String, StepDecl>,
}

/// What a plugin needs of the world; everything else is refused.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Needs {
    /// Addresses, or `config.NAME` for what the configuration gives.
    pub http: Vec<String>,
    /// Programs.
    pub exec: Vec<String>,
    /// Folders, or `config.NAME`.
    pub fs: Vec<String>,
    /// Variables that it sets for its programs.
    pub env: Vec<String>,
}

/// One step of a plugin.
#[derive(Debug, Clone, PartialEq)]
pub struct StepDecl {
    /// Everything that the engine asks of a step. Its `config.*` parameters stand after its own.
    pub spec: Spec,
    /// Which functions `init.lua` has for it.
    pub does: Does,
}

/// Which functions a step has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Does {
    /// `read`.
    pub read: bool,
    /// `run`.
    pub run: bool,
    /// `undo`.
    pub undo: bool,
}

impl Manifest {
    /// Reads the manifest of a plugin.
    ///
    /// # Errors
    /// Every mistake in it, each with its place in `plugin.yaml`.
    pub fn parse(files: &Files) -> Result<Self, Diagnostics> {
        let text = files.get(MANIFEST).unwrap_or_default();
        Self::of_source(&Source::new(MANIFEST, text))
    }

    /// Reads a manifest of its text.
    ///
    /// # Errors
    /// Every mistake in it.
    pub fn of_source(source: &Source) -> Result<Self, Diagnostics> {
        read::manifest(source)
    }
}

impl Does {
    /// Returns the names of the functions.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        [(self.read, "read"), (self.run, "run"), (self.undo, "undo")]
            .into_iter()
            .filter_map(|(has, name)| has.then_some(name))
    }
}
