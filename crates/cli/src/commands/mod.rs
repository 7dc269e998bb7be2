//! The commands, one file each.

mod check;
mod completions;
mod explain;
mod graph;
mod init;
mod schema;
mod steps;

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
        Command::Explain { code } => explain::run(&code, session),
        Command::Schema => schema::run(session),
        Command::Graph { file, format } => graph::run(&file, format, session),
        Command::Init { name } => init::run(&name, session),
        Command::Completions { shell } => completions::run(shell, session),
        Command::Plan { .. }
        | Command::Run(_)
        | Command::Runs { .. }
        | Command::Abandon(_)
        | Command::Credentials { .. }
        | Command::Debts { .. } => Err(crate::exit::Problem::edge("not built yet").into()),
    }
}
