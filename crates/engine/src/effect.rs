//! Effects on the world: a closed list, plain data, and what comes back.
//!
//! Text in an effect holds secrets as marks. Only `LocalHost` opens them, at the last moment: into
//! a header, a body before it is encoded, standard input, an environment, a file.

use std::sync::Arc;

use indexmap::IndexMap;

use crate::grant::Grant;
use crate::known::Known;
use crate::time::{Duration, Timestamp};
use crate::value::{Handle, Value};

/// An effect with the place in the run that asks for it.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// The run's id; empty for what is asked for outside a run.
    pub run: String,
    /// The step's path, such as `create`, `push[3]`, `undo:publish`.
    pub step: String,
    /// Which try of the step, from 1.
    pub attempt: u32,
    /// When it must have ended.
    pub deadline: Timestamp,
    /// What to do.
    pub effect: Effect,
    /// What a plugin's step may reach; none for built-in ones, which are what they are.
    pub grant: Option<Arc<Grant>>,
}

/// Whether an effect may change something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Access {
    /// It touches nothing outside: randomness, a log line, a pause.
    Pure,
    /// It only looks.
    Read,
    /// It may change something.
    Write,
}

/// One thing to do in the world.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// An HTTP request.
    Http(Http),
    /// A program.
    Exec(Exec),
    /// Reads a file.
    ReadFile(ReadFile),
    /// Writes a file, whole or one entry of it.
    WriteFile(WriteFile),
    /// Puts back what a former [`Effect::WriteFile`] or [`Effect::RemoveFile`] of this run replaced.
    RestoreFile(RestoreFile),
    /// Removes a file, its former self kept.
    RemoveFile(RemoveFile),
    /// Waits until a moment.
    Sleep {
        /// The moment.
        until: Timestamp,
    },
    /// Draws random characters and seals them: the reply is one secret.
    Random {
        /// How many characters.
        length: usize,
        /// The characters to draw from.
        alphabet: String,
    },
    /// Writes a line for people and logs.
    Log {
        /// How loud: `debug`, `info`, `warn`, `error`.
        level: &'static str,
        /// The words.
        message: String,
        /// More, as a map.
        fields: Value,
    },
}

/// Headers of an answer that may hold what logs in.
pub const HIDDEN_HEADERS: [&str; 7] = [
    "set-cookie",
    "set-cookie2",
    "authorization",
    "www-authenticate",
    "proxy-authenticate",
    "proxy-authorization",
    "authentication-info",
];

/// An HTTP request. Redirects stay on the host; nothing is ever sent twice by the client.
#[derive(Debug, Clone, PartialEq)]
pub struct Http {
    /// `GET`, `POST`, ..
    pub method: String,
    /// The address; a secret only where the step's spec lets one in (that of a webhook).
    pub url: String,
    /// What is added to the address's query, encoded; without secrets.
    pub query: IndexMap<String, String>,
    /// Headers; values may hold secrets.
    pub headers: IndexMap<String, String>,
    /// HTTP basic authentication: user and password; the password may be a secret.
    pub basic: Option<(String, String)>,
    /// The body; may hold secrets, opened before it is encoded.
    pub body: Body,
    /// What to make of the answer.
    pub keep: Keep,
    /// The author says that it changes nothing, whatever the method.
    pub reads: bool,
    /// Status codes that are an answer; empty for 2xx.
    pub accept: Vec<u16>,
}

/// A body, before it is encoded.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Body {
    /// None.
    #[default]
    Empty,
    /// JSON.
    Json(Value),
    /// `application/x-www-form-urlencoded`.
    Form(IndexMap<String, String>),
    /// Text as it is.
    Text(String),
}

/// A program: argument list, no shell, cleared environment.
#[derive(Debug, Clone, PartialEq)]
pub struct Exec {
    /// Program and arguments; never a secret.
    pub argv: Vec<String>,
    /// Which of `argv` are paths of ours: there `~` is the home folder.
    pub paths: Vec<usize>,
    /// Environment beside `PATH`, `HOME`, `LANG`; values may hold secrets.
    pub env: IndexMap<String, String>,
    /// Standard input; may hold secrets.
    pub stdin: Option<String>,
    /// Files with secrets, made 0600 in a folder of their own for this call and removed after it:
    /// `{name}` in `argv` becomes the path.
    pub files: IndexMap<String, FileContent>,
    /// Working folder; none for ours.
    pub cwd: Option<String>,
    /// What to make of standard output.
    pub keep: Keep,
    /// Whether it changes nothing.
    pub reads: bool,
    /// Exit codes that are an answer.
    pub accept: Vec<i32>,
}

/// What to make of text that comes back: an answer, an output, a file.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Keep {
    /// Nothing.
    #[default]
    Nothing,
    /// The text, cleaned; not for what may hold secrets.
    Text,
    /// The whole text as one secret, a last line break taken off.
    Secret,
    /// JSON, with what these pointers name sealed: `/token`, `/items/*/token`; `*` is any one step.
    Json {
        /// The pointers.
        seal: Vec<String>,
    },
    /// A map with the answer as `json`, what these pointers name sealed; where it is no JSON and
    /// nothing is to be sealed, as `text`. Null for an empty one.
    Answer {
        /// The pointers.
        seal: Vec<String>,
    },
    /// TOML, with what these pointers name sealed: `/profile/*/mgmt_token`.
    Toml {
        /// The pointers.
        seal: Vec<String>,
    },
    /// The text, with every word that begins so sealed (`M.V1.`), and the last line that is not
    /// blank, where it is one word.
    Lines {
        /// How a word begins that is a secret.
        seal_words: Vec<String>,
        /// Whether the last line, where it is one word, is a secret.
        seal_last: bool,
    },
}

/// Reads a whole file. `NotFound` is a [`Reply::Missing`], not an error.
#[derive(Debug, Clone, PartialEq)]
pub struct ReadFile {
    /// The path; `~` is the home folder.
    pub path: String,
    /// What to make of the text.
    pub keep: Keep,
}

/// Writes a file: temporary file, sync, rename, sync of the folder; never through a symlink.
#[derive(Debug, Clone, PartialEq)]
pub struct WriteFile {
    /// The path; `~` is the home folder.
    pub path: String,
    /// The content; may hold secrets.
    pub content: FileContent,
    /// The mode; none keeps that of the file (0600 for a new one).
    pub mode: Option<u32>,
}

/// The content of a file.
#[derive(Debug, Clone, PartialEq)]
pub enum FileContent {
    /// The whole text.
    Text(String),
    /// One table of an array of tables of a TOML file; everything else stays as it is written.
    Toml(TomlEdit),
}

/// Sets keys of one table in an array of tables of a TOML file, format kept.
#[derive(Debug, Clone, PartialEq)]
pub struct TomlEdit {
    /// The file to start from; none for the one that is written.
    pub base: Option<String>,
    /// The name of the array, such as `profile`.
    pub array: String,
    /// The key that tells the tables apart, such as `name`.
    pub key: String,
    /// Its value in the table that is meant.
    pub is: String,
    /// What to set.
    pub set: IndexMap<String, String>,
    /// Where there is no such table: copy these keys of the table with this value of `key`.
    pub copy_from: Option<(String, Vec<String>)>,
}

/// Puts a file's former self back, or one entry of it.
#[derive(Debug, Clone, PartialEq)]
pub struct RestoreFile {
    /// The path; `~` is the home folder.
    pub path: String,
    /// What this run wrote: only where the file still holds it is anything put back. With a
    /// [`FileContent::Toml`] just its keys are compared and put back. None for a removed file.
    pub wrote: Option<FileContent>,
    /// What is still known of the secrets in that which died with another process.
    pub known: Known,
}

/// Removes a file; one that is not there is fine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoveFile {
    /// The path; `~` is the home folder.
    pub path: String,
}

/// What came back.
#[derive(Debug, Clone, PartialEq)]
pub enum Reply {
    /// Nothing to tell.
    Done,
    /// An HTTP answer with an accepted status.
    Http {
        /// The status.
        status: u16,
        /// Response headers, lower-case names; `set-cookie` and authentication headers left out.
        headers: IndexMap<String, String>,
        /// The body as [`Keep`] said.
        body: Value,
    },
    /// A program that ended with an accepted code.
    Exec {
        /// The exit code.
        code: i32,
        /// Standard output as [`Keep`] said.
        stdout: Value,
    },
    /// A file that is there.
    File {
        /// Its content as [`Keep`] said.
        content: Value,
        /// Its mode: permissions, and what stands above them.
        mode: u32,
    },
    /// There is no such file.
    Missing,
    /// What was written, restored or removed: whether the file was changed by it.
    Written {
        /// False where it already was so.
        changed: bool,
    },
    /// A secret.
    Secret(Handle),
}

/// An effect that gave no reply. Messages are ours, never a body, never a secret.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum EffectError {
    /// It did not happen: no connection, no such program, a file that cannot be opened.
    #[error("{message}")]
    NotSent {
        /// Why.
        message: String,
        /// Whether trying again may help.
        retryable: bool,
    },
    /// It did not happen, and never will: a secret in it died with the process that had it.
    #[error("{message}")]
    Gone {
        /// Which.
        message: String,
    },
    /// The other side said no, and nothing was changed.
    #[error("{message}")]
    Refused {
        /// What it said, in our words.
        message: String,
        /// The HTTP status or exit code.
        code: i32,
        /// Whether trying again may help (429).
        retryable: bool,
        /// What `Retry-After` asked for.
        retry_after: Option<Duration>,
        /// A refused answer's body, kept as [`Keep`] said; null for programs.
        body: Value,
        /// The last lines of standard error, cleaned and with every live secret taken out.
        stderr: String,
    },
    /// It was sent and no answer came: it may have happened, or may yet.
    #[error("{message}")]
    Lost {
        /// Why.
        message: String,
    },
    /// A wrapper does not let it through: a preview that met a write, a plugin outside its `allow`.
    #[error("{message}")]
    Withheld {
        /// Why.
        message: String,
    },
    /// The edge failed: a sync that failed, a full disk, a fenced journal. The run stops where it is.
    #[error("{0}")]
    Edge(crate::host::HostError),
}

impl Effect {
    /// Says whether it may change something.
    pub fn access(&self) -> Access {
        match self {
            Self::Http(http) => http_access(http),
            Self::Exec(exec) if exec.reads => Access::Read,
            Self::ReadFile(_) => Access::Read,
            Self::Exec(_) | Self::WriteFile(_) | Self::RestoreFile(_) | Self::RemoveFile(_) => {
                Access::Write
            }
            Self::Sleep { .. } | Self::Random { .. } | Self::Log { .. } => Access::Pure,
        }
    }
}

fn http_access(http: &Http) -> Access {
    match http.method.as_str() {
        "GET" | "HEAD" | "OPTIONS" => Access::Read,
        _ if http.reads => Access::Read,
        _ => Access::Write,
    }
}

impl Http {
    /// Makes a request without a body that keeps nothing of the answer.
    pub fn new(method: &str, url: impl Into<String>) -> Self {
        Self {
            method: method.to_owned(),
            url: url.into(),
            query: IndexMap::new(),
            headers: IndexMap::new(),
            basic: None,
            body: Body::Empty,
            keep: Keep::Nothing,
            reads: false,
            accept: Vec::new(),
        }
    }
}

impl Exec {
    /// Makes a program call that keeps nothing of the output and accepts exit code 0.
    pub fn new(argv: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self {
            argv: argv.into_iter().map(Into::into).collect(),
            paths: Vec::new(),
            env: IndexMap::new(),
            stdin: None,
            files: IndexMap::new(),
            cwd: None,
            keep: Keep::Nothing,
            reads: false,
            accept: vec![0],
        }
    }
}
