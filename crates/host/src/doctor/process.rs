//! What this process and its children are promised by the system.

use rustix::process::{
    DumpableBehavior, Resource, dumpable_behavior, getrlimit, parent_process_death_signal,
};

/// Says whether this process leaves no core dump, and nobody else of its user reads its memory.
pub(super) fn core_dumps() -> Result<(), String> {
    match dumpable_behavior() {
        Ok(DumpableBehavior::NotDumpable) => {}
        Ok(other) => return Err(format!("the process stays readable for others ({other:?})")),
        Err(error) => return Err(format!("it cannot be told: {error}")),
    }
    match getrlimit(Resource::Core).current {
        Some(0) => Ok(()),
        Some(_) | None => Err("they stay on".to_owned()),
    }
}

/// Says whether the system can tell a program that its driver died.
pub(super) fn death_signal() -> Result<(), String> {
    parent_process_death_signal().map(drop).map_err(|error| error.to_string())
}
