//! Management tokens.

pub(crate) mod create;
pub(crate) mod list;
mod output;
pub(crate) mod revoke;
