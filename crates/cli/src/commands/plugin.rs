//! `cutover plugin`: the plugin author's tools.

mod test;

use crate::args::PluginCommand;
use crate::exit::Exit;
use crate::session::Session;

/// Runs one of them.
///
/// # Errors
/// Where the plugin cannot be read, or something in it is wrong.
pub(crate) fn run(command: &PluginCommand, session: &Session) -> anyhow::Result<Exit> {
    match command {
        PluginCommand::Test(args) => test::run(args, session),
    }
}
