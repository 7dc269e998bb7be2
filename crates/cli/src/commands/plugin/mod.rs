//! `cutover plugin`: what the author of a plugin works with.

mod check;
mod list;
mod lock;
mod new;
mod test;

use std::path::Path;
use std::sync::Arc;

use cutover_lua::plugin::Plugin;

use crate::args::PluginCommand;
use crate::exit::Exit;
use crate::session::Session;

/// Runs one of the commands.
///
/// # Errors
/// Whatever stopped it.
pub(crate) fn run(command: &PluginCommand, session: &Session) -> anyhow::Result<Exit> {
    match command {
        PluginCommand::New { name } => new::run(name, session),
        PluginCommand::Check { folder } => check::run(folder, session),
        PluginCommand::Test(args) => test::run(args, session),
        PluginCommand::List { place } => list::run(place, session),
        PluginCommand::Lock { place, accept } => lock::run(place, *accept, session),
    }
}

/// Returns a plugin by its name: one that a workflow of the working folder declares, the working
/// folder itself, or a folder of that name in it or in `plugins`.
pub(crate) fn find(name: &str) -> Option<Arc<Plugin>> {
    let here = Path::new(".");
    let places = [here.to_owned(), here.join(name), here.join("plugins").join(name)];
    let mut known = places
        .iter()
        .filter(|place| place.is_dir())
        .filter_map(|place| list::in_reach(place).ok()?.remove(name)?.plugin.ok());
    known.next()
}

/// Returns the folder of a path for people: `.` for an empty one.
fn shown(folder: &Path) -> String {
    match folder.as_os_str().is_empty() {
        true => ".".to_owned(),
        false => folder.display().to_string(),
    }
}
