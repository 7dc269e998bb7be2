//! Whole lifecycles by the real binary against real servers, each started by its test.
//!
//! InfluxDB 1 is the `influxd` of Debian's package `influxdb`. The password store is `pass` with
//! GnuPG (Debian: `pass`, `gnupg`). The npm registry is Verdaccio, which the tests install with
//! `npm` (Debian: `nodejs`, `npm`) below the target folder. Where a program is missing the tests
//! say so and fail; `CUTOVER_REAL=0` leaves them out.

mod cutover;
mod examples;
mod influxd;
mod npm;
mod pass;
mod password_store;
mod rotation;
mod users;
mod verdaccio;
