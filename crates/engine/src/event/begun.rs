//! How a run and a try begin: all that is needed to go on with them without any file.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use crate::event::{Identity, Trigger};
use crate::spec::Role;
use crate::time::Timestamp;
use crate::value::Map;

/// The first event's content.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Claimed {
    /// The version of this format.
    pub format: u32,
    /// The workflow's name.
    pub workflow: String,
    /// The name of its file, as it was given.
    pub file: String,
    /// Its whole text.
    pub text: String,
    /// SHA-256 of the text, in hex.
    pub digest: String,
    /// The inputs; secret ones by where they come from.
    pub inputs: Map,
    /// When the run began: `run.started_at`.
    pub started_at: Timestamp,
    /// The credential's name, rendered.
    pub credential: Option<String>,
    /// Who owns it.
    pub owner: Option<String>,
    /// What was current under the lock.
    pub old: Option<Identity>,
    /// The salt of the run's checks, in hex.
    pub salt: String,
    /// The machine it runs on.
    pub machine: String,
    /// The engine's version.
    pub engine: String,
    /// `--first` was given.
    #[serde(default)]
    pub first: bool,
    /// The workflows around it.
    #[serde(default, skip_serializing_if = "Kin::is_empty")]
    pub family: Kin,
    /// The digests of its plugins by name, of those of its files by `PATH: NAME`: a run goes on
    /// with just these.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub plugins: IndexMap<String, String>,
    /// What started it, where that was no plain `run`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trigger: Option<Trigger>,
}

/// The workflows around a run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kin {
    /// The run and step for which it goes on: `RUN.STEP`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
    /// The texts of the workflow files that its steps run, by path.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub files: IndexMap<String, String>,
}

impl Kin {
    /// Says whether it is a run by itself.
    pub fn is_empty(&self) -> bool {
        self.parent.is_none() && self.files.is_empty()
    }
}

/// A try begins.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Started {
    /// The step.
    pub step: String,
    /// The try, from 1.
    pub attempt: u32,
    /// The step's kind, such as `influxctl.management.create`.
    pub uses: String,
    /// Its role as it is used here: before the effect of a create, a promote or a revoke `head` is
    /// synced.
    pub role: Role,
    /// The rendered parameters: `read`, `undo`, retries and debts use these and never render again.
    pub params: Map,
    /// When its effects must have ended.
    pub deadline: Timestamp,
    /// The marker of this try; for steps that may write.
    pub marker: Option<String>,
    /// Whether it may write.
    pub writes: bool,
    /// Of what writes to a place: the check of each long secret that a step gave it, by where that
    /// came from; as in [`Event::Succeeded`](crate::event::Event::Succeeded). After a crash it tells
    /// whether the place holds what was announced.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub checks: IndexMap<String, String>,
}
