//! The outside world: HTTP, processes, files, clock, locks, the journal, secrets at the edge.
//!
//! [`LocalHost`] stands behind [`cutover_engine::host::Host`]; nothing else in the project touches
//! anything. Each effect has its own file in `perform`, the journal its own folder.

#![expect(
    clippy::result_large_err,
    reason = "errors are the engine's plain data; what they report costs far more than their move"
)]

mod child;
mod claim;
mod clock;
mod escape;
mod keep;
mod local;
mod lock;
mod options;
mod perform;
mod private;
mod record;
mod redactor;
mod secrets;

pub mod abandon;
pub mod adopt;
pub mod doctor;
pub mod inputs;
pub mod journal;

#[cfg(test)]
mod tests;

pub use clock::{machine, now};
#[cfg(debug_assertions)]
pub use clock::{set_ahead, set_pace};
pub use escape::escape;
pub use journal::id::new_run_id;
pub use local::LocalHost;
pub use lock::TriggerLock;
pub use options::{FREE_FLOOR, LogLine, LogSink, Options, Variables};
