//! Lua plugins as steps: a manifest that says everything without running anything, and functions
//! that run in a sandboxed VM behind one door.
//!
//! A plugin's step is a [`Step`](cutover_engine::step::Step) like any other; nothing in the engine
//! knows that it is Lua.

pub mod declared;
mod door;
pub mod editor;
pub mod explain;
pub mod files;
pub mod inspect;
pub mod manifest;
pub mod plugin;
pub mod step;
pub mod test;
pub mod vm;
