//! Creates: what the provider lets us do after a lost answer differs.

use cutover_engine::ctx::Ctx;
use cutover_engine::spec::{Mints, Output, Param, Place, Role, Spec};
use cutover_engine::step::{StepError, outputs};
use cutover_engine::time::Duration;
use cutover_engine::types::Type;
use cutover_engine::value::{Map, Value};

use super::{MadeUp, ask, is_not_found, others, send, text, value};

/// How long after its deadline a request may land and be listed.
const SETTLE: Duration = Duration::seconds(40);

fn spec(name: &str, account: &str, mints: Mints) -> Spec {
    Spec {
        name: name.to_owned(),
        role: Role::Create,
        params: vec![
            Param::optional("account", Type::String, "the account").or(account),
            Param::required("note", Type::String, "what it is for"),
            Param::optional("expires_at", Type::Timestamp, "when it dies"),
        ],
        outputs: vec![
            Output::new("id", Type::String, "its id"),
            Output::new("token", Type::Secret, "its value"),
            Output::new("expires_at", Type::Timestamp, "when it dies").nullable(),
        ],
        mints: Some(mints),
        logs_in_with: Some(Place::new("sim_admin", &[])),
        list: Some("sim.list".to_owned()),
        revoke: Some("sim.revoke".to_owned()),
        expires: Some("expires_at".to_owned()),
        settle: SETTLE,
        propagation: Duration::seconds(60),
        ..Spec::default()
    }
}

/// The provider keeps text of ours.
pub(super) fn marker() -> MadeUp {
    let spec = spec("sim.create", "sim", Mints::Marker);
    MadeUp::new(spec, |params, ctx| Box::pin(make(false, params, ctx)))
        .with_read(|params, ctx| Box::pin(find(params, ctx)))
        .with_undo(|params, done, ctx| Box::pin(take_back(params, done, ctx)))
}

/// The provider lists ids alone; those that were there before are handed in.
pub(super) fn diff() -> MadeUp {
    let mut spec = spec("sim.diff.create", "diff", Mints::Diff);
    let known = Type::list(Type::String);
    spec.params.push(Param::required("known", known, "the ids that were there before"));
    MadeUp::new(spec, |params, ctx| Box::pin(make(false, params, ctx)))
        .with_read(|params, ctx| Box::pin(find(params, ctx)))
        .with_undo(|params, done, ctx| Box::pin(take_back(params, done, ctx)))
}

/// The provider ends the old one in the same call.
pub(super) fn in_place() -> MadeUp {
    let mut spec = spec("sim.rotate", "single", Mints::Marker);
    spec.in_place = true;
    MadeUp::new(spec, |params, ctx| Box::pin(make(true, params, ctx)))
        .with_read(|params, ctx| Box::pin(find(params, ctx)))
}

/// The provider neither lists nor keeps text of ours.
pub(super) fn blind() -> MadeUp {
    let spec = Spec { list: None, ..spec("sim.blind.create", "blind", Mints::Blind) };
    MadeUp::new(spec, |params, ctx| Box::pin(make(false, params, ctx)))
        .with_undo(|params, done, ctx| Box::pin(take_back(params, done, ctx)))
}

async fn make(in_place: bool, params: &Map, ctx: &Ctx<'_>) -> Result<Map, StepError> {
    let account = text(params, "account");
    let known = params.get("known").map(Value::items);
    let shows = |current: &&String| {
        known.is_none_or(|ids| ids.iter().any(|id| id.as_text() == Some(current.as_str())))
    };
    if let Some(current) = ctx.scope().current.as_ref().filter(|current| !shows(current)) {
        // Whatever it made could not be told from what was there before.
        let message = format!("the list that was taken before does not show {current}");
        return Err(StepError::new(message).code("another_account"));
    }
    let note = format!("{} {}", text(params, "note"), ctx.key());
    let body = vec![
        ("text", note.into()),
        ("expires_at", value(params, "expires_at")),
        ("in_place", in_place.into()),
    ];
    let made = send(ctx, "POST", &format!("{account}/tokens"), body).await?;
    let of = |name: &str| made.get(name).clone();
    Ok(outputs([("id", of("id")), ("token", of("token")), ("expires_at", of("expires_at"))]))
}

/// Returns the live ids that the try in question made.
async fn ours(params: &Map, ctx: &Ctx<'_>) -> Result<Vec<String>, StepError> {
    let account = text(params, "account");
    let listed = ask(ctx, "GET", &format!("{account}/tokens")).await?;
    others::right_account(listed.get("tokens").items(), ctx)?;
    let known = params.get("known").map(Value::items).unwrap_or_default();
    let current = ctx.scope().current.as_deref();
    let is_ours = |token: &&Value| {
        // What is in use is no try's, whatever the list that was taken before did not show.
        let in_use = current.is_some() && token.get("id").as_text() == current;
        let live = token.get("live") == &Value::Bool(true) && !in_use;
        let new = match params.contains_key("known") {
            true => !known.contains(token.get("id")),
            false => token.get("text").as_text().is_some_and(|text| text.ends_with(ctx.key())),
        };
        live && new
    };
    let tokens = listed.get("tokens").items().iter().filter(is_ours);
    Ok(tokens.filter_map(|token| token.get("id").as_text().map(str::to_owned)).collect())
}

async fn find(params: &Map, ctx: &Ctx<'_>) -> Result<Option<Map>, StepError> {
    let mut ids = ours(params, ctx).await?.into_iter();
    match (ids.next(), ids.next()) {
        (None, _) => Ok(None),
        (Some(id), None) => Ok(Some(outputs([("id", id.into()), ("expires_at", Value::Null)]))),
        (Some(_), Some(_)) => {
            let message = "more than one could be what this try has made";
            Err(StepError::new(message).code("ambiguous"))
        }
    }
}

async fn take_back(params: &Map, done: &Map, ctx: &Ctx<'_>) -> Result<(), StepError> {
    let account = text(params, "account");
    let mut ids = if account == "blind" { Vec::new() } else { ours(params, ctx).await? };
    if let Some(id) = done.get("id").and_then(Value::as_text) {
        ids.retain(|of| account != "diff" || of == id);
        if !ids.iter().any(|of| of == id) {
            ids.push(id.to_owned());
        }
    }
    for id in ids {
        match ask(ctx, "DELETE", &format!("{account}/tokens/{id}")).await {
            Err(error) if is_not_found(&error) => others::unknown(params, &id, ctx, error).await?,
            ended => drop(ended?),
        }
    }
    Ok(())
}
