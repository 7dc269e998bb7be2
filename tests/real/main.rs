//! Whole lifecycles by the real binary against real servers, each started by its test.
//!
//! InfluxDB 1 is the `influxd` of Debian's package `influxdb`. The password store is `pass` with
//! GnuPG (Debian: `pass`, `gnupg`). The npm registry is Verdaccio, which the tests install with
//! `npm` (Debian: `nodejs`, `npm`) below the target folder. What is left out
//! where a program is missing is said by `needs`.

mod cutover;
mod examples;
mod influxd;
#[path = "../needs.rs"]
mod needs;
mod npm;
mod pass;
mod password_store;
mod rotation;
mod users;
mod verdaccio;
