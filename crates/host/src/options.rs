//! What a host is opened with.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use cutover_engine::planted::Planted;
use cutover_engine::value::Value;
use indexmap::IndexMap;

/// How much room the disk must have before a write is announced: enough for its result and for
/// what the journal needs to end the run.
pub const FREE_FLOOR: u64 = 16 * 1024 * 1024;

/// Takes lines for people and logs.
pub type LogSink = Arc<dyn Fn(&LogLine) + Send + Sync>;

/// Looks a variable of our own environment up.
pub type Variables = Arc<dyn Fn(&str) -> Option<String> + Send + Sync>;

/// A line for people and logs: escaped, without secrets.
#[derive(Debug, Clone, PartialEq)]
pub struct LogLine {
    /// How loud: `debug`, `info`, `warn`, `error`.
    pub level: &'static str,
    /// The run.
    pub run: String,
    /// The step.
    pub step: String,
    /// The words.
    pub message: String,
    /// More, as a map.
    pub fields: Value,
}

/// What a host is opened with. Nothing of it is read from the process by the host itself.
#[derive(Clone)]
pub struct Options {
    /// The journal's file; its folder is made 0700 where it is not there.
    pub state: PathBuf,
    /// What `~` stands for, and `HOME` of children.
    pub home: PathBuf,
    /// What relative paths start from, and where children run.
    pub cwd: PathBuf,
    /// `PATH` of children; programs are looked for in it.
    pub path: String,
    /// `LANG` of children.
    pub lang: Option<String>,
    /// More that every child is given.
    pub env: IndexMap<String, String>,
    /// Where `from: {env: NAME}` looks.
    pub variables: Variables,
    /// Whether the second net is on. Only a test that looks for leaks turns it off.
    pub redact: bool,
    /// Who takes log lines; none drops them.
    pub log: Option<LogSink>,
    /// How many free bytes the disk must have before a write is announced.
    pub floor: u64,
    /// Whether requests go to this machine only: in a sandbox.
    pub only_here: bool,
    /// The planted bug, in tests that show that a check can fail.
    pub planted: Planted,
}

impl Options {
    /// Makes options with an empty environment, the usual `PATH`, the second net on and no log.
    pub fn new(
        state: impl Into<PathBuf>,
        home: impl Into<PathBuf>,
        cwd: impl Into<PathBuf>,
    ) -> Self {
        Self {
            state: state.into(),
            home: home.into(),
            cwd: cwd.into(),
            path: "/usr/local/bin:/usr/bin:/bin".to_owned(),
            lang: None,
            env: IndexMap::new(),
            variables: Arc::new(|_| None),
            redact: true,
            log: None,
            floor: FREE_FLOOR,
            only_here: false,
            planted: Planted::default(),
        }
    }

    /// Returns an absolute path: `~` and `~/x` are in the home folder, others start from the
    /// working folder.
    pub(crate) fn absolute(&self, path: &str) -> PathBuf {
        match path.strip_prefix('~') {
            Some("") => self.home.clone(),
            Some(rest) if rest.starts_with('/') => self.home.join(rest.trim_start_matches('/')),
            Some(_) | None => self.cwd.join(path),
        }
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options").field("state", &self.state).finish_non_exhaustive()
    }
}
