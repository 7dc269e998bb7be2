//! `cutover completions`: for a shell.

use clap::CommandFactory;
use clap_complete::Shell;

use crate::args::Cli;
use crate::exit::Exit;
use crate::session::Session;

/// Prints the completions of a shell.
///
/// # Errors
/// Where standard output cannot be written.
pub(crate) fn run(shell: Shell, session: &Session) -> anyhow::Result<Exit> {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "cutover", &mut text);
    session.out.data(&String::from_utf8_lossy(&text))?;
    Ok(Exit::Done)
}
