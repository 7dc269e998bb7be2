//! Profiles of the configuration file of `influxctl`.

pub(crate) mod get;
pub(crate) mod set;
pub(crate) mod token;
