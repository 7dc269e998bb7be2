//! A stand-in for `influxctl`, faithful to its documentation and its oddities.
//!
//! It speaks to the folder `cloud` beside its `HOME`. What it knows: `version` and
//! `management create|list|revoke`, with global flags first, warnings on standard error, a prompt
//! without `--force`, several ids in one revoke that goes on after an error, unknown keys of a
//! profile refused, revoked tokens kept in the list.

mod arguments;
pub(crate) mod cloud;
pub(crate) mod config;
mod faults;
mod management;
mod print;
#[cfg(test)]
mod tests;

use std::ffi::OsString;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use arguments::{Arguments, Command};
use faults::Faults;

/// Where a call reads and writes.
pub(crate) struct Streams<'a> {
    /// Standard output.
    pub(crate) out: &'a mut dyn Write,
    /// Standard error.
    pub(crate) err: &'a mut dyn Write,
    /// Standard input.
    pub(crate) input: &'a mut dyn Read,
}

/// Plays `influxctl` as a whole process; `args` without the program's name.
pub fn main(args: Vec<OsString>) -> ExitCode {
    let args: Vec<String> =
        args.into_iter().map(|arg| arg.to_string_lossy().into_owned()).collect();
    let home = std::env::var_os("HOME").map(PathBuf::from).unwrap_or_default();
    let (mut out, mut err, mut input) = (io::stdout().lock(), io::stderr().lock(), io::stdin());
    let mut streams = Streams { out: &mut out, err: &mut err, input: &mut input };
    let code = call(&args, &home, &mut streams).unwrap_or(1);
    ExitCode::from(code)
}

/// Plays one call and returns the exit code.
pub(crate) fn call(args: &[String], home: &Path, streams: &mut Streams<'_>) -> io::Result<u8> {
    let folder = home.parent().unwrap_or(home).join("cloud");
    let result = arguments::parse(args).and_then(|read| answer(&read, home, &folder, streams));
    match result {
        Ok(code) => Ok(code),
        Err(message) => {
            writeln!(streams.err, "error\t{message}")?;
            Ok(1)
        }
    }
}

fn answer(
    read: &Arguments,
    home: &Path,
    folder: &Path,
    streams: &mut Streams<'_>,
) -> Result<u8, String> {
    let mut faults = Faults::load(folder).map_err(|error| format!("faults.toml: {error}"))?;
    if read.command == Command::Version {
        let told = writeln!(streams.out, "influxctl v{} (stand-in)", faults.version);
        return told.map(|()| 0).map_err(|error| error.to_string());
    }
    let default = home.join(".config/influxctl/config.toml");
    let profile = config::profile(read.config.as_deref().unwrap_or(&default), &read.profile)?;
    management::answer(read, &profile, folder, &mut faults, streams)
}
