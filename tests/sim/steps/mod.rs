//! Steps of made-up providers: one for every way in which a create can be found again.

mod creates;
mod others;
mod places;

use cutover_engine::ctx::Ctx;
use cutover_engine::effect::{Body, Http, Keep};
use cutover_engine::step::{Registry, StepError};
use cutover_engine::value::{Map, Value};
use cutover_steps::BuiltIn as MadeUp;

use crate::world::SIM;

/// Returns the built-in steps and the made-up ones.
pub(crate) fn registry() -> Registry {
    let mut steps = cutover_steps::registry();
    steps.add(creates::marker());
    steps.add(creates::diff());
    steps.add(creates::in_place());
    steps.add(creates::blind());
    steps.add(places::vault_put());
    steps.add(places::vault_get());
    steps.add(places::vault_check());
    steps.add(places::remote_set());
    steps.add(places::remote_send());
    steps.add(places::remote_get());
    steps.add(places::remote_check());
    steps.add(others::login());
    steps.add(others::list());
    steps.add(others::revoke());
    steps.add(others::hook());
    steps
}

/// Sends a request without a body.
async fn ask(ctx: &Ctx<'_>, method: &str, path: &str) -> Result<Value, StepError> {
    let mut http = Http::new(method, format!("{SIM}{path}"));
    http.keep = Keep::Json { seal: vec!["/value".to_owned(), "/token".to_owned()] };
    ctx.http(http).await.map(|(_, body)| body)
}

/// Sends a request with a body of JSON.
async fn send(
    ctx: &Ctx<'_>,
    method: &str,
    path: &str,
    body: Vec<(&str, Value)>,
) -> Result<Value, StepError> {
    let mut http = Http::new(method, format!("{SIM}{path}"));
    http.body = Body::Json(Value::map(body));
    http.keep = Keep::Json { seal: vec!["/value".to_owned(), "/token".to_owned()] };
    ctx.http(http).await.map(|(_, body)| body)
}

fn text<'a>(params: &'a Map, name: &str) -> &'a str {
    params.get(name).and_then(Value::as_text).unwrap_or_default()
}

fn value(params: &Map, name: &str) -> Value {
    params.get(name).cloned().unwrap_or_default()
}

fn is_not_found(error: &StepError) -> bool {
    error.message.contains("not found")
}
