//! The configuration file: profiles, with every key that is not known refused.

use std::fs;
use std::path::Path;

use toml_edit::{DocumentMut, Table};

const PROFILE_KEYS: [&str; 11] = [
    "name",
    "product",
    "account_id",
    "cluster_id",
    "mgmt_token",
    "host",
    "port",
    "database",
    "token",
    "tls",
    "auth",
];

/// What a call needs of its profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Profile {
    /// The account.
    pub account_id: String,
    /// The management token; without one a person would have to log in.
    pub mgmt_token: Option<String>,
}

/// Reads one profile.
///
/// # Errors
/// A line for standard error, as the real one would print it.
pub(crate) fn profile(path: &Path, name: &str) -> Result<Profile, String> {
    let document = document(path)?;
    if let Some((key, _)) = document.iter().find(|(key, _)| *key != "profile") {
        return Err(format!("unknown option in config file: {key}"));
    }
    let profiles = document.get("profile").and_then(|item| item.as_array_of_tables());
    let tables: Vec<&Table> = profiles.into_iter().flatten().collect();
    for table in &tables {
        if let Some((key, _)) = table.iter().find(|(key, _)| !PROFILE_KEYS.contains(key)) {
            return Err(format!("unknown option in config file: profile.{key}"));
        }
    }
    let named: Vec<&&Table> =
        tables.iter().filter(|table| text_of(table, "name").as_deref() == Some(name)).collect();
    match named.as_slice() {
        [] => Err(format!("profile {name:?} not found in {}", path.display())),
        [table] => Ok(Profile {
            account_id: text_of(table, "account_id")
                .ok_or_else(|| format!("profile {name:?} has no account_id"))?,
            mgmt_token: text_of(table, "mgmt_token").filter(|token| !token.is_empty()),
        }),
        _ => Err(format!("profile {name:?} is not unique in {}", path.display())),
    }
}

/// Returns each profile's name and management token; profiles without one are left out.
///
/// # Errors
/// A line that says why the file cannot be read.
pub(crate) fn tokens(path: &Path) -> Result<Vec<(String, String)>, String> {
    let document = document(path)?;
    let profiles = document.get("profile").and_then(|item| item.as_array_of_tables());
    let pairs = profiles.into_iter().flatten().filter_map(|table| {
        Some((text_of(table, "name")?, text_of(table, "mgmt_token").filter(|it| !it.is_empty())?))
    });
    Ok(pairs.collect())
}

fn document(path: &Path) -> Result<DocumentMut, String> {
    let text = fs::read_to_string(path)
        .map_err(|error| format!("failed to read config file {}: {error}", path.display()))?;
    text.parse().map_err(|_| format!("failed to parse config file {}", path.display()))
}

fn text_of(table: &Table, key: &str) -> Option<String> {
    table.get(key).and_then(|item| item.as_str()).map(str::to_owned)
}
