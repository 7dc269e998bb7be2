//! The commands, one file each.

mod abandon;
mod adopt;
mod burn;
mod check;
mod completions;
mod credentials;
mod debts;
mod doctor;
mod explain;
mod graph;
mod init;
mod plan;
mod plugin;
mod resume;
mod run;
mod runs;
mod schema;
mod steps;
mod test;
mod tick;
mod timer;

use tokio::runtime::{Builder, Runtime};

use crate::args::Command;
use crate::exit::Exit;
use crate::session::Session;

/// Runs a command.
///
/// # Errors
/// Whatever stopped it; [`crate::exit::of`] tells how it ends.
pub(crate) fn run(command: Command, session: &Session) -> anyhow::Result<Exit> {
    match command {
        Command::Check { files } => check::run(&files, session),
        Command::Steps { name } => steps::run(name.as_deref(), session),
        Command::Explain { code } => explain::run(code.as_deref(), session),
        Command::Schema { plugin } => schema::run(plugin, session),
        Command::Graph { file, format } => graph::run(&file, format, session),
        Command::Init(args) => init::run(&args, session),
        Command::Completions { shell } => completions::run(shell, session),
        Command::Plan { workflow, refresh, out } => {
            plan::run(&workflow, refresh, out.as_deref(), session)
        }
        Command::Plugin { command } => plugin::run(&command, session),
        Command::Test(args) => test::run(&args, session),
        Command::Run(args) => self::run::run(&args, session),
        Command::Runs { command } => runs::run(command, session),
        Command::Resume(args) => resume::run(&args, session),
        Command::Abandon(args) => abandon::run(&args, session),
        Command::Credentials { refresh, command } => credentials::run(refresh, command, session),
        Command::Doctor(args) => doctor::run(&args, session),
        Command::Tick { folder } => tick::run(&folder, session),
        Command::Debts { command } => debts::run(command, session),
    }
}

/// Returns the workflow files of a folder, sorted.
///
/// # Errors
/// Where the folder cannot be read.
pub(crate) fn files(
    folder: &std::path::Path,
) -> Result<Vec<std::path::PathBuf>, crate::exit::Problem> {
    tick::triggers::files(folder)
}

/// Makes a runtime, where something has to wait.
///
/// # Errors
/// Where the system refuses.
pub(crate) fn runtime() -> anyhow::Result<Runtime> {
    Ok(Builder::new_current_thread().enable_all().build()?)
}
