//! `plugins.lock`: which files a workflow's plugins are, and what they need.

use std::fmt;
use std::path::{Path, PathBuf};

use cutover_lua::manifest::Needs;
use cutover_lua::plugin::Plugin;
use serde_json::{Map as JsonMap, Value as Json, json};

use crate::text_file;
use crate::typed::quoted;

/// The name of the file.
pub(crate) const NAME: &str = "plugins.lock";
/// The version of its format.
const VERSION: u64 = 1;
/// The largest one that is read.
const LARGEST: u64 = 1024 * 1024;

/// What is locked.
pub(crate) enum Locked {
    /// There is no such file: nothing is.
    Nothing,
    /// These plugins, by name.
    Plugins(JsonMap<String, Json>),
    /// The file cannot be read: nothing is let through.
    Broken(PathBuf, String),
}

impl Locked {
    /// Says whether it cannot be read.
    pub(crate) fn is_broken(&self) -> bool {
        matches!(self, Self::Broken(..))
    }
}

/// What differs between a plugin and its entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Change {
    /// It has none.
    New,
    /// Another version.
    Version(String, String),
    /// Other files of the same version.
    Files,
    /// It needs more: the kind and what.
    Needs(&'static str, String),
    /// It needs less.
    NeedsNot(&'static str, String),
    /// The file cannot be read.
    Broken(String),
}

impl Change {
    /// Says whether a person has to accept it: it reaches further than what was looked at.
    pub(crate) fn asks_more(&self) -> bool {
        matches!(self, Self::Needs(..))
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::New => f.write_str("+ it is not in the lock"),
            Self::Version(from, to) => write!(f, "  version {from} -> {to}"),
            Self::Files => f.write_str("  its files are others, the version is the same"),
            Self::Needs(kind, what) => write!(f, "+ needs {kind}: {what}"),
            Self::NeedsNot(kind, what) => write!(f, "- needs {kind}: {what}"),
            Self::Broken(why) => write!(f, "  the lock cannot be read: {why}"),
        }
    }
}

/// Reads the lock that holds for a workflow file: beside it, or in a folder above.
pub(crate) fn beside(file: &Path) -> Locked {
    let folder = file.parent().unwrap_or(Path::new(""));
    in_reach(folder).map_or(Locked::Nothing, |path| read(&path))
}

/// Returns the lock of a folder: its own, or that of a folder above.
pub(crate) fn in_reach(folder: &Path) -> Option<PathBuf> {
    let whole =
        std::path::absolute(if folder.as_os_str().is_empty() { Path::new(".") } else { folder });
    let whole = whole.ok()?;
    whole.ancestors().map(|folder| folder.join(NAME)).find(|path| path.is_file())
}

/// Reads a lock.
pub(crate) fn read(path: &Path) -> Locked {
    let broken = |why: &str| Locked::Broken(path.to_owned(), why.to_owned());
    let text = match text_file::read(path, LARGEST) {
        Ok(text) => text,
        Err(why) => return broken(&why),
    };
    parse(&text).map_or_else(|why| broken(&why), Locked::Plugins)
}

/// Reads the text of a lock: all of it, or nothing.
fn parse(text: &str) -> Result<JsonMap<String, Json>, String> {
    if text.trim().is_empty() {
        return Err("it is empty".to_owned());
    }
    let marks = ["<<<<<<< ", ">>>>>>> "];
    let marked = text.lines().position(|line| marks.iter().any(|mark| line.starts_with(mark)));
    if let Some(at) = marked {
        return Err(format!("line {}: a merge has left its two sides in it", at + 1));
    }
    let data: Json = serde_yaml::from_str(text).map_err(|error| match error.location() {
        Some(place) => format!("line {}: it is no YAML", place.line()),
        None => "it is no YAML".to_owned(),
    })?;
    match data.get("version") {
        None => return Err("it has no `version`, so it is no lock".to_owned()),
        Some(version) if version.as_u64() != Some(VERSION) => {
            let why = "and this cutover reads version";
            return Err(format!("it is of version {version}, {why} {VERSION}"));
        }
        Some(_) => {}
    }
    let plugins = match data.get("plugins") {
        Some(Json::Object(plugins)) => plugins.clone(),
        Some(Json::Null) => JsonMap::new(),
        Some(_) => return Err("its `plugins` are no mapping".to_owned()),
        None => return Err("it has no `plugins`: its end is missing".to_owned()),
    };
    match plugins.iter().find(|(_, entry)| !is_whole(entry)) {
        Some((name, _)) => Err(format!("the entry of `{name}` is not whole")),
        None => Ok(plugins),
    }
}

/// Says whether an entry has all that one is written with.
fn is_whole(entry: &Json) -> bool {
    let digest = entry.get("sha256").and_then(Json::as_str).unwrap_or_default();
    let hex = |text: &str| text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let has = |key: &str, is: fn(&Json) -> bool| entry.get(key).is_some_and(is);
    hex(digest) && has("version", Json::is_string) && has("needs", Json::is_object)
}

/// Reads a lock; where there is none, nothing is locked.
pub(crate) fn read_if_there(path: &Path) -> Locked {
    if path.exists() { read(path) } else { Locked::Nothing }
}

/// Returns what differs between a plugin and the lock; nothing where it is the locked one, or where
/// nothing is locked.
pub(crate) fn changes(locked: &Locked, plugin: &Plugin) -> Option<Vec<Change>> {
    let plugins = match locked {
        Locked::Nothing => return None,
        Locked::Broken(path, why) => {
            return Some(vec![Change::Broken(format!("{}: {why}", path.display()))]);
        }
        Locked::Plugins(plugins) => plugins,
    };
    let changed = against(plugins.get(&plugin.manifest.name), plugin);
    (!changed.is_empty()).then_some(changed)
}

/// Returns what differs between a plugin and its entry.
pub(crate) fn against(entry: Option<&Json>, plugin: &Plugin) -> Vec<Change> {
    let manifest = &plugin.manifest;
    let before = |key: &str| entry.and_then(|entry| entry.get(key)).and_then(Json::as_str);
    let mut changed = Vec::new();
    match before("version") {
        None => changed.push(Change::New),
        Some(version) if version != manifest.version => {
            changed.push(Change::Version(version.to_owned(), manifest.version.clone()));
        }
        Some(_) if before("sha256") != Some(plugin.digest.as_str()) => changed.push(Change::Files),
        Some(_) => {}
    }
    let same = changed.is_empty();
    if same && before("sha256") == Some(plugin.digest.as_str()) {
        return changed;
    }
    for (kind, needs) in kinds(&manifest.needs) {
        let old: Vec<&str> = entry
            .and_then(|entry| entry.pointer(&format!("/needs/{kind}")))
            .and_then(Json::as_array)
            .map(|all| all.iter().filter_map(Json::as_str).collect())
            .unwrap_or_default();
        let more = needs.iter().filter(|one| !old.contains(&one.as_str()));
        changed.extend(more.map(|one| Change::Needs(kind, one.clone())));
        let less = old.iter().filter(|one| !needs.iter().any(|new| new == *one));
        changed.extend(less.map(|one| Change::NeedsNot(kind, (*one).to_owned())));
    }
    changed
}

/// Returns an entry of the lock.
pub(crate) fn entry(plugin: &Plugin) -> Json {
    let needs = kinds(&plugin.manifest.needs).into_iter().filter(|(_, needs)| !needs.is_empty());
    let needs: JsonMap<String, Json> =
        needs.map(|(kind, needs)| (kind.to_owned(), json!(needs))).collect();
    json!({ "version": plugin.manifest.version, "sha256": plugin.digest, "needs": needs })
}

/// Returns the text of a lock.
pub(crate) fn text(plugins: &JsonMap<String, Json>) -> String {
    let mut sorted: Vec<_> = plugins.iter().collect();
    sorted.sort_by_key(|(name, _)| name.as_str());
    let plugins: JsonMap<String, Json> =
        sorted.into_iter().map(|(name, entry)| (name.clone(), entry.clone())).collect();
    let data = serde_yaml::to_string(&json!({ "version": VERSION, "plugins": plugins }));
    let data = data.expect("a lock is YAML by its types");
    format!("# Written by `cutover plugin lock`: a run uses exactly these files.\n{data}")
}

/// Returns the command that takes over what changed.
pub(crate) fn command(file: &Path, changed: &[Change]) -> String {
    let accept = if changed.iter().any(Change::asks_more) { " --accept" } else { "" };
    format!("cutover plugin lock {}{accept}", quoted(&file.display().to_string()))
}

fn kinds(needs: &Needs) -> [(&'static str, &Vec<String>); 4] {
    [("http", &needs.http), ("exec", &needs.exec), ("fs", &needs.fs), ("env", &needs.env)]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn why(text: &str) -> String {
        parse(text).expect_err("it is broken")
    }

    fn whole() -> String {
        let entry =
            json!({ "version": "1.0.0", "sha256": "0a".repeat(32), "needs": { "http": ["a"] } });
        text(&[("notes".to_owned(), entry)].into_iter().collect())
    }

    #[test]
    fn what_is_written_is_read() {
        assert_eq!(parse(&whole()).map(|plugins| plugins.len()), Ok(1));
        assert_eq!(parse(&text(&JsonMap::new())).map(|plugins| plugins.len()), Ok(0));
    }

    #[test]
    fn what_is_broken_says_how_and_where() {
        assert_eq!(why("\n"), "it is empty");
        assert_eq!(why("a: 1\n"), "it has no `version`, so it is no lock");
        assert_eq!(why("\0\u{1}%PDF"), "line 1: it is no YAML");
        assert_eq!(why("version: 1\nplugins: [a\n"), "line 3: it is no YAML");
        assert_eq!(why("version: 7\n"), "it is of version 7, and this cutover reads version 1");
        assert_eq!(why("version: 1\nplugins: [a]\n"), "its `plugins` are no mapping");
        let merged = whole().replace("plugins:", "<<<<<<< HEAD\nplugins:");
        assert_eq!(why(&merged), "line 3: a merge has left its two sides in it");
    }

    #[test]
    fn one_that_was_cut_off_anywhere_locks_nothing_that_it_does_not_hold() {
        let whole = whole();
        for end in 0..whole.trim_end().len() {
            let Ok(plugins) = parse(&whole[..end]) else { continue };
            let entry = plugins.get("notes");
            let same = |entry: &Json| entry["sha256"] == "0a".repeat(32);
            assert!(entry.is_none_or(same), "cut off at {end}: {entry:?}");
        }
    }
}
