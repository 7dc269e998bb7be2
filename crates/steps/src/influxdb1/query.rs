//! One statement to `POST /query`, and what its answer means.
//!
//! Measured on InfluxDB 1.6.7: an error of a statement comes as HTTP 200 with `error` in its
//! result; in a request with several statements the true error is overwritten, so one statement is
//! sent at a time; `'` and `\` in a password are escaped by `\`; a password over 72 bytes is
//! silently cut. A parse error echoes a piece of the statement, so no text of the server is ever
//! passed on: known texts are told in our words, all others by a phrase.

use cutover_engine::ctx::{Ctx, to_step_error};
use cutover_engine::effect::{Body, Effect, EffectError, Http, Keep, Reply};
use cutover_engine::step::StepError;
use cutover_engine::value::{Map, Value};

use crate::params;

/// How much of a password the server looks at.
const LONGEST_PASSWORD: usize = 72;

/// A server, and who asks it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Server {
    /// Its address.
    pub(super) url: String,
    /// The user.
    pub(super) user: String,
    /// The password, as a mark.
    pub(super) password: String,
}

/// What a statement answered.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Answer {
    /// Its rows; null where there are none.
    Rows(Value),
    /// There is no such user.
    NoUser,
    /// There is such a user, with another password or other rights.
    UserExists,
    /// There is no such database.
    NoDatabase,
    /// Another error of the statement.
    Error,
}

impl Server {
    /// Reads `url` and the user and password under some names.
    pub(super) fn of(params: &Map, user: &str, password: &str) -> Result<Self, StepError> {
        Ok(Self {
            url: params::text(params, "url")?.trim_end_matches('/').to_owned(),
            user: params::text(params, user)?,
            password: params::text(params, password)?,
        })
    }

    /// Makes the request of a statement that only looks.
    pub(super) fn looks(&self, statement: &str) -> Effect {
        self.request(statement, true)
    }

    /// Makes the request of a statement that changes something.
    pub(super) fn changes(&self, statement: &str) -> Effect {
        self.request(statement, false)
    }

    fn request(&self, statement: &str, reads: bool) -> Effect {
        let mut http = Http::new("POST", format!("{}/query", self.url));
        http.basic = Some((self.user.clone(), self.password.clone()));
        let form = [("q".to_owned(), statement.to_owned())];
        http.body = Body::Form(form.into_iter().collect());
        http.keep = Keep::Json { seal: Vec::new() };
        http.reads = reads;
        Effect::Http(http)
    }

    /// Asks a statement that only looks and returns its rows.
    pub(super) async fn rows(&self, ctx: &Ctx<'_>, statement: &str) -> Result<Value, StepError> {
        match answer(ctx.raw(self.looks(statement)).await, &self.user)? {
            Answer::Rows(rows) => Ok(rows),
            other => Err(other.to_error()),
        }
    }

    /// Returns the names of all users.
    pub(super) async fn users(&self, ctx: &Ctx<'_>) -> Result<Vec<String>, StepError> {
        Ok(column(&self.rows(ctx, "SHOW USERS").await?, "user"))
    }
}

/// Tells what a reply means; `user` is who asked.
pub(super) fn answer(reply: Result<Reply, EffectError>, user: &str) -> Result<Answer, StepError> {
    let body = match reply {
        Ok(Reply::Http { body, .. }) => body,
        Ok(_) => return Err(StepError::new("the host gave no answer of a request").code("bug")),
        Err(error) => return Err(refusal(&error, user)),
    };
    let result = body.get("results").items().first().cloned();
    let Some(result) = result else {
        let message = "the answer has no `results`: is this InfluxDB 1?";
        return Err(StepError::new(message).code("output"));
    };
    Ok(match result.get("error").as_text() {
        None => Answer::Rows(result.get("series").items().first().cloned().unwrap_or_default()),
        Some("user not found") => Answer::NoUser,
        Some("user already exists") => Answer::UserExists,
        Some(error) if error.starts_with("database not found") => Answer::NoDatabase,
        Some(_) => Answer::Error,
    })
}

fn refusal(error: &EffectError, user: &str) -> StepError {
    let EffectError::Refused { code, .. } = error else { return to_step_error(error) };
    match code {
        401 => StepError::denied(format!("the server refused the login of `{user}`")),
        403 => StepError::denied(format!("`{user}` is not allowed to do this")),
        400 => StepError::new("the server did not understand the statement").code("refused"),
        404 => StepError::new("no InfluxDB 1 answers at this address").code("not_found"),
        _ => to_step_error(error),
    }
}

impl Answer {
    /// Returns the error that it is; rows are none that was expected.
    pub(super) fn to_error(&self) -> StepError {
        let (code, message) = match self {
            Self::Rows(_) => ("output", "the server answered with rows that were not asked for"),
            Self::NoUser => ("not_found", "there is no such user"),
            Self::UserExists => ("exists", "the user is there, with another password or rights"),
            Self::NoDatabase => ("not_found", "there is no such database"),
            Self::Error => ("refused", "the server refused the statement"),
        };
        StepError::new(message).code(code)
    }
}

/// Returns the texts of a column of some rows.
pub(super) fn column(rows: &Value, name: &str) -> Vec<String> {
    let columns = rows.get("columns").items();
    let Some(index) = columns.iter().position(|column| column.as_text() == Some(name)) else {
        return Vec::new();
    };
    let cell = |row: &Value| row.items().get(index).and_then(Value::as_text).map(str::to_owned);
    rows.get("values").items().iter().filter_map(cell).collect()
}

/// Quotes the name of a user or a database.
pub(super) fn identifier(name: &str) -> String {
    let name = name.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
    format!("\"{name}\"")
}

/// Quotes a password, which stays a secret: a mark in, a mark in quotes out.
pub(super) fn password_literal(ctx: &Ctx<'_>, password: &str) -> Result<String, StepError> {
    let value = Value::from(password);
    if value.is_unknown() {
        return Ok(format!("'{password}'"));
    }
    let origin = value.handles().first().map(|handle| handle.origin.clone()).unwrap_or_default();
    let escape = |opened: &[String]| {
        let plain = opened.concat();
        if plain.len() > LONGEST_PASSWORD {
            return Err("the password is longer than 72 bytes, which the server would cut".into());
        }
        if plain.is_empty() {
            return Err("the password is empty".to_owned());
        }
        Ok(plain.replace('\\', "\\\\").replace('\'', "\\'").replace('\n', "\\n"))
    };
    let quoted = ctx
        .secrets()
        .derive(&format!("influxql_quote {origin}"), &[password], &escape)
        .map_err(|why| StepError::new(why).code("parameter"))?;
    Ok(format!("'{}'", quoted.to_mark()))
}

#[cfg(test)]
mod tests {
    use cutover_engine::value::Value;
    use indexmap::IndexMap;

    use super::*;

    fn answered(body: Value) -> Result<Answer, StepError> {
        answer(Ok(Reply::Http { status: 200, headers: IndexMap::new(), body }), "admin")
    }

    fn result(pairs: Vec<(&str, Value)>) -> Value {
        let result = Value::map(pairs);
        Value::map([("results", Value::List(vec![result]))])
    }

    #[test]
    fn an_error_under_http_200_is_told_apart() {
        for (error, expected) in [
            ("user not found", Answer::NoUser),
            ("user already exists", Answer::UserExists),
            ("database not found: \"x\"", Answer::NoDatabase),
            ("error parsing query: found fake-password", Answer::Error),
        ] {
            assert_eq!(answered(result(vec![("error", error.into())])), Ok(expected));
        }
        assert!(!Answer::Error.to_error().message.contains("fake-password"));
    }

    #[test]
    fn an_answer_without_results_is_not_taken_for_success() {
        assert_eq!(answered(Value::Null).unwrap_err().code, "output");
        assert_eq!(answered(Value::map([("ok", Value::Bool(true))])).unwrap_err().code, "output");
    }

    #[test]
    fn names_are_quoted_so_that_they_stay_names() {
        assert_eq!(identifier("svc_a"), r#""svc_a""#);
        assert_eq!(identifier(r#"a" WITH \"#), r#""a\" WITH \\""#);
    }

    #[test]
    fn a_column_is_found_by_its_name() {
        let row = |user: &str| Value::List(vec![user.into(), Value::Bool(true)]);
        let rows = Value::map([
            ("columns", Value::List(vec!["user".into(), "admin".into()])),
            ("values", Value::List(vec![row("a"), row("b")])),
        ]);
        assert_eq!(column(&rows, "user"), ["a", "b"]);
        assert_eq!(column(&rows, "admin"), Vec::<String>::new());
        assert_eq!(column(&Value::Null, "user"), Vec::<String>::new());
    }
}
