//! `influxdb1.login`: a user and a password log in, and a wrong password does not.

use cutover_engine::ctx::Ctx;
use cutover_engine::spec::{Output, Param, Place, Repeat, Role, Spec};
use cutover_engine::step::{StepError, outputs};
use cutover_engine::types::Type;
use cutover_engine::value::Map;

use crate::built_in::BuiltIn;
use crate::influxdb1::query::{Answer, Server, answer, column};
use crate::params;

/// The length of the password that must be refused.
const WRONG: usize = 32;
const LETTERS: &str = "abcdefghijklmnopqrstuvwxyz";

const EXAMPLE: &str = r#"version: 1
name: try-an-influxdb1-login
description: Shows that a user and a password log in.
inputs:
  url: { type: string, default: "http://127.0.0.1:8086" }
  user: { type: string, default: svc_a }
  password: { type: secret, from: { env: INFLUXDB_PASSWORD } }
steps:
  - id: works
    uses: influxdb1.login
    with: { url: "{{ inputs.url }}", user: "{{ inputs.user }}", password: "{{ inputs.password }}" }
"#;

/// Returns the step.
///
/// Measured on InfluxDB 1.6.7: with `auth-enabled = false` every password passes everywhere;
/// `SHOW DATABASES` shows a user just what it may use.
pub(crate) fn step() -> BuiltIn {
    BuiltIn::new(spec(), |params, ctx| Box::pin(run(params, ctx)))
}

fn spec() -> Spec {
    Spec {
        name: "influxdb1.login".to_owned(),
        summary: "Shows that a user and a password log in to InfluxDB 1.".to_owned(),
        effect: "Asks the server for the databases with the password and once more with a wrong \
                 one, which must be refused: a server without authentication accepts any. With \
                 `database`, the user must be allowed to use that one."
            .to_owned(),
        recovery: "It only looks: it is asked again.".to_owned(),
        example: EXAMPLE.to_owned(),
        role: Role::Read,
        params: vec![
            Param::required("url", Type::Url, "The address of the server."),
            Param::required("user", Type::String, "The user."),
            Param::required("password", Type::Secret, "Its password."),
            Param::optional("database", Type::String, "A database that it must be allowed to use."),
        ],
        outputs: vec![Output::new("ok", Type::Boolean, "True; a refusal is an error.")],
        logs_in_with: Some(Place::new("value", &["password"])),
        repeat: Repeat::Safe,
        anywhere: true,
        ..Spec::default()
    }
}

async fn run(params: &Map, ctx: &Ctx<'_>) -> Result<Map, StepError> {
    let server = Server::of(params, "user", "password")?;
    log_in(ctx, &server, params::optional_text(params, "database")?.as_deref()).await?;
    Ok(outputs([("ok", true.into())]))
}

/// Logs in, and sees that a wrong password does not.
pub(super) async fn log_in(
    ctx: &Ctx<'_>,
    server: &Server,
    database: Option<&str>,
) -> Result<(), StepError> {
    let databases = column(&server.rows(ctx, "SHOW DATABASES").await?, "name");
    let wrong = ctx.random(WRONG, LETTERS).await?;
    let other = Server { password: wrong.to_mark(), ..server.clone() };
    match answer(ctx.raw(other.looks("SHOW DATABASES")).await, &server.user) {
        Err(error) if error.denied => {}
        Err(error) => return Err(error),
        Ok(Answer::Rows(_) | Answer::NoUser | Answer::UserExists)
        | Ok(Answer::NoDatabase | Answer::Error) => {
            let message = "the server accepts any password: authentication is off";
            let help = "set auth-enabled = true in the [http] section of its configuration";
            return Err(StepError::new(message).code("open").help(help));
        }
    }
    match database {
        Some(name) if !databases.iter().any(|one| one == name) => {
            let message = format!("`{}` logs in, but may not use `{name}`", server.user);
            Err(StepError::denied(message))
        }
        _ => Ok(()),
    }
}
