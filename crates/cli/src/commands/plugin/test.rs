//! `cutover plugin test`: a plugin's cases, each run once more under every law.

use std::path::Path;
use std::sync::Arc;

use cutover_engine::source::Source;
use cutover_lua::files::MANIFEST;
use cutover_lua::plugin::Plugin;
use cutover_lua::test::{self, Report};

use crate::args::PluginTestArgs;
use crate::document;
use crate::exit::{Exit, Problem};
use crate::plugins::read_folder;
use crate::render::plugin_test::{self, Tested};
use crate::session::Session;
use crate::typed::quoted;

/// Runs the tests of the plugin in a folder.
///
/// # Errors
/// Where it is no plugin, has no tests, or none of them is picked.
pub(crate) fn run(args: &PluginTestArgs, session: &Session) -> anyhow::Result<Exit> {
    let Some(plugin) = load(&args.dir, session)? else { return Ok(Exit::Wrong) };
    let only = args.only.as_deref().unwrap_or_default();
    let report = test::run(&plugin, only);
    refuse_nothing(&report, &plugin, args)?;
    let words = match args.dir.as_os_str().to_str() {
        Some(".") => "plugin test".to_owned(),
        _ => format!("plugin test {}", quoted(&args.dir.display().to_string())),
    };
    let again = session.typed().command(&words);
    let (name, version) = (&plugin.manifest.name, &plugin.manifest.version);
    let tested = Tested { plugin: name, version, again: &again };
    if session.out.is_human() {
        session.out.complain(&plugin_test::drawing(&tested, &report, session.out.columns()));
    } else {
        session.out.json(&plugin_test::json(&tested, &report))?;
    }
    Ok(if report.is_right() { Exit::Done } else { Exit::Failed })
}

/// Reads a plugin; none where its manifest is wrong, which is shown.
fn load(dir: &Path, session: &Session) -> Result<Option<Arc<Plugin>>, Problem> {
    let files = read_folder(dir).map_err(Problem::wrong)?;
    let text = files.get(MANIFEST).unwrap_or_default().to_owned();
    match Plugin::load(files) {
        Ok(plugin) => Ok(Some(plugin)),
        Err(found) => {
            let name = dir.join(MANIFEST).display().to_string();
            document::show(session, &Source::new(name, text), &found.list);
            Ok(None)
        }
    }
}

/// A plugin that tests nothing is not a tested one.
fn refuse_nothing(report: &Report, plugin: &Plugin, args: &PluginTestArgs) -> Result<(), Problem> {
    if !report.cases.is_empty() || !report.unread.is_empty() {
        return Ok(());
    }
    if test::test_files(&plugin.files).is_empty() {
        let folder = args.dir.join("tests");
        let message = format!("there are no tests in `{}`", folder.display());
        let help = "a file with tests is called NAME_test.lua; `cutover plugin new` writes one";
        return Err(Problem::wrong(message).help(help));
    }
    let only = args.only.as_deref().unwrap_or_default();
    Err(Problem::wrong(format!("no test has `{only}` in its name")))
}
