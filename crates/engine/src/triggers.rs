//! When a workflow starts by itself: at the times of its schedule, and before its credential
//! expires. Pure: the clock and what has run so far are given.

pub mod expiry;
pub mod schedule;
mod zone;

pub use expiry::Expiry;
pub use schedule::Schedule;
