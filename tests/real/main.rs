//! Whole lifecycles by the real binary against real servers, each started by its test.
//!
//! InfluxDB 1 is the `influxd` of Debian's package `influxdb`. Where it is missing the tests say so
//! and fail; `CUTOVER_REAL=0` leaves them out.

mod cutover;
mod examples;
mod influxd;
mod rotation;
mod users;
