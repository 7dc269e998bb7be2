//! Tests of whole runs in a world in memory.

mod abandon;
mod anew;
mod begin;
mod crashes;
mod debts;
mod doubt;
mod failures;
mod hooks;
pub(crate) mod linear;
mod order;
mod parks;
mod planted;
mod recover;
mod revive;
mod stop;
mod sweep;
mod tries;
mod undo;
mod undo_crashes;
