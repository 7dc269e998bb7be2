//! `cutover plugin lock`: pins the plugins of workflows to the files that they are now.

use std::fs;
use std::path::{Path, PathBuf};

use cutover_lua::declared::LOCK_AGAIN;
use serde_json::{Map as JsonMap, Value as Json, json};

use super::list::{folder_of, in_reach};
use crate::exit::{Exit, Problem};
use crate::plugins::lock::{self, Change, Locked};
use crate::session::Session;
use crate::typed::quoted;

/// Writes the lock. What asks for more than was locked is taken over with `--accept` only.
///
/// # Errors
/// Where a plugin cannot be used, asks for more, or the file cannot be written.
pub(crate) fn run(place: &Path, accept: bool, session: &Session) -> anyhow::Result<Exit> {
    let known = in_reach(place)?;
    let path =
        lock::in_reach(&folder_of(place)).unwrap_or_else(|| folder_of(place).join(lock::NAME));
    let mut plugins = match lock::read_if_there(&path) {
        Locked::Plugins(plugins) => plugins,
        Locked::Nothing => JsonMap::new(),
        Locked::Broken(path, why) => {
            let message = format!("the lock `{}` cannot be read: {why}", session.shown(&path));
            return Err(Problem::wrong(message).help(format!("{LOCK_AGAIN}.")).into());
        }
    };
    let is_new = plugins.is_empty();
    let (mut said, mut more) = (Vec::new(), false);
    for (name, one) in &known {
        let plugin = one.plugin.as_ref().map_err(|why| {
            Problem::wrong(format!("the plugin `{name}` cannot be locked: {why}"))
        })?;
        let changed = lock::against(plugins.get(name), plugin);
        more |= plugins.contains_key(name) && changed.iter().any(Change::asks_more);
        if !changed.is_empty() {
            said.push((name.clone(), changed));
        }
        plugins.insert(name.clone(), lock::entry(plugin));
    }
    if more && !accept {
        return Err(refused(&said, place).into());
    }
    let unchanged = said.is_empty() && path.is_file();
    if !unchanged {
        let cannot =
            |error| Problem::edge(format!("`{}` cannot be written: {error}", path.display()));
        fs::write(&path, lock::text(&plugins)).map_err(cannot)?;
    }
    tell(&path, &said, (is_new, unchanged), session)?;
    Ok(Exit::Done)
}

fn refused(said: &[(String, Vec<Change>)], place: &Path) -> Problem {
    let problem = Problem::wrong("nothing was locked: a plugin needs more than before");
    let lines = said.iter().flat_map(|(name, changed)| {
        std::iter::once(name.clone()).chain(changed.iter().map(ToString::to_string))
    });
    let again = format!("cutover plugin lock {} --accept", quoted(&super::shown(place)));
    lines.fold(problem, |problem, line| problem.help(line)).next("Take it over", again)
}

fn tell(
    path: &PathBuf,
    said: &[(String, Vec<Change>)],
    (is_new, unchanged): (bool, bool),
    session: &Session,
) -> anyhow::Result<()> {
    if !session.out.is_human() {
        let changed: JsonMap<String, Json> = said
            .iter()
            .map(|(name, changed)| {
                let lines: Vec<String> =
                    changed.iter().map(|one| one.to_string().trim().to_owned()).collect();
                (name.clone(), json!(lines))
            })
            .collect();
        return Ok(session.out.json(&json!({ "file": path, "changed": changed }))?);
    }
    let whole = std::path::absolute(path).unwrap_or_else(|_| path.clone());
    let shown = session.shown(&whole);
    if unchanged {
        session.out.talk(&format!("{shown}: nothing changed\n"));
        return Ok(());
    }
    for (name, changed) in said.iter().filter(|_| !is_new) {
        session.out.talk(&format!("{name}\n"));
        changed.iter().for_each(|one| session.out.talk(&format!("{one}\n")));
    }
    let names: Vec<&str> = said.iter().map(|(name, _)| name.as_str()).collect();
    session.out.talk(&format!("wrote {shown}: {}\n", names.join(", ")));
    Ok(())
}
