//! What a case asks of the steps of its plugin, and what it is told.

use cutover_engine::value::Value;
use mlua::{Table, Value as LuaValue};

use super::world::World;

/// A step that a case takes.
pub(crate) struct StepAsk {
    /// `step`, `fails`, `read` or `undo`.
    pub(crate) kind: String,
    /// Its short name.
    pub(crate) name: String,
    /// Its parameters as they are written.
    pub(crate) params: Table,
    /// What it returned, for `undo`.
    pub(crate) out: LuaValue,
}

/// What a case is told.
pub(crate) enum StepTold {
    /// It is done, with its outputs.
    Done(Value),
    /// It failed, in words.
    Failed(String),
    /// What was to be seen has been seen: the case ends here.
    Over,
}

/// Who carries steps out for a case.
pub(crate) trait Door {
    /// Carries one out. What it asks the world for is answered by the same world meanwhile.
    fn step(&self, world: &World, ask: &StepAsk) -> StepTold;

    /// Opens the secrets of a text.
    fn open(&self, text: &str) -> Result<String, String>;

    /// Returns the log lines so far.
    fn logs(&self) -> Vec<String>;

    /// Learns that an `equal` of the case does not hold.
    fn unequal(&self);
}
