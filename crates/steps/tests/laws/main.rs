//! The built-in steps against a world in memory: laws that hold for all, and each on its own.

mod cases;
mod doors;
mod each;
mod examples;
mod gone;
mod laws;
mod preview;
mod specs;
mod world;
