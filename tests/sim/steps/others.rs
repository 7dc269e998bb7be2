//! Logging in, listing, revoking, and something that is registered by name.

use cutover_engine::ctx::Ctx;
use cutover_engine::effect::{Http, Keep};
use cutover_engine::spec::{Output, Param, Place, Repeat, Role, Spec};
use cutover_engine::step::{Fate, StepError, outputs};
use cutover_engine::time::Duration;
use cutover_engine::types::Type;
use cutover_engine::value::{Map, Value};

use super::{MadeUp, ask, is_not_found, text};
use crate::world::SIM;

/// How often a list is asked for what a revoke did, and how long is waited between two looks.
const LOOKS: u32 = 5;
const PAUSE: Duration = Duration::seconds(5);

fn account() -> Param {
    Param::optional("account", Type::String, "the account").or("sim")
}

/// Logs in with a value.
pub(super) fn login() -> MadeUp {
    let spec = Spec {
        name: "sim.login".to_owned(),
        role: Role::Read,
        params: vec![Param::required("token", Type::Secret, "the value")],
        outputs: vec![Output::new("id", Type::String, "whose it is").nullable()],
        logs_in_with: Some(Place::new("value", &["token"])),
        ..Spec::default()
    };
    MadeUp::new(spec, |params, ctx| Box::pin(log_in(params, ctx)))
}

async fn log_in(params: &Map, ctx: &Ctx<'_>) -> Result<Map, StepError> {
    let mut http = Http::new("GET", format!("{SIM}login"));
    http.headers.insert("authorization".to_owned(), text(params, "token").to_owned());
    http.keep = Keep::Json { seal: Vec::new() };
    let (_, body) = ctx.http(http).await?;
    Ok(outputs([("id", body.get("id").clone())]))
}

/// Lists the ids of an account.
pub(super) fn list() -> MadeUp {
    let spec = Spec {
        name: "sim.list".to_owned(),
        role: Role::Read,
        params: vec![account()],
        outputs: vec![Output::new("ids", Type::list(Type::String), "all ids")],
        logs_in_with: Some(Place::new("sim_admin", &[])),
        ..Spec::default()
    };
    MadeUp::new(spec, |params, ctx| Box::pin(list_ids(params, ctx)))
}

async fn list_ids(params: &Map, ctx: &Ctx<'_>) -> Result<Map, StepError> {
    let tokens = tokens(params, ctx).await?;
    let ids = tokens.iter().map(|token| token.get("id").clone()).collect();
    Ok(outputs([("ids", Value::List(ids))]))
}

async fn tokens(params: &Map, ctx: &Ctx<'_>) -> Result<Vec<Value>, StepError> {
    let listed = ask(ctx, "GET", &format!("{}/tokens", text(params, "account"))).await?;
    Ok(listed.get("tokens").items().to_vec())
}

/// Ends a token.
pub(super) fn revoke() -> MadeUp {
    let spec = Spec {
        name: "sim.revoke".to_owned(),
        role: Role::Revoke,
        params: vec![account(), Param::required("token_id", Type::String, "which one")],
        revokes: Some("token_id".to_owned()),
        logs_in_with: Some(Place::new("sim_admin", &[])),
        repeat: Repeat::Safe,
        settle: Duration::seconds(40),
        ..Spec::default()
    };
    MadeUp::new(spec, |params, ctx| Box::pin(end(params, ctx)))
        .with_read(|params, ctx| Box::pin(is_gone(params, ctx)))
}

async fn end(params: &Map, ctx: &Ctx<'_>) -> Result<Map, StepError> {
    let (account, id) = (text(params, "account"), text(params, "token_id"));
    match ask(ctx, "DELETE", &format!("{account}/tokens/{id}")).await {
        Err(error) if is_not_found(&error) => unknown(params, id, ctx, error).await?,
        ended => drop(ended?),
    }
    let sent = |error: StepError| StepError { fate: Fate::Lost, ..error };
    for _ in 0..LOOKS {
        if !shows_live(&tokens(params, ctx).await.map_err(sent)?, id) {
            return Ok(Map::new());
        }
        ctx.sleep(ctx.now() + PAUSE).await.map_err(sent)?;
    }
    Err(sent(StepError::retryable("the list does not show it gone yet").code("not_yet")))
}

/// A token that is not found is gone only where the same list shows the current one.
pub(super) async fn unknown(
    params: &Map,
    id: &str,
    ctx: &Ctx<'_>,
    error: StepError,
) -> Result<(), StepError> {
    let tokens = tokens(params, ctx).await?;
    if shows_live(&tokens, id) {
        // A list lags: what is not found may only not be shown gone yet.
        return Err(StepError { retryable: true, ..error });
    }
    match &ctx.scope().current {
        Some(current) if shows_live(&tokens, current) => Ok(()),
        None if !tokens.is_empty() => Ok(()),
        Some(_) | None => Err(error),
    }
}

/// A list that does not show what is in use is not that of the right account.
pub(super) fn right_account(tokens: &[Value], ctx: &Ctx<'_>) -> Result<(), StepError> {
    match &ctx.scope().current {
        Some(current) if !shows(tokens, current) => {
            Err(StepError::retryable("the list does not show what is in use").code("account"))
        }
        Some(_) | None => Ok(()),
    }
}

fn shows(tokens: &[Value], id: &str) -> bool {
    tokens.iter().any(|token| token.get("id").as_text() == Some(id))
}

fn shows_live(tokens: &[Value], id: &str) -> bool {
    let of = |token: &&Value| token.get("id").as_text() == Some(id);
    tokens.iter().find(of).is_some_and(|token| token.get("live") == &Value::Bool(true))
}

async fn is_gone(params: &Map, ctx: &Ctx<'_>) -> Result<Option<Map>, StepError> {
    let tokens = tokens(params, ctx).await?;
    let id = text(params, "token_id");
    let listed = shows(&tokens, id);
    Ok((listed && !shows_live(&tokens, id)).then(Map::new))
}

/// Something that is registered by name.
pub(super) fn hook() -> MadeUp {
    let spec = Spec {
        name: "sim.hook".to_owned(),
        role: Role::Other,
        params: vec![Param::required("name", Type::String, "its name")],
        repeat: Repeat::Safe,
        settle: Duration::seconds(40),
        ..Spec::default()
    };
    MadeUp::new(spec, |params, ctx| Box::pin(register(params, ctx)))
        .with_read(|params, ctx| Box::pin(is_registered(params, ctx)))
        .with_undo(|params, _, ctx| Box::pin(remove(params, ctx)))
}

async fn register(params: &Map, ctx: &Ctx<'_>) -> Result<Map, StepError> {
    ask(ctx, "PUT", &format!("hooks/{}", text(params, "name"))).await?;
    Ok(Map::new())
}

async fn is_registered(params: &Map, ctx: &Ctx<'_>) -> Result<Option<Map>, StepError> {
    match ask(ctx, "GET", &format!("hooks/{}", text(params, "name"))).await {
        Ok(_) => Ok(Some(Map::new())),
        Err(error) if error.message.contains("no such thing") => Ok(None),
        Err(error) => Err(error),
    }
}

async fn remove(params: &Map, ctx: &Ctx<'_>) -> Result<(), StepError> {
    match ask(ctx, "DELETE", &format!("hooks/{}", text(params, "name"))).await {
        Err(error) if is_not_found(&error) => Ok(()),
        removed => removed.map(|_| ()),
    }
}
