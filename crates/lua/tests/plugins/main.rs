//! Plugins' steps against the contract of `Step`, on a world in memory.

mod steps;
mod support;
mod world;
