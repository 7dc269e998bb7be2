//! What a plugin may reach: what its manifest needs and its workflow allows, both. Everything else
//! is refused, and the refusal names the line to add and the file that it belongs to.
//!
//! This is the half that text tells: the host keeps the other (which address a name stands for,
//! where a link leads) by the same grant, which each effect of a plugin's step carries.

mod address;
mod path;
#[cfg(test)]
mod tests;

use indexmap::IndexMap;

use crate::effect::{Effect, Exec, FileContent, Http};
use crate::value::{Piece, pieces, shown};

pub use address::{Address, Origin, is_special, origin};
pub use path::normal;

/// Variables that make a program load or run something else.
const LOADERS: [&str; 3] = ["LD_", "DYLD_", "BASH_FUNC_"];
/// Variables that no plugin sets.
const OURS: [&str; 4] = ["PATH", "BASH_ENV", "ENV", "IFS"];

/// What one call of a plugin's step may reach.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Grant {
    /// The plugin.
    pub plugin: String,
    /// The workflow file, for messages.
    pub file: String,
    /// What its manifest needs, the configuration's values filled in.
    pub needs: Reach,
    /// What the workflow allows.
    pub allow: Reach,
    /// What the workflow says only looks though it could write: `POST /search`, `vaultctl list`.
    pub reads: Vec<String>,
    /// Where the programs are that both name: found once, when the plugin was loaded.
    pub programs: IndexMap<String, String>,
}

/// Addresses, programs, folders and variables.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reach {
    /// Addresses: `https://vault.acme.internal`, without a scheme over https. Of what is allowed
    /// also addresses and networks that a name may stand for: `10.0.0.0/8`.
    pub http: Vec<String>,
    /// Programs by name.
    pub exec: Vec<String>,
    /// Folders.
    pub fs: Vec<String>,
    /// Variables of its programs.
    pub env: Vec<String>,
}

/// How a path becomes an absolute one, without a look at the world.
pub type Absolute<'a> = dyn Fn(&str) -> String + 'a;

impl Grant {
    /// Returns why an effect is not let through, with the line to add; none where it is. What a
    /// preview does not know yet is let through there, and looked at when it runs.
    pub fn refusal(&self, effect: &Effect, absolute: &Absolute<'_>) -> Option<String> {
        match effect {
            Effect::Http(http) => self.refuse_http(http),
            Effect::Exec(exec) => self.refuse_exec(exec, absolute),
            Effect::ReadFile(file) => self.refuse_path(&file.path, absolute),
            Effect::WriteFile(file) => {
                let base = match &file.content {
                    FileContent::Toml(edit) => edit.base.as_deref(),
                    FileContent::Text(_) => None,
                };
                let mut paths = [Some(file.path.as_str()), base].into_iter().flatten();
                paths.find_map(|path| self.refuse_path(path, absolute))
            }
            Effect::RestoreFile(file) => self.refuse_path(&file.path, absolute),
            Effect::RemoveFile(file) => self.refuse_path(&file.path, absolute),
            Effect::Sleep { .. } | Effect::Random { .. } | Effect::Log { .. } => None,
        }
    }

    /// Returns why what calls itself a read is none: the workflow does not take it for one.
    pub fn unsaid_read(&self, effect: &Effect) -> Option<String> {
        match effect {
            Effect::Http(http) if http.reads && !self.reads_http(&http.method, &http.url) => {
                let what = format!("{} {}", http.method, address::path(&http.url));
                Some(self.not_allowed("reads", &what))
            }
            Effect::Exec(exec) if exec.reads && !self.reads_exec(&exec.argv) => {
                Some(self.not_allowed("reads", &shown(&exec.argv.join(" "))))
            }
            Effect::Http(_)
            | Effect::Exec(_)
            | Effect::ReadFile(_)
            | Effect::WriteFile(_)
            | Effect::RestoreFile(_)
            | Effect::RemoveFile(_)
            | Effect::Sleep { .. }
            | Effect::Random { .. }
            | Effect::Log { .. } => None,
        }
    }

    /// Says whether the workflow takes a request for one that only looks.
    pub fn reads_http(&self, method: &str, url: &str) -> bool {
        let path = address::path(url);
        matches!(method, "GET" | "HEAD" | "OPTIONS")
            || self.reads.iter().any(|entry| {
                entry.split_once(' ').is_some_and(|(of, at)| of == method && at.trim() == path)
            })
    }

    /// Says whether the workflow takes a program for one that only looks.
    pub fn reads_exec(&self, argv: &[String]) -> bool {
        self.reads.iter().any(|entry| {
            let words: Vec<&str> = entry.split_whitespace().collect();
            !words.is_empty()
                && words.len() <= argv.len()
                && words.iter().zip(argv).all(|(word, argument)| word == argument)
        })
    }

    /// Returns the folder beneath which a path has to stay, without links that lead out of it; none
    /// where it is beneath none that both name.
    pub fn folder(&self, path: &str, absolute: &Absolute<'_>) -> Option<String> {
        let whole = normal(&absolute(path))?;
        let of = |reach: &Reach| {
            let folders = reach.fs.iter().filter_map(|folder| normal(&absolute(folder)));
            folders.filter(|folder| path::is_beneath(&whole, folder)).max_by_key(String::len)
        };
        let (needed, allowed) = (of(&self.needs)?, of(&self.allow)?);
        Some(if needed.len() > allowed.len() { needed } else { allowed })
    }

    /// Says whether the workflow names an address, so that a name may stand for it although it is
    /// one of this machine or of a private network.
    pub fn names(&self, ip: std::net::IpAddr) -> bool {
        self.allow.http.iter().filter_map(|entry| Address::parse(entry).ok()).any(|entry| {
            match entry {
                Address::Net { .. } => entry.holds(ip),
                Address::Origin(origin) => {
                    origin.host.parse().is_ok_and(|named: std::net::IpAddr| named == ip)
                }
            }
        })
    }

    /// Returns why a name that stands for an address of this machine or of a private network is not
    /// reached; none where it is.
    pub fn refuse_address(&self, host: &str, ip: std::net::IpAddr) -> Option<String> {
        let local = matches!(host, "localhost") || host.ends_with(".localhost");
        let kind = is_special(ip)?;
        if self.names(ip) || (local && ip.is_loopback()) {
            return None;
        }
        Some(format!("`{host}` stands for {ip}, {kind}: {}", self.line("http", &ip.to_string())))
    }

    fn refuse_http(&self, http: &Http) -> Option<String> {
        let asked = match (known(&http.url), known(address::head(&http.url))) {
            (Known::Secret, _) => return Some("an address is no place for a secret".to_owned()),
            (Known::Unknown, Known::Unknown) => return None,
            (Known::Unknown | Known::Plain, _) => match origin(&http.url) {
                Ok(asked) => asked,
                Err(why) => return Some(format!("`{}` is no address: {why}", shown(&http.url))),
            },
        };
        let has = |reach: &Reach| {
            let entries = reach.http.iter().filter_map(|entry| Address::parse(entry).ok());
            entries.into_iter().any(|entry| entry.covers(&asked))
        };
        if !has(&self.needs) {
            return Some(self.not_needed("http", &asked.to_string()));
        }
        (!has(&self.allow)).then(|| self.not_allowed("http", &asked.to_string()))
    }

    fn refuse_exec(&self, exec: &Exec, absolute: &Absolute<'_>) -> Option<String> {
        let name = exec.argv.first().map_or("", String::as_str);
        match known(name) {
            Known::Unknown => return None,
            Known::Secret => return Some("the name of a program is no secret".to_owned()),
            Known::Plain => {}
        }
        if !self.needs.exec.iter().any(|needed| needed == name) {
            return Some(self.not_needed("exec", name));
        }
        if !self.allow.exec.iter().any(|allowed| allowed == name) {
            return Some(self.not_allowed("exec", name));
        }
        if !self.programs.contains_key(name) {
            return Some(format!("there is no program `{name}` on the PATH"));
        }
        if !exec.files.is_empty() {
            return Some(format!("{} may give a program no files with secrets", self.plugin));
        }
        let within = exec.cwd.as_deref();
        if let Some(why) = within.and_then(|folder| self.refuse_folder(folder, absolute)) {
            return Some(why);
        }
        exec.env.keys().find_map(|name| self.refuse_variable(name))
    }

    fn refuse_variable(&self, name: &str) -> Option<String> {
        if let Err(why) = is_variable(name) {
            return Some(why);
        }
        if !self.needs.env.iter().any(|needed| needed == name) {
            return Some(self.not_needed("env", name));
        }
        let allowed = self.allow.env.iter().any(|allowed| allowed == name);
        (!allowed).then(|| self.not_allowed("env", name))
    }

    /// A working folder may be one that both name, not only something beneath it.
    fn refuse_folder(&self, folder: &str, absolute: &Absolute<'_>) -> Option<String> {
        self.refuse_path(&format!("{folder}/inside"), absolute)
    }

    fn refuse_path(&self, path: &str, absolute: &Absolute<'_>) -> Option<String> {
        match known(path) {
            Known::Unknown => return None,
            Known::Secret => return Some("a path is no place for a secret".to_owned()),
            Known::Plain => {}
        }
        if self.folder(path, absolute).is_some() {
            return None;
        }
        let Some(whole) = normal(&absolute(path)) else {
            return Some(format!("`{path}` leads nowhere"));
        };
        let folder = whole.rsplit_once('/').map_or("/", |(folder, _)| folder);
        let needed = |folder: &String| {
            normal(&absolute(folder)).is_some_and(|folder| path::is_beneath(&whole, &folder))
        };
        Some(match self.needs.fs.iter().any(needed) {
            true => self.not_allowed("fs", folder),
            false => self.not_needed("fs", folder),
        })
    }

    fn not_needed(&self, key: &str, what: &str) -> String {
        let plugin = &self.plugin;
        format!(
            "`{what}` is not among what {plugin} needs: add it to `needs: {key}` in its plugin.yaml"
        )
    }

    fn not_allowed(&self, key: &str, what: &str) -> String {
        format!("`{what}` is not allowed to {}: {}", self.plugin, self.line(key, what))
    }

    /// Returns what to write, and where.
    fn line(&self, key: &str, what: &str) -> String {
        let Self { plugin, file, .. } = self;
        format!("add \"{what}\" to `plugins.{plugin}.allow.{key}` in {file}")
    }
}

/// Says whether a plugin may set a variable for its programs.
///
/// # Errors
/// Why not, as a phrase.
pub fn is_variable(name: &str) -> Result<(), String> {
    let fits = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if !fits {
        return Err(format!("`{name}` is not the name of an environment variable"));
    }
    if OURS.contains(&name) || LOADERS.iter().any(|loader| name.starts_with(loader)) {
        return Err(format!("`{name}` decides what a program runs, so no plugin sets it"));
    }
    Ok(())
}

/// What is known of a text before it is sent.
enum Known {
    Plain,
    Secret,
    Unknown,
}

fn known(text: &str) -> Known {
    let pieces = pieces(text);
    let is = |test: fn(&Piece<'_>) -> bool| pieces.iter().any(test);
    if is(|piece| matches!(piece, Piece::Secret(_))) {
        Known::Secret
    } else if is(|piece| matches!(piece, Piece::Unknown { .. })) {
        Known::Unknown
    } else {
        Known::Plain
    }
}
