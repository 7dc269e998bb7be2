//! The command `cutover`, thin: parse arguments, assemble, call, render.

mod args;
mod assemble;
mod bug;
mod commands;
mod document;
mod drive;
mod ending;
mod exit;
mod household;
mod inputs;
mod inventory;
mod log;
mod neighbours;
mod out;
mod planted;
mod plugins;
mod progress;
mod prompt;
mod providers;
mod recorded;
mod rehearse;
mod render;
mod saved;
mod secrets;
mod session;
mod state;
mod stop;
mod style;
mod text;
mod text_file;
mod typed;
mod who;
mod workplace;

use std::ffi::OsString;
use std::io;
use std::path::Path;
use std::process::ExitCode;

use clap::Parser;

use crate::args::Cli;
use crate::exit::Exit;
use crate::session::Session;

fn main() -> ExitCode {
    let mut words: Vec<OsString> = std::env::args_os().collect();
    if plays_influxctl(&words) {
        return cutover_sandbox::influxctl::main(words.split_off(1));
    }
    planted::set_clock();
    let cli = Cli::parse_from(words);
    let session = Session::new(cli.global);
    bug::report_panics(session.running());
    log::begin(&session.out);
    match commands::run(cli.command, &session) {
        Ok(exit) => exit.into(),
        Err(error) if is_closed_pipe(&error) => Exit::Done.into(),
        Err(error) => {
            if !session.out.is_human() {
                // Who reads that may be gone: then nobody misses it.
                drop(session.out.json(&exit::json_of(&error)));
            }
            session.out.complain(&render::failure::drawing(&error, session.out.columns()));
            exit::of(&error).into()
        }
    }
}

/// Says whether the program was called as the stand-in of the sandbox.
fn plays_influxctl(words: &[OsString]) -> bool {
    words.first().and_then(|word| Path::new(word).file_name()).is_some_and(|it| it == "influxctl")
}

/// Says whether whoever reads our output has gone away, which is no failure of ours.
fn is_closed_pipe(error: &anyhow::Error) -> bool {
    let cause = error.downcast_ref::<io::Error>();
    cause.is_some_and(|cause| cause.kind() == io::ErrorKind::BrokenPipe)
}
