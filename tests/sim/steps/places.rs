//! Places: a vault with versions and compare-and-set, and a remote place whose writes land late.

use cutover_engine::ctx::Ctx;
use cutover_engine::spec::{Output, Param, Place, Repeat, Role, Spec};
use cutover_engine::step::{StepError, outputs};
use cutover_engine::time::Duration;
use cutover_engine::types::Type;
use cutover_engine::value::{Map, Value};

use super::{MadeUp, ask, send, text, value};

/// How long after its deadline a write may land.
const SETTLE: Duration = Duration::seconds(40);

fn vault() -> Place {
    Place::new("sim_vault", &["path"])
}

fn remote() -> Place {
    Place::new("sim_remote", &["name"])
}

fn named(name: &str) -> Param {
    Param::required(name, Type::String, "which one")
}

fn writes(name: &str, place: &Place) -> Spec {
    Spec {
        name: name.to_owned(),
        params: vec![
            named(&place.args[0]),
            Param::required("value", Type::Secret, "what to keep"),
            Param::optional("version", Type::Integer, "the version that it replaces"),
        ],
        outputs: vec![Output::new("version", Type::Integer, "which version it is")],
        settle: SETTLE,
        ..Spec::default()
    }
}

fn reads(name: &str, place: &Place) -> Spec {
    let out = |name: &str, ty| Output::new(name, ty, "what is there").nullable();
    Spec {
        name: name.to_owned(),
        role: Role::Read,
        params: vec![named(&place.args[0])],
        outputs: vec![
            out("value", Type::Secret),
            out("version", Type::Integer),
            out("id", Type::String),
        ],
        reads_from: Some(place.clone()),
        ..Spec::default()
    }
}

fn checks(name: &str, place: &Place) -> Spec {
    Spec {
        name: name.to_owned(),
        role: Role::Read,
        params: vec![named(&place.args[0])],
        logs_in_with: Some(place.clone()),
        ..Spec::default()
    }
}

/// A store.
pub(super) fn vault_put() -> MadeUp {
    let spec = Spec {
        role: Role::Store,
        stores_at: Some(vault()),
        read_back: Some("sim.vault.get".to_owned()),
        ..writes("sim.vault.put", &vault())
    };
    MadeUp::new(spec, |params, ctx| Box::pin(put(params, ctx)))
        .with_read(|params, ctx| Box::pin(find("vault", "path", params, ctx)))
        .with_undo(|params, done, ctx| Box::pin(put_back(params, done, ctx)))
}

/// What the store holds.
pub(super) fn vault_get() -> MadeUp {
    let spec = reads("sim.vault.get", &vault());
    MadeUp::new(spec, |params, ctx| Box::pin(get("vault", "path", params, ctx)))
}

/// Logs in with what the store holds.
pub(super) fn vault_check() -> MadeUp {
    let spec = checks("sim.vault.check", &vault());
    MadeUp::new(spec, |params, ctx| Box::pin(check("vault", "path", params, ctx)))
}

/// A remote place of a consumer.
pub(super) fn remote_set() -> MadeUp {
    let spec = Spec {
        role: Role::Publish,
        publishes_to: Some(remote()),
        read_back: Some("sim.remote.get".to_owned()),
        ..writes("sim.remote.set", &remote())
    };
    MadeUp::new(spec, |params, ctx| Box::pin(set(params, ctx)))
        .with_read(|params, ctx| Box::pin(find("remote", "name", params, ctx)))
        .with_undo(|params, done, ctx| Box::pin(set_back(params, done, ctx)))
}

/// A remote place that is written without a look: what got no answer is sent again.
pub(super) fn remote_send() -> MadeUp {
    let spec = Spec {
        role: Role::Publish,
        publishes_to: Some(remote()),
        read_back: Some("sim.remote.get".to_owned()),
        repeat: Repeat::Safe,
        ..writes("sim.remote.send", &remote())
    };
    MadeUp::new(spec, |params, ctx| Box::pin(set(params, ctx)))
        .with_undo(|params, done, ctx| Box::pin(set_back(params, done, ctx)))
}

/// What the remote place holds.
pub(super) fn remote_get() -> MadeUp {
    let spec = reads("sim.remote.get", &remote());
    MadeUp::new(spec, |params, ctx| Box::pin(get("remote", "name", params, ctx)))
}

/// Logs in with what the remote place holds.
pub(super) fn remote_check() -> MadeUp {
    let spec = checks("sim.remote.check", &remote());
    MadeUp::new(spec, |params, ctx| Box::pin(check("remote", "name", params, ctx)))
}

async fn get(kind: &str, arg: &str, params: &Map, ctx: &Ctx<'_>) -> Result<Map, StepError> {
    let held = ask(ctx, "GET", &format!("{kind}/{}", text(params, arg))).await?;
    let of = |name: &str| held.get(name).clone();
    Ok(outputs([("value", of("value")), ("version", of("version")), ("id", of("id"))]))
}

async fn check(kind: &str, arg: &str, params: &Map, ctx: &Ctx<'_>) -> Result<Map, StepError> {
    ask(ctx, "GET", &format!("{kind}/{}/login", text(params, arg))).await?;
    Ok(Map::new())
}

fn same(ctx: &Ctx<'_>, a: &Value, b: &Value) -> bool {
    match (a.as_text(), b.as_text()) {
        (Some(a), Some(b)) => ctx.secrets().same(a, b),
        (None, None) => true,
        (Some(_), None) | (None, Some(_)) => false,
    }
}

async fn find(
    kind: &str,
    arg: &str,
    params: &Map,
    ctx: &Ctx<'_>,
) -> Result<Option<Map>, StepError> {
    let held = ask(ctx, "GET", &format!("{kind}/{}", text(params, arg))).await?;
    let ours = same(ctx, held.get("value"), &value(params, "value"));
    Ok(ours.then(|| outputs([("version", held.get("version").clone())])))
}

async fn put(params: &Map, ctx: &Ctx<'_>) -> Result<Map, StepError> {
    let path = format!("vault/{}", text(params, "path"));
    let version = match value(params, "version") {
        Value::Null => ask(ctx, "GET", &path).await?.get("version").clone(),
        given => given,
    };
    let body = vec![("value", value(params, "value")), ("version", version)];
    let put = send(ctx, "PUT", &path, body).await?;
    Ok(outputs([("version", put.get("version").clone())]))
}

/// Says whether a secret can still be compared.
fn is_known(ctx: &Ctx<'_>, value: &Value) -> bool {
    same(ctx, value, value)
}

/// Puts the version before ours back, as long as ours is there.
async fn put_back(params: &Map, done: &Map, ctx: &Ctx<'_>) -> Result<(), StepError> {
    let path = format!("vault/{}", text(params, "path"));
    let held = ask(ctx, "GET", &path).await?;
    let Value::Int(version) = held.get("version") else { return Ok(()) };
    let ours = value(params, "value");
    let known = is_known(ctx, &ours);
    // What it was given to replace was there before; somebody may have written in between.
    let replaced = match value(params, "version") {
        Value::Int(version) => Some(version),
        _ => None,
    };
    let before = |version: i64| format!("{path}/version/{}", replaced.unwrap_or(version - 1));
    let is_ours = match done.get("version") {
        Some(Value::Int(done)) if done == version => true,
        Some(Value::Int(_)) | None if known => same(ctx, held.get("value"), &ours),
        Some(Value::Int(_)) => false,
        Some(_) | None => return Err(cannot_tell()),
    };
    if is_ours {
        let former = ask(ctx, "GET", &before(*version)).await?;
        let body =
            vec![("value", former.get("value").clone()), ("version", held.get("version").clone())];
        return send(ctx, "PUT", &path, body).await.map(|_| ());
    }
    let Some(Value::Int(ours)) = done.get("version") else { return Ok(()) };
    let former = ask(ctx, "GET", &before(*ours)).await?;
    if same(ctx, held.get("value"), former.get("value")) { Ok(()) } else { Err(not_ours()) }
}

async fn set(params: &Map, ctx: &Ctx<'_>) -> Result<Map, StepError> {
    let path = format!("remote/{}", text(params, "name"));
    let body = vec![("value", value(params, "value")), ("run", ctx.scope().run.as_str().into())];
    let set = send(ctx, "PUT", &path, body).await?;
    Ok(outputs([("version", set.get("version").clone())]))
}

/// Puts back what the place held before this run, as long as ours is there.
async fn set_back(params: &Map, done: &Map, ctx: &Ctx<'_>) -> Result<(), StepError> {
    let path = format!("remote/{}", text(params, "name"));
    let held = ask(ctx, "GET", &path).await?;
    let former = match ask(ctx, "GET", &format!("{path}/former/{}", ctx.scope().run)).await {
        Err(error) if super::is_not_found(&error) || error.message.contains("former") => {
            return Ok(());
        }
        former => former?,
    };
    let ours = value(params, "value");
    if same(ctx, held.get("value"), former.get("value")) {
        return Ok(());
    }
    if !is_known(ctx, &ours) {
        return Err(cannot_tell());
    }
    if same(ctx, held.get("value"), &ours) {
        let body = vec![("value", former.get("value").clone())];
        return send(ctx, "PUT", &path, body).await.map(|_| ());
    }
    if done.is_empty() { Ok(()) } else { Err(not_ours()) }
}

/// What was written is not known any more, so that it cannot be told from somebody else's.
fn cannot_tell() -> StepError {
    StepError::new("it cannot be told whether the place holds what this run wrote").code("gone")
}

fn not_ours() -> StepError {
    StepError::new("somebody else has changed it meanwhile").code("not_ours")
}
