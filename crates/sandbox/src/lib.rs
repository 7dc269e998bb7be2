//! Stand-ins for providers that cannot be run here, for trying, testing and rehearsing workflows.
//!
//! The real `influxctl` speaks to a cloud that nobody can start at home. The one here speaks to a
//! folder, and does what the documentation says of the real one, its oddities included.

pub mod canary;
pub mod influxctl;
mod world;

pub use tempfile::TempDir;
pub use world::{Minted, World};
