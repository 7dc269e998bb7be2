//! `influxdb1.user.drop`: ends a user of InfluxDB 1.

use cutover_engine::ctx::Ctx;
use cutover_engine::spec::{Param, Place, Repeat, Role, Spec};
use cutover_engine::step::StepError;
use cutover_engine::time::Duration;
use cutover_engine::types::Type;
use cutover_engine::value::Map;

use crate::built_in::BuiltIn;
use crate::influxdb1::query::{Answer, Server, answer, identifier};
use crate::params;

const EXAMPLE: &str = r#"version: 1
name: drop-an-influxdb1-user
description: Drops one user by its name.
inputs:
  url: { type: string, default: "http://127.0.0.1:8086" }
  admin_user: { type: string, default: admin }
  admin_password: { type: secret, from: { env: INFLUXDB_ADMIN_PASSWORD } }
  user: { type: string, description: The user to drop. }
steps:
  - id: drop
    uses: influxdb1.user.drop
    with:
      url: "{{ inputs.url }}"
      admin_user: "{{ inputs.admin_user }}"
      admin_password: "{{ inputs.admin_password }}"
      user: "{{ inputs.user }}"
"#;

/// Returns the step.
///
/// Measured on InfluxDB 1.6.7: dropping a user that is not there is `user not found` under HTTP
/// 200; a drop takes effect at once. If the last admin is dropped while other users remain, no
/// admin can be made any more: a user that drops itself is refused here.
pub(crate) fn step() -> BuiltIn {
    BuiltIn::new(spec(), |params, ctx| Box::pin(run(params, ctx)))
        .with_read(|params, ctx| Box::pin(read(params, ctx)))
}

fn spec() -> Spec {
    Spec {
        name: "influxdb1.user.drop".to_owned(),
        summary: "Drops a user of InfluxDB 1, for good.".to_owned(),
        effect: "Sends `DROP USER`. A user that is not there counts as dropped where the list of \
                 users shows the one that is in use. It refuses to drop the user that it logs in \
                 as."
        .to_owned(),
        recovery: "The list of users tells whether it is gone; if not, it is dropped again, once \
                   the first request cannot land any more: by then the name may be in use again. \
                   There is no undo: the password is not known any more."
            .to_owned(),
        example: EXAMPLE.to_owned(),
        role: Role::Revoke,
        params: vec![
            Param::required("url", Type::Url, "The address of the server."),
            Param::required("admin_user", Type::String, "The user that drops it."),
            Param::required("admin_password", Type::Secret, "That user's password."),
            Param::required("user", Type::String, "The user to drop."),
        ],
        logs_in_with: Some(Place::new("value", &["admin_password"])),
        revokes: Some("user".to_owned()),
        settle: Duration::seconds(10),
        repeat: Repeat::Safe,
        anywhere: true,
        ..Spec::default()
    }
}

async fn run(params: &Map, ctx: &Ctx<'_>) -> Result<Map, StepError> {
    let (server, user) = asked(params)?;
    drop(ctx, &server, &user).await?;
    Ok(Map::new())
}

async fn read(params: &Map, ctx: &Ctx<'_>) -> Result<Option<Map>, StepError> {
    let (server, user) = asked(params)?;
    let users = server.users(ctx).await?;
    let is_gone = shows(&users, &server, ctx) && !users.contains(&user);
    Ok(is_gone.then(Map::new))
}

/// Says whether a list tells by what it lacks: it shows who asks, and the user that is in use.
fn shows(users: &[String], server: &Server, ctx: &Ctx<'_>) -> bool {
    let current = ctx.scope().current.as_ref();
    users.contains(&server.user) && current.is_none_or(|current| users.contains(current))
}

/// Drops a user; one that is not there is fine.
pub(super) async fn drop(ctx: &Ctx<'_>, server: &Server, user: &str) -> Result<(), StepError> {
    if user == server.user {
        let message = format!("`{user}` would drop itself");
        return Err(StepError::new(message).code("own_login"));
    }
    match answer(ctx.raw(server.changes(&statement(user))).await, &server.user)? {
        Answer::Rows(_) => Ok(()),
        Answer::NoUser => is_gone(&server.users(ctx).await?, server, user, ctx),
        other => Err(other.to_error()),
    }
}

/// Believes that a user is not there where the list that does not show it shows what is in use.
fn is_gone(users: &[String], server: &Server, user: &str, ctx: &Ctx<'_>) -> Result<(), StepError> {
    if users.iter().any(|of| of == user) {
        let message = format!("`{user}` was not found, and its list shows it");
        return Err(StepError::retryable(message).code("not_gone"));
    }
    if shows(users, server, ctx) {
        return Ok(());
    }
    Err(Answer::NoUser
        .to_error()
        .help("its list does not show the one that is in use either: is it the right server?"))
}

/// Returns the statement that drops a user.
pub(super) fn statement(user: &str) -> String {
    format!("DROP USER {}", identifier(user))
}

fn asked(params: &Map) -> Result<(Server, String), StepError> {
    let server = Server::of(params, "admin_user", "admin_password")?;
    let user = params::text(params, "user")?;
    if user.trim().is_empty() {
        return Err(params::wrong("user", "is empty"));
    }
    Ok((server, user))
}
