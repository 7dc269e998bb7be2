//! The built-in steps, one file each, and the visible list of them.
//!
//! A step sees the world only through [`cutover_engine::ctx::Ctx`]; nothing here opens a file, a
//! socket or a program.

mod approval;
mod assert;
mod built_in;
mod credential;
mod exec;
mod file;
mod http;
mod influxctl;
mod influxdb1;
mod log;
mod notify;
mod output;
mod params;
mod secret;
mod wait;
mod workflow;

use cutover_engine::step::Registry;

pub use crate::built_in::BuiltIn;

/// Returns all built-in steps.
pub fn registry() -> Registry {
    let mut steps = Registry::default();
    steps.add(influxctl::management::create::step());
    steps.add(influxctl::management::list::step());
    steps.add(influxctl::management::revoke::step());
    steps.add(influxctl::profile::set::step());
    steps.add(influxctl::profile::get::step());
    steps.add(influxctl::profile::token::step());
    steps.add(influxdb1::user_create::step());
    steps.add(influxdb1::user_drop::step());
    steps.add(influxdb1::login::step());
    steps.add(exec::step());
    steps.add(http::step());
    steps.add(file::read::step());
    steps.add(file::write::step());
    steps.add(file::remove::step());
    steps.add(secret::step());
    steps.add(credential::step());
    steps.add(assert::step());
    steps.add(wait::step());
    steps.add(approval::step());
    steps.add(workflow::step());
    steps.add(log::step());
    steps.add(notify::step());
    steps
}
