//! InfluxDB 1: users and passwords over HTTP.

pub(crate) mod login;
mod query;
pub(crate) mod user_create;
pub(crate) mod user_drop;
