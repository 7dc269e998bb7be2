//! Plugins' steps against the contract of `Step`, on a world in memory.

mod doors;
mod globals;
mod gone;
mod listed;
mod mistakes;
mod previews;
mod secrets;
mod steps;
mod support;
mod world;
