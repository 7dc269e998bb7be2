//! InfluxDB Cloud Dedicated and Clustered through `influxctl`: management tokens and the profiles
//! that hold them.

pub(crate) mod management;
pub(crate) mod profile;
mod profiles;
mod refusal;
mod token;
mod tool;
