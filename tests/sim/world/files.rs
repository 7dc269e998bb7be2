//! Files of the machine, with their former selves: the first copy wins, another run's is a refusal.

use cutover_engine::effect::{
    EffectError, FileContent, Keep, ReadFile, RemoveFile, Reply, RestoreFile, WriteFile,
};
use cutover_engine::host::Secrets as _;
use cutover_engine::value::Value;

use crate::secrets::Table;
use crate::world::act::Act;
use crate::world::ask::{Asked, Form, Seal, not_sent, refused};
use crate::world::http::gone;
use crate::world::{CONFIG, Place, Reads, World};

/// The mode of every file.
const MODE: u32 = 0o600;

/// What a change of a file means for its place.
struct Change {
    place: String,
    value: Option<String>,
}

impl World {
    pub(super) fn read_file(&self, read: &ReadFile, seal: Seal<'_>) -> Result<Reply, EffectError> {
        if read.path == CONFIG {
            return Ok(Reply::File { content: self.profiles(seal), mode: MODE });
        }
        let Some(held) = self.held(&read.path) else { return Ok(Reply::Missing) };
        let content = match &read.keep {
            Keep::Nothing => Value::Null,
            Keep::Secret => seal("content", held),
            Keep::Text
            | Keep::Json { .. }
            | Keep::Answer { .. }
            | Keep::Toml { .. }
            | Keep::Lines { .. } => held.into(),
        };
        Ok(Reply::File { content, mode: MODE })
    }

    /// Returns the configuration of `influxctl`, as its TOML reads.
    fn profiles(&self, seal: Seal<'_>) -> Value {
        let profile = |(name, place): (&String, &Place)| {
            let name = name.strip_prefix("profile ")?;
            let token = place.held().map_or(Value::Null, |held| seal("mgmt_token", held));
            Some(Value::map([("name", name.into()), ("mgmt_token", token)]))
        };
        let all = self.places.iter().filter_map(profile).collect();
        Value::map([("profile", Value::List(all))])
    }

    pub(super) fn write_file(&mut self, write: &WriteFile, run: &str, table: &Table) -> Asked {
        let change = match change(&write.path, &write.content, table) {
            Ok(change) => change,
            Err(error) => return Asked::Look(Err(error)),
        };
        self.change(change, run)
    }

    pub(super) fn remove_file(&mut self, file: &RemoveFile, run: &str) -> Asked {
        if self.held(&file.path).is_none() {
            return Asked::Look(Ok(Reply::Written { changed: false }));
        }
        self.change(Change { place: file.path.clone(), value: None }, run)
    }

    fn change(&mut self, change: Change, run: &str) -> Asked {
        let Change { place, value } = change;
        let known = self.places.entry(place.clone());
        let known = known.or_insert_with(|| Place::holding(None, Reads::Nobody));
        if let Some(other) = known.former.keys().find(|other| *other != run) {
            let message = format!("{place}: run {other} has written to it and is not over");
            return Asked::Look(Err(refused(0, &message)));
        }
        let held = known.held().map(str::to_owned);
        let changed = held != value;
        self.keep_former(&place, run);
        Asked::Change(Act::Put { place, value, version: None, lies: false }, Form::File { changed })
    }

    pub(super) fn restore_file(&mut self, file: &RestoreFile, run: &str, table: &Table) -> Asked {
        let wrote = match &file.wrote {
            None => Change { place: file.path.clone(), value: None },
            Some(content) => match change(&file.path, content, table) {
                Ok(wrote) => wrote,
                Err(_) => match self.told(file, content, table) {
                    Some(wrote) => wrote,
                    None => return self.restore_forgotten(&place_of(&file.path, content), run),
                },
            },
        };
        let same = Asked::Look(Ok(Reply::Written { changed: false }));
        let Some(place) = self.places.get(&wrote.place) else { return same };
        let Some(former) = place.former.get(run).cloned() else { return same };
        let held = place.held().map(str::to_owned);
        if held != wrote.value {
            if held == former {
                return same;
            }
            let message = format!("{}: somebody else has changed it meanwhile", wrote.place);
            return Asked::Look(Err(refused(0, &message)));
        }
        let act = Act::Put { place: wrote.place, value: former, version: None, lies: false };
        Asked::Change(act, Form::File { changed: true })
    }
}

impl World {
    /// What was written died with another process, and what is known of it tells it.
    fn told(&self, file: &RestoreFile, content: &FileContent, table: &Table) -> Option<Change> {
        let text = text_of(content).ok()?;
        file.known.told(text)?;
        let place = place_of(&file.path, content);
        let held = self.held(&place).map(str::to_owned);
        let is_ours = held.clone().is_some_and(|held| {
            let held = table.seal("held", held).to_mark();
            file.known.same(table, text, &held)
        });
        let another = || Some("another".to_owned());
        Some(Change { place, value: if is_ours { held } else { another() } })
    }

    /// What was written died with another process: nobody can tell it from somebody else's.
    fn restore_forgotten(&self, place: &str, run: &str) -> Asked {
        let known = self.places.get(place);
        let former = known.and_then(|place| Some((place.held(), place.former.get(run)?)));
        let same = former.is_none_or(|(held, former)| held == former.as_deref());
        if same {
            return Asked::Look(Ok(Reply::Written { changed: false }));
        }
        Asked::Look(Err(refused(0, &format!("{place}: it may hold what this run wrote"))))
    }
}

fn place_of(path: &str, content: &FileContent) -> String {
    match content {
        FileContent::Text(_) => path.to_owned(),
        FileContent::Toml(edit) => format!("profile {}", edit.is),
    }
}

/// Returns what a content sets.
fn text_of(content: &FileContent) -> Result<&str, EffectError> {
    match content {
        FileContent::Text(text) => Ok(text),
        FileContent::Toml(edit) => edit
            .set
            .get("mgmt_token")
            .map(String::as_str)
            .ok_or_else(|| not_sent("only mgmt_token is ever set", false)),
    }
}

/// Returns what a content means: one profile of the configuration, or a whole file.
fn change(path: &str, content: &FileContent, table: &Table) -> Result<Change, EffectError> {
    let place = place_of(path, content);
    let value = table.open(text_of(content)?).map_err(|origin| gone(&origin))?;
    Ok(Change { place, value: Some(value) })
}
