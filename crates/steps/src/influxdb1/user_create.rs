//! `influxdb1.user.create`: makes a user with a password of ours, and its rights.

use cutover_engine::ctx::Ctx;
use cutover_engine::spec::{Mints, Output, Param, Place, Repeat, Role, Spec};
use cutover_engine::step::{Fate, StepError, outputs};
use cutover_engine::time::Duration;
use cutover_engine::types::Type;
use cutover_engine::value::{Map, Value};

use crate::built_in::BuiltIn;
use crate::influxdb1::login::log_in;
use crate::influxdb1::query::{Answer, Server, answer, column, identifier, password_literal};
use crate::influxdb1::user_drop;
use crate::params;

const EXAMPLE: &str = r#"version: 1
name: make-an-influxdb1-user
description: Makes a user with a password that is stored before it is set.
inputs:
  url: { type: string, default: "http://127.0.0.1:8086" }
  admin_user: { type: string, default: admin }
  admin_password: { type: secret, from: { env: INFLUXDB_ADMIN_PASSWORD } }
  file: { type: path, default: svc_b.password }
steps:
  - id: password
    uses: secret.generate

  - id: keep
    uses: file.write
    with: { path: "{{ inputs.file }}", content: "{{ steps.password.value }}" }

  - id: create
    uses: influxdb1.user.create
    with:
      url: "{{ inputs.url }}"
      admin_user: "{{ inputs.admin_user }}"
      admin_password: "{{ inputs.admin_password }}"
      user: svc_b
      password: "{{ steps.password.value }}"

  - id: works
    uses: influxdb1.login
    verifies: create
    with: { url: "{{ inputs.url }}", user: svc_b, password: "{{ steps.password.value }}" }
    retry: { max_attempts: 3, delay: 1s }
"#;

/// Returns the step.
///
/// A user is made by one write, `CREATE USER`. Its rights are follow-ups of that write, one `GRANT`
/// a request: each may be sent twice, none is sent unless the user was made, and `read` looks for
/// all of them, so that a lost one is settled like a lost `CREATE USER`. Where a right is refused
/// the user is dropped again, so that a failure leaves nothing behind.
///
/// Measured on InfluxDB 1.6.7: an identical `CREATE USER` succeeds again; with another password it
/// is `user already exists`; users and rights take effect at once.
pub(crate) fn step() -> BuiltIn {
    BuiltIn::new(spec(), |params, ctx| Box::pin(run(params, ctx)))
        .with_read(|params, ctx| Box::pin(read(params, ctx)))
        .with_undo(|params, done, ctx| Box::pin(undo(params, done, ctx)))
}

fn spec() -> Spec {
    Spec {
        name: "influxdb1.user.create".to_owned(),
        summary: "Makes a user of InfluxDB 1 with a password that the workflow chose.".to_owned(),
        effect: "Sends `CREATE USER`, then one `GRANT` for each right. That every database is \
                 there is looked up before. A user that is there with another password is an \
                 error. One user has one password: a rotation without an interruption takes two \
                 names in turn. Passwords over 72 bytes are refused: the server would cut them."
            .to_owned(),
        recovery: "After a crash or a lost answer it is looked up whether the user is there, \
                   whether the password logs in and whether it has all its rights; if so that is \
                   the result, else everything is sent again, which changes nothing twice. Undo \
                   drops the user, where the password still logs in. Where the password is not \
                   known any more and no place holds it, nobody can tell whose the user is: it is \
                   left alone, and a person drops it."
            .to_owned(),
        example: EXAMPLE.to_owned(),
        role: Role::Create,
        params: spec_params(),
        outputs: vec![Output::new("id", Type::String, "The user's name.")],
        logs_in_with: Some(Place::new("value", &["admin_password"])),
        mints: Some(Mints::Chosen),
        chosen: Some("password".to_owned()),
        revoke: Some("influxdb1.user.drop".to_owned()),
        settle: Duration::seconds(10),
        propagation: Duration::seconds(0),
        repeat: Repeat::Safe,
        anywhere: true,
        ..Spec::default()
    }
}

fn spec_params() -> Vec<Param> {
    let privileges = ["read", "write", "all"].map(str::to_owned).to_vec();
    let grant = Type::object([("database", Type::String), ("privilege", Type::Enum(privileges))]);
    vec![
        Param::required("url", Type::Url, "The address of the server."),
        Param::required("admin_user", Type::String, "The user that makes it."),
        Param::required("admin_password", Type::Secret, "That user's password."),
        Param::required("user", Type::String, "The name of the new user."),
        Param::required("password", Type::Secret, "Its password."),
        Param::optional("grants", Type::list(grant), "What it may do, database by database."),
    ]
}

/// A right: a database and what may be done to it.
struct Grant {
    database: String,
    privilege: String,
}

async fn run(params: &Map, ctx: &Ctx<'_>) -> Result<Map, StepError> {
    let server = Server::of(params, "admin_user", "admin_password")?;
    let user = user(params)?;
    let grants = grants(params)?;
    let password = password_literal(ctx, &params::text(params, "password")?)?;
    check_databases(ctx, &server, &grants).await?;
    let statement = format!("CREATE USER {} WITH PASSWORD {password}", identifier(&user));
    match answer(ctx.raw(server.changes(&statement)).await, &server.user)? {
        Answer::Rows(_) => {}
        Answer::UserExists => {
            return Err(Answer::UserExists
                .to_error()
                .help(format!("drop `{user}` first, if nothing uses it")));
        }
        other => return Err(other.to_error()),
    }
    for grant in &grants {
        give(ctx, &server, &user, grant).await?;
    }
    Ok(outputs([("id", user.into())]))
}

/// Gives one right. Where it is refused the user is dropped again.
async fn give(ctx: &Ctx<'_>, server: &Server, user: &str, grant: &Grant) -> Result<(), StepError> {
    let (database, name) = (identifier(&grant.database), identifier(user));
    let privilege = grant.privilege.to_uppercase();
    let statement = format!("GRANT {privilege} ON {database} TO {name}");
    let error = match answer(ctx.follow_up(server.changes(&statement)).await, &server.user) {
        Ok(Answer::Rows(_)) => return Ok(()),
        Ok(other) => other.to_error(),
        Err(error) if error.fate == Fate::Lost => return Err(error),
        Err(error) => error,
    };
    let taken_back = ctx.follow_up(server.changes(&user_drop::statement(user))).await;
    match answer(taken_back, &server.user) {
        Ok(Answer::Rows(_) | Answer::NoUser) => Err(error),
        // The user is still there: `read` and `undo` have to settle that.
        Ok(_) | Err(_) => Err(StepError { fate: Fate::Lost, ..error }),
    }
}

async fn read(params: &Map, ctx: &Ctx<'_>) -> Result<Option<Map>, StepError> {
    let server = Server::of(params, "admin_user", "admin_password")?;
    let user = user(params)?;
    if !server.users(ctx).await?.contains(&user) {
        return Ok(None);
    }
    match log_in(ctx, &own_login(params, ctx, &server, &user)?, None).await {
        Ok(()) => {}
        Err(error) if error.denied => return Ok(None),
        Err(error) => return Err(error),
    }
    let granted = server.rows(ctx, &format!("SHOW GRANTS FOR {}", identifier(&user))).await?;
    let has_all = grants(params)?.iter().all(|grant| grant.is_in(&granted));
    Ok(has_all.then(|| outputs([("id", user.into())])))
}

async fn undo(params: &Map, _done: &Map, ctx: &Ctx<'_>) -> Result<(), StepError> {
    let server = Server::of(params, "admin_user", "admin_password")?;
    let user = user(params)?;
    if !server.users(ctx).await?.contains(&user) {
        return Ok(());
    }
    match log_in(ctx, &own_login(params, ctx, &server, &user)?, None).await {
        Ok(()) => user_drop::drop(ctx, &server, &user).await,
        Err(error) if error.denied => {
            let message = format!("`{user}` has another password than this run gave it");
            Err(StepError::new(message).code("not_ours").help("it was left alone"))
        }
        Err(error) => Err(error),
    }
}

/// Returns the login of the new user, where its password is still known.
fn own_login(
    params: &Map,
    ctx: &Ctx<'_>,
    server: &Server,
    user: &str,
) -> Result<Server, StepError> {
    let password = params::text(params, "password")?;
    if params::is_gone(ctx, &password) {
        let message = format!("`{user}` is there, and its password is not known any more");
        return Err(StepError::new(message)
            .code("gone")
            .help("where nothing uses that user, drop it; then resume the run"));
    }
    Ok(Server { user: user.to_owned(), password, ..server.clone() })
}

/// Sees before anything is written that every database is there.
async fn check_databases(
    ctx: &Ctx<'_>,
    server: &Server,
    grants: &[Grant],
) -> Result<(), StepError> {
    if grants.is_empty() {
        return Ok(());
    }
    let databases = match server.rows(ctx, "SHOW DATABASES").await {
        // A preview goes on to the write.
        Err(error) if error.fate == Fate::Previewed => return Ok(()),
        rows => column(&rows?, "name"),
    };
    match grants.iter().find(|grant| !databases.contains(&grant.database)) {
        Some(missing) => {
            let message = format!("there is no database `{}`", missing.database);
            Err(StepError::new(message).code("not_found"))
        }
        None => Ok(()),
    }
}

fn user(params: &Map) -> Result<String, StepError> {
    let user = params::text(params, "user")?;
    if user.trim().is_empty() {
        return Err(params::wrong("user", "is empty"));
    }
    Ok(user)
}

fn grants(params: &Map) -> Result<Vec<Grant>, StepError> {
    let grant = |item: &Value| {
        Ok(Grant {
            database: params::as_text(item.get("database"), "grants")?,
            privilege: params::as_text(item.get("privilege"), "grants")?,
        })
    };
    params::items(params, "grants")?.iter().map(grant).collect()
}

impl Grant {
    /// Says whether `SHOW GRANTS` shows it.
    fn is_in(&self, granted: &Value) -> bool {
        let databases = column(granted, "database");
        let privileges = column(granted, "privilege");
        let wanted = match self.privilege.as_str() {
            "all" => "ALL PRIVILEGES".to_owned(),
            other => other.to_uppercase(),
        };
        databases.iter().zip(&privileges).any(|(database, privilege)| {
            *database == self.database && (*privilege == wanted || privilege == "ALL PRIVILEGES")
        })
    }
}
