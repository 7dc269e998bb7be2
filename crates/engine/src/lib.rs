//! Text in, outcome out: the whole of a run that needs no I/O.
//!
//! `parse`, `check` and `plan` go from value to value; `execute` decides, records, acts, records.
//! Every effect on the world goes through one trait, [`host::Host`].

pub mod check;
pub mod child;
pub mod coerce;
pub mod ctx;
pub mod diagnostic;
pub mod disk;
pub mod effect;
pub mod event;
pub mod execute;
pub mod explain;
pub mod grant;
pub mod host;
pub mod keep;
pub mod known;
mod limits;
pub mod parse;
pub mod plan;
pub mod planted;
pub mod run;
pub mod schema;
pub mod source;
pub mod spec;
pub mod step;
pub mod template;
pub mod time;
pub mod triggers;
pub mod types;
pub mod value;
pub mod workflow;
