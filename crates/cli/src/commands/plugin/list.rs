//! `cutover plugin list`: the plugins in reach, with what they give and what they need.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use cutover_engine::parse::parse;
use cutover_engine::source::Source;
use cutover_lua::plugin::Plugin;
use serde_json::{Value as Json, json};

use super::check::in_words;
use crate::commands;
use crate::document;
use crate::exit::{Exit, Problem};
use crate::plugins::{self, lock, read_folder};
use crate::session::Session;
use crate::style::Paint;
use crate::text::{self, Cell};

/// A plugin where it is declared or lies.
pub(super) struct Known {
    /// Its folder.
    pub(super) folder: PathBuf,
    /// What it is, or why it cannot be used.
    pub(super) plugin: Result<Arc<Plugin>, String>,
}

/// Lists the plugins of a workflow, of a folder of workflows, or the one in a folder.
///
/// # Errors
/// Where nothing of it can be read.
pub(crate) fn run(place: &Path, session: &Session) -> anyhow::Result<Exit> {
    let known = in_reach(place)?;
    let locked =
        lock::in_reach(&folder_of(place)).map_or(lock::Locked::Nothing, |at| lock::read(&at));
    if session.out.is_human() {
        if known.is_empty() {
            session
                .out
                .talk("no workflow here declares a plugin\n  A new one: cutover plugin new NAME\n");
        }
        session.out.data(&drawing(&known, &locked, session.out.columns()))?;
    } else {
        let plugins: Vec<Json> =
            known.iter().map(|(name, one)| json_of(name, one, &locked)).collect();
        session.out.json(&json!({ "plugins": plugins }))?;
    }
    let broken = known.values().any(|one| one.plugin.is_err());
    Ok(if broken { Exit::Wrong } else { Exit::Done })
}

/// Returns the plugins that the workflows of a place declare, by name.
///
/// # Errors
/// Where the place cannot be read.
pub(super) fn in_reach(place: &Path) -> Result<BTreeMap<String, Known>, Problem> {
    let mut known = BTreeMap::new();
    if place.join(cutover_lua::files::MANIFEST).is_file() {
        let plugin = load(place);
        let name = plugin
            .as_ref()
            .map_or_else(|_| place.display().to_string(), |plugin| plugin.manifest.name.clone());
        known.insert(name, Known { folder: place.to_owned(), plugin });
        return Ok(known);
    }
    let files = match place.is_dir() {
        true => commands::files(place)?,
        false => vec![place.to_owned()],
    };
    for file in files {
        let text = document::read(&file)?;
        let (workflow, _) = parse(Arc::new(Source::new(file.display().to_string(), text)));
        for (name, declared) in workflow.into_iter().flat_map(|workflow| workflow.plugins) {
            let folder = plugins::folder_of(&declared, &file);
            let plugin = load(&folder);
            known.entry(name).or_insert(Known { folder, plugin });
        }
    }
    Ok(known)
}

fn load(folder: &Path) -> Result<Arc<Plugin>, String> {
    let files = read_folder(folder)?;
    Plugin::load(files).map_err(|found| {
        let count = text::count(found.list.len(), "mistake");
        format!("{count}: cutover plugin check {}", folder.display())
    })
}

/// Returns the folder of a place: its own where it is one.
pub(super) fn folder_of(place: &Path) -> PathBuf {
    match place.is_dir() {
        true => place.to_owned(),
        false => place.parent().unwrap_or(Path::new("")).to_owned(),
    }
}

fn drawing(known: &BTreeMap<String, Known>, locked: &lock::Locked, columns: usize) -> String {
    let row = |(name, one): (&String, &Known)| match &one.plugin {
        Ok(plugin) => {
            let steps: Vec<&str> = plugin.manifest.steps.keys().map(String::as_str).collect();
            let needs = in_words(&plugin.manifest.needs).join("; ");
            let about = format!("{}; {needs}", steps.join(", "));
            let version = Cell::plain(&plugin.manifest.version);
            vec![
                Cell::new(name, Paint::Strong),
                version,
                Cell::plain(stand(locked, plugin)),
                Cell::plain(about),
            ]
        }
        Err(why) => vec![
            Cell::new(name, Paint::Strong),
            Cell::plain("-"),
            Cell::plain("broken"),
            Cell::plain(why),
        ],
    };
    text::wrapped_table(&known.iter().map(row).collect::<Vec<_>>(), 0, columns)
}

/// Says how a plugin stands to the lock.
fn stand(locked: &lock::Locked, plugin: &Plugin) -> &'static str {
    match (locked, lock::changes(locked, plugin)) {
        (lock::Locked::Nothing, _) => "not locked",
        (lock::Locked::Plugins(..) | lock::Locked::Broken(..), None) => "locked",
        (lock::Locked::Plugins(..) | lock::Locked::Broken(..), Some(_)) => "changed",
    }
}

fn json_of(name: &str, one: &Known, locked: &lock::Locked) -> Json {
    let plugin = one.plugin.as_ref().ok();
    json!({
        "name": name,
        "folder": one.folder.display().to_string(),
        "version": plugin.map(|plugin| &plugin.manifest.version),
        "sha256": plugin.map(|plugin| &plugin.digest),
        "steps": plugin.map(|plugin| plugin.manifest.steps.keys().collect::<Vec<_>>()),
        "needs": plugin.map(|plugin| lock::entry(plugin)["needs"].clone()),
        "lock": plugin.map(|plugin| stand(locked, plugin)),
        "error": one.plugin.as_ref().err(),
    })
}
