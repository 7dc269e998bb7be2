//! From data to text: pure functions, painted, without a terminal.

pub(crate) mod credentials;
pub(crate) mod diagnostics;
pub(crate) mod doctor;
pub(crate) mod failure;
pub(crate) mod given_up;
pub(crate) mod graph;
pub(crate) mod json;
pub(crate) mod line;
pub(crate) mod lists;
pub(crate) mod live;
pub(crate) mod manual;
pub(crate) mod next;
pub(crate) mod outcome;
pub(crate) mod parks;
pub(crate) mod paying;
pub(crate) mod plan;
pub(crate) mod plugin_test;
pub(crate) mod rehearsal;
pub(crate) mod run_list;
pub(crate) mod standing;
pub(crate) mod tick;
pub(crate) mod time;
pub(crate) mod timeline;
pub(crate) mod timer;
pub(crate) mod value;
