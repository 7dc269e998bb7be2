//! What an effect asks of the world: a look, answered at once, or a change with the form of its answer.

use cutover_engine::effect::{Call, Effect, EffectError, Reply};
use cutover_engine::time::Timestamp;
use cutover_engine::value::Value;
use indexmap::IndexMap;

use crate::secrets::Table;
use crate::world::World;
use crate::world::act::{Act, Done, No};

/// Makes a mark of a value; the name says where in the answer it stands.
pub(crate) type Seal<'a> = &'a dyn Fn(&str, &str) -> Value;

/// What an effect asks.
pub(crate) enum Asked {
    /// It only looks: this is the answer.
    Look(Result<Reply, EffectError>),
    /// It changes something.
    Change(Act, Form),
}

/// The form of a change's answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// JSON over HTTP.
    Http,
    /// What `influxctl` prints.
    Influxctl,
    /// What InfluxDB 1 answers: an error comes as HTTP 200.
    Influxdb1,
    /// A program without output.
    Program,
    /// A file of this machine: its write is over when the process is.
    File {
        /// Whether it changes anything.
        changed: bool,
    },
}

impl Form {
    /// Says whether what is asked so may land later, or lose its answer.
    pub(crate) fn is_remote(self) -> bool {
        match self {
            Self::Http | Self::Influxctl | Self::Influxdb1 | Self::Program => true,
            Self::File { .. } => false,
        }
    }
}

impl World {
    /// Returns the answer of a change. `seal` makes a mark of a value.
    pub(crate) fn answer(
        &self,
        form: Form,
        done: Result<Done, No>,
        seal: Seal<'_>,
    ) -> Result<Reply, EffectError> {
        match form {
            Form::Http => self.http_answer(done, seal),
            Form::Influxctl => self.influxctl_answer(done, seal),
            Form::Influxdb1 => Ok(influxdb1_answer(done)),
            Form::Program => Ok(Reply::Exec { code: 0, stdout: Value::Null }),
            Form::File { changed } => Ok(Reply::Written { changed }),
        }
    }

    fn http_answer(&self, done: Result<Done, No>, seal: Seal<'_>) -> Result<Reply, EffectError> {
        match done {
            Ok(Done::Token(number)) => {
                let token = &self.tokens[number];
                Ok(json([
                    ("id", token.id.as_str().into()),
                    ("token", seal("token", &token.value)),
                    ("expires_at", token.expires_at.into()),
                ]))
            }
            Ok(Done::Version(version)) => {
                Ok(json([("version", i64::try_from(version).unwrap_or(0).into())]))
            }
            Ok(Done::Nothing) => Ok(json([])),
            Err(No::NotFound) => Err(refused(404, "not found")),
            Err(No::Conflict | No::Exists) => Err(refused(409, "conflict")),
        }
    }

    fn influxctl_answer(
        &self,
        done: Result<Done, No>,
        seal: Seal<'_>,
    ) -> Result<Reply, EffectError> {
        match done {
            Ok(Done::Token(number)) => {
                let token = &self.tokens[number];
                let expires = token.expires_at.map(|at| at.to_string()).unwrap_or_default();
                let value = seal("token", &token.value);
                let value = value.as_text().unwrap_or_default();
                let id = &token.id;
                let text = format!("| id | {id} |\n| expires at | {expires} |\n\n{value}\n");
                Ok(Reply::Exec { code: 0, stdout: text.into() })
            }
            Ok(Done::Version(_) | Done::Nothing) => {
                Ok(Reply::Exec { code: 0, stdout: Value::Null })
            }
            Err(No::NotFound | No::Conflict | No::Exists) => Err(refused(1, "token not found")),
        }
    }
}

fn influxdb1_answer(done: Result<Done, No>) -> Reply {
    let error = match done {
        Ok(_) => None,
        Err(No::NotFound) => Some("user not found"),
        Err(No::Exists | No::Conflict) => Some("user already exists"),
    };
    results(Value::map(error.map(|error| ("error", error.into()))))
}

/// Returns the answer of InfluxDB 1 with one result.
pub(crate) fn results(result: Value) -> Reply {
    json([("results", Value::List(vec![result]))])
}

/// Returns an answer of JSON.
pub(crate) fn json<const N: usize>(pairs: [(&str, Value); N]) -> Reply {
    Reply::Http { status: 200, headers: IndexMap::new(), body: Value::map(pairs) }
}

/// Returns a refusal.
pub(crate) fn refused(code: i32, words: &str) -> EffectError {
    EffectError::Refused {
        message: format!("refused: {words}"),
        code,
        retryable: code == 429,
        retry_after: None,
        body: Value::Null,
        stderr: words.to_owned(),
    }
}

/// Returns the error of what did not happen.
pub(crate) fn not_sent(message: &str, retryable: bool) -> EffectError {
    EffectError::NotSent { message: message.to_owned(), retryable }
}

impl World {
    /// Understands an effect.
    pub(crate) fn ask(
        &mut self,
        call: &Call,
        table: &Table,
        seal: Seal<'_>,
        at: Timestamp,
    ) -> Asked {
        match &call.effect {
            Effect::Http(http) => self.http(http, table, seal, at),
            Effect::Exec(exec) => self.exec(exec, table, at),
            Effect::ReadFile(read) => Asked::Look(self.read_file(read, seal)),
            Effect::WriteFile(write) => self.write_file(write, &call.run, table),
            Effect::RestoreFile(file) => self.restore_file(file, &call.run, table),
            Effect::RemoveFile(file) => self.remove_file(file, &call.run),
            Effect::Sleep { .. } | Effect::Random { .. } | Effect::Log { .. } => {
                Asked::Look(Ok(Reply::Done))
            }
        }
    }
}
