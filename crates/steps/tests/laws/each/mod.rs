//! What single steps do.

mod general;
mod influxdb1;
mod management;
mod profile;
mod waits;
