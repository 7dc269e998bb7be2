//! Files of the world in memory, with their former selves.

use std::collections::BTreeMap;

use cutover_engine::effect::{EffectError, FileContent, ReadFile, Reply};
use cutover_engine::effect::{RestoreFile, TomlEdit, WriteFile};
use cutover_engine::host::Secrets as _;

use super::{World, keep};

/// The mode of a file that nobody gave another one.
const NEW: u32 = 0o600;

/// Returns the texts of the table that an edit means.
fn entries(edit: &TomlEdit, text: &str) -> BTreeMap<String, String> {
    let document: toml_edit::DocumentMut = text.parse().expect("it is TOML");
    let tables = document[&edit.array].as_array_of_tables().expect("there is one");
    let is = |table: &&toml_edit::Table| table[&edit.key].as_str() == Some(&edit.is);
    let of =
        |(key, item): (&str, &toml_edit::Item)| Some((key.to_owned(), item.as_str()?.to_owned()));
    tables.iter().find(is).into_iter().flat_map(toml_edit::Table::iter).filter_map(of).collect()
}

impl World {
    fn mode(&self, path: &str) -> u32 {
        self.state().modes.get(path).copied().unwrap_or(NEW)
    }

    pub(super) fn read_file(&self, read: &ReadFile) -> Result<Reply, EffectError> {
        let content = self.state().files.get(&read.path).cloned();
        Ok(match content {
            Some(text) => {
                let content = keep::keep(&self.table, &read.keep, &text);
                Reply::File { content, mode: self.mode(&read.path) }
            }
            None => Reply::Missing,
        })
    }

    pub(super) fn write_file(&self, write: &WriteFile) -> Result<Reply, EffectError> {
        let old = self.state().files.get(&write.path).cloned();
        let new = match &write.content {
            FileContent::Text(text) => self.table.open(text),
            FileContent::Toml(edit) => self.edited(edit, old.as_deref().unwrap_or_default())?,
        };
        let mut state = self.state();
        state.former.entry(write.path.clone()).or_insert_with(|| old.clone());
        let mut changed = old.as_ref() != Some(&new);
        state.files.insert(write.path.clone(), new);
        if let Some(mode) = write.mode {
            changed |= state.modes.insert(write.path.clone(), mode).unwrap_or(NEW) != mode;
        }
        Ok(Reply::Written { changed })
    }

    pub(super) fn remove_file(&self, path: &str) -> Reply {
        let mut state = self.state();
        let old = state.files.remove(path);
        let changed = old.is_some();
        if changed {
            state.former.entry(path.to_owned()).or_insert(old);
        }
        Reply::Written { changed }
    }

    pub(super) fn restore_file(&self, restore: &RestoreFile) -> Result<Reply, EffectError> {
        let held = self.state().files.get(&restore.path).cloned();
        let Some(former) = self.state().former.get(&restore.path).cloned() else {
            return Ok(Reply::Written { changed: false });
        };
        if held == former {
            return Ok(Reply::Written { changed: false });
        }
        let is_ours = match &restore.wrote {
            None => held.is_none(),
            Some(FileContent::Text(text)) => {
                held.is_some_and(|held| self.is_that(restore, text, &held))
            }
            Some(FileContent::Toml(edit)) => {
                let entries = entries(edit, &held.unwrap_or_default());
                edit.set.iter().all(|(key, value)| {
                    entries.get(key).is_some_and(|held| self.is_that(restore, value, held))
                })
            }
        };
        if !is_ours {
            let message = format!("`{}` was changed by somebody else", restore.path);
            return Err(EffectError::NotSent { message, retryable: false });
        }
        match former {
            Some(text) => self.state().files.insert(restore.path.clone(), text),
            None => self.state().files.remove(&restore.path),
        };
        Ok(Reply::Written { changed: true })
    }

    /// Says whether a plain text is what was written.
    fn is_that(&self, restore: &RestoreFile, written: &str, held: &str) -> bool {
        let held = self.table.seal("held", held.to_owned()).to_mark();
        self.table.same(written, &held) || restore.known.same(&self.table, written, &held)
    }

    /// Returns the text of a file with one table changed.
    pub(super) fn edited(&self, edit: &TomlEdit, text: &str) -> Result<String, EffectError> {
        let base = match &edit.base {
            Some(path) => self.state().files.get(path).cloned().unwrap_or_default(),
            None => text.to_owned(),
        };
        let mut document: toml_edit::DocumentMut = base.parse().expect("it is TOML");
        let tables =
            document[&edit.array].as_array_of_tables_mut().expect("there is a profile at least");
        let named = |table: &toml_edit::Table, name: &str| {
            table.get(&edit.key).and_then(|item| item.as_str()) == Some(name)
        };
        if !tables.iter().any(|table| named(table, &edit.is)) {
            let missing =
                || EffectError::NotSent { message: "no such table".into(), retryable: false };
            let (from, keys) = edit.copy_from.as_ref().ok_or_else(missing)?;
            let copied = tables.iter().find(|table| named(table, from)).ok_or_else(missing)?;
            let mut new = toml_edit::Table::new();
            new[&edit.key] = toml_edit::value(&edit.is);
            for key in keys.iter().filter(|key| copied.contains_key(key)) {
                new[key] = copied[key].clone();
            }
            tables.push(new);
        }
        let table = tables.iter_mut().find(|table| named(table, &edit.is)).expect("it is there");
        for (key, value) in &edit.set {
            table[key] = toml_edit::value(self.table.open(value));
        }
        Ok(document.to_string())
    }
}
