//! The command line: global flags first, then the command, its flags, its arguments.

use std::path::PathBuf;

/// A command line, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Arguments {
    /// `--config`.
    pub config: Option<PathBuf>,
    /// `--profile`.
    pub profile: String,
    /// `--account`.
    pub account: Option<String>,
    /// The command.
    pub command: Command,
}

/// A command with its flags.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Command {
    /// `version`.
    Version,
    /// `management create`.
    Create {
        /// `--description`.
        description: String,
        /// `--expires-at`.
        expires_at: Option<String>,
        /// `--format json`.
        json: bool,
    },
    /// `management list`.
    List {
        /// `--format json`.
        json: bool,
        /// `--sort`.
        sort: String,
    },
    /// `management revoke`.
    Revoke {
        /// `--force`.
        force: bool,
        /// The ids.
        ids: Vec<String>,
    },
}

/// Reads a command line without the program's name.
///
/// # Errors
/// A line for standard error.
pub(crate) fn parse(args: &[String]) -> Result<Arguments, String> {
    let mut rest = args.iter().map(String::as_str).peekable();
    let mut read = Arguments {
        config: None,
        profile: "default".to_owned(),
        account: None,
        command: Command::Version,
    };
    while let Some(flag) = rest.next_if(|word| word.starts_with("--")) {
        let (name, inline) = split_flag(flag);
        let mut value = || inline.or_else(|| rest.next()).map(str::to_owned);
        match name {
            "config" => read.config = Some(needed(name, value())?.into()),
            "profile" => read.profile = needed(name, value())?,
            "account" => read.account = Some(needed(name, value())?),
            "cluster" | "timeout" => drop(needed(name, value())?),
            "debug" | "trace" => {}
            _ => return Err(format!("flag provided but not defined: -{name}")),
        }
    }
    let words: Vec<&str> = rest.collect();
    read.command = match words.as_slice() {
        ["version"] => Command::Version,
        ["management", "create", flags @ ..] => create(flags)?,
        ["management", "list", flags @ ..] => list(flags)?,
        ["management", "revoke", flags @ ..] => revoke(flags)?,
        _ => return Err(format!("no help topic for {:?}", words.join(" "))),
    };
    Ok(read)
}

fn create(words: &[&str]) -> Result<Command, String> {
    let (flags, rest) = flags(words, &["description", "expires-at", "format"])?;
    if let Some(extra) = rest.first() {
        return Err(format!("unexpected argument {extra:?}"));
    }
    let description = flags.get("description").unwrap_or_default();
    if description.is_empty() {
        return Err("description must be a non-empty string".to_owned());
    }
    Ok(Command::Create { description, expires_at: flags.get("expires-at"), json: flags.json()? })
}

fn list(words: &[&str]) -> Result<Command, String> {
    let (flags, _) = flags(words, &["format", "sort"])?;
    let sort = flags.get("sort").unwrap_or_else(|| "created".to_owned());
    Ok(Command::List { json: flags.json()?, sort })
}

fn revoke(words: &[&str]) -> Result<Command, String> {
    let force = words.first() == Some(&"--force");
    let (_, ids) = flags(&words[usize::from(force)..], &[])?;
    if ids.is_empty() {
        return Err("at least one token ID is required".to_owned());
    }
    Ok(Command::Revoke { force, ids })
}

/// The flags of a command, in the order in which they were given.
struct Flags(Vec<(String, String)>);

impl Flags {
    fn get(&self, name: &str) -> Option<String> {
        self.0.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value.clone())
    }

    fn json(&self) -> Result<bool, String> {
        match self.get("format").as_deref() {
            None | Some("table") => Ok(false),
            Some("json") => Ok(true),
            Some(other) => Err(format!("invalid format {other:?}")),
        }
    }
}

/// Reads flags up to the first argument; what follows are arguments, flags or not.
fn flags(words: &[&str], known: &[&str]) -> Result<(Flags, Vec<String>), String> {
    let mut found = Vec::new();
    let mut rest = words.iter().copied().peekable();
    while let Some(flag) = rest.next_if(|word| word.starts_with("--")) {
        let (name, inline) = split_flag(flag);
        if !known.contains(&name) {
            return Err(format!("flag provided but not defined: -{name}"));
        }
        let value = inline.or_else(|| rest.next()).map(str::to_owned);
        found.push((name.to_owned(), needed(name, value)?));
    }
    Ok((Flags(found), rest.map(str::to_owned).collect()))
}

fn split_flag(flag: &str) -> (&str, Option<&str>) {
    let name = flag.trim_start_matches("--");
    name.split_once('=').map_or((name, None), |(name, value)| (name, Some(value)))
}

fn needed(name: &str, value: Option<String>) -> Result<String, String> {
    value.ok_or_else(|| format!("flag needs an argument: -{name}"))
}
