//! A host that lets through only what a list allows: the capabilities of a plugin.

use std::path::{Component, Path, PathBuf};

use cutover_engine::effect::{Call, Effect, EffectError, Exec, Http, Reply};
use cutover_engine::event::Entry;
use cutover_engine::host::{Claim, Host, HostError, Key, Position, Secrets};
use cutover_engine::step::BoxFuture;
use cutover_engine::time::Timestamp;
use cutover_engine::value::{MARK_OPEN, shown};
use reqwest::Url;

/// What is allowed; nothing is the default.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Allow {
    /// Hosts: `vault.acme.internal` and `vault.acme.internal:8200` over https, or with the scheme
    /// written out: `http://127.0.0.1:8200`.
    pub http: Vec<String>,
    /// Programs, as they are named in argument lists.
    pub exec: Vec<String>,
    /// Folders: everything below them. `~` is the home folder.
    pub fs: Vec<String>,
    /// What the author says only looks, though it could write: `POST /search`, `vaultctl list`.
    pub reads: Vec<String>,
}

/// A host behind a list of what is allowed. Everything else is [`EffectError::Withheld`].
pub struct AllowHost<'a> {
    inner: &'a dyn Host,
    allow: Allow,
    folders: Vec<PathBuf>,
    home: PathBuf,
    cwd: PathBuf,
}

impl<'a> AllowHost<'a> {
    /// Wraps a host. Relative paths start from `cwd`, as they do in the host.
    pub fn new(inner: &'a dyn Host, allow: Allow, home: &Path, cwd: &Path) -> Self {
        let folders = allow.fs.iter().map(|folder| real(&absolute(folder, home, cwd))).collect();
        Self { inner, allow, folders, home: home.to_owned(), cwd: cwd.to_owned() }
    }

    /// Returns why an effect is not let through.
    fn refusal(&self, effect: &Effect) -> Option<String> {
        match effect {
            Effect::Http(http) => self.refuse_http(http),
            Effect::Exec(exec) => self.refuse_exec(exec),
            Effect::ReadFile(file) => self.refuse_path(&file.path),
            Effect::WriteFile(file) => {
                self.refuse_path(&file.path).or_else(|| match &file.content {
                    cutover_engine::effect::FileContent::Toml(edit) => {
                        edit.base.as_deref().and_then(|base| self.refuse_path(base))
                    }
                    cutover_engine::effect::FileContent::Text(_) => None,
                })
            }
            Effect::RestoreFile(file) => self.refuse_path(&file.path),
            Effect::RemoveFile(file) => self.refuse_path(&file.path),
            Effect::Sleep { .. } | Effect::Random { .. } | Effect::Log { .. } => None,
        }
    }

    fn refuse_http(&self, http: &Http) -> Option<String> {
        let asked = origin(&http.url);
        let listed = asked.as_ref().is_some_and(|asked| {
            self.allow
                .http
                .iter()
                .filter_map(|entry| origin(&with_scheme(entry)))
                .any(|one| one == *asked)
        });
        if !listed {
            let host = asked.map_or_else(
                || shown(&http.url),
                |(scheme, host, port)| format!("{scheme}://{host}:{port}"),
            );
            return Some(format!("`{host}` is not in `allow: http`"));
        }
        let looks = matches!(http.method.as_str(), "GET" | "HEAD" | "OPTIONS");
        if !http.reads || looks {
            return None;
        }
        let path = Url::parse(&http.url).map(|url| url.path().to_owned()).unwrap_or_default();
        let entry = format!("{} {path}", http.method);
        (!self.allow.reads.contains(&entry)).then(|| format!("`{entry}` is not in `allow: reads`"))
    }

    fn refuse_exec(&self, exec: &Exec) -> Option<String> {
        let name = exec.argv.first().map_or("", String::as_str);
        if !self.allow.exec.iter().any(|allowed| allowed == name) {
            return Some(format!("`{}` is not in `allow: exec`", shown(name)));
        }
        if !exec.reads {
            return None;
        }
        let begins = |entry: &String| {
            let words: Vec<&str> = entry.split_whitespace().collect();
            !words.is_empty()
                && words.len() <= exec.argv.len()
                && words.iter().zip(&exec.argv).all(|(word, argument)| word == argument)
        };
        let listed = self.allow.reads.iter().any(begins);
        (!listed).then(|| format!("`{}` is not in `allow: reads`", shown(&exec.argv.join(" "))))
    }

    fn refuse_path(&self, path: &str) -> Option<String> {
        let whole = real(&absolute(path, &self.home, &self.cwd));
        let listed = self.folders.iter().any(|folder| whole.starts_with(folder));
        (!listed || path.contains(MARK_OPEN))
            .then(|| format!("`{}` is not below a folder of `allow: fs`", shown(path)))
    }
}

impl Host for AllowHost<'_> {
    fn now(&self) -> Timestamp {
        self.inner.now()
    }

    fn claim<'a>(
        &'a self,
        run: &'a str,
        keys: &'a [Key],
    ) -> BoxFuture<'a, Result<Claim, HostError>> {
        self.inner.claim(run, keys)
    }

    fn record<'a>(
        &'a self,
        run: &'a str,
        after: Position,
        entries: &'a [Entry],
    ) -> BoxFuture<'a, Result<Position, HostError>> {
        self.inner.record(run, after, entries)
    }

    fn perform<'a>(&'a self, call: &'a Call) -> BoxFuture<'a, Result<Reply, EffectError>> {
        match self.refusal(&call.effect) {
            Some(message) => Box::pin(async { Err(EffectError::Withheld { message }) }),
            None => self.inner.perform(call),
        }
    }

    fn secrets(&self) -> &dyn Secrets {
        self.inner.secrets()
    }

    fn random(&self) -> Option<u128> {
        self.inner.random()
    }
}

fn with_scheme(entry: &str) -> String {
    if entry.contains("://") { entry.to_owned() } else { format!("https://{entry}") }
}

/// Returns scheme, host and port of an address; none where it has no host or hides one.
fn origin(url: &str) -> Option<(String, String, u16)> {
    if url.contains(MARK_OPEN) {
        return None;
    }
    let url = Url::parse(url).ok()?;
    let host = url.host_str()?.trim_end_matches('.').to_owned();
    Some((url.scheme().to_owned(), host, url.port_or_known_default()?))
}

fn absolute(path: &str, home: &Path, cwd: &Path) -> PathBuf {
    match path.strip_prefix('~') {
        Some("") => home.to_owned(),
        Some(rest) if rest.starts_with('/') => home.join(rest.trim_start_matches('/')),
        Some(_) | None => cwd.join(path),
    }
}

/// Returns a path without `.`, `..` and symlinks, as far as its folders are there. The last part
/// of a path that is there counts as what it points to.
fn real(path: &Path) -> PathBuf {
    if let Ok(real) = path.canonicalize() {
        return real;
    }
    let mut whole = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => {
                whole.pop();
            }
            Component::CurDir => {}
            Component::Normal(_) | Component::RootDir | Component::Prefix(_) => {
                whole.push(part);
                if let Ok(real) = whole.canonicalize() {
                    whole = real;
                }
            }
        }
    }
    whole
}
