//! Steps of made-up providers: one for every way in which a create can be found again.

mod creates;
mod others;
mod places;

use cutover_engine::ctx::Ctx;
use cutover_engine::effect::{Body, Http, Keep};
use cutover_engine::spec::Spec;
use cutover_engine::step::{BoxFuture, Registry, Step, StepError};
use cutover_engine::value::{Map, Value};

use crate::world::SIM;

type Run = for<'a> fn(&'a Map, &'a Ctx<'a>) -> BoxFuture<'a, Result<Map, StepError>>;
type Read = for<'a> fn(&'a Map, &'a Ctx<'a>) -> BoxFuture<'a, Result<Option<Map>, StepError>>;
type Undo = for<'a> fn(&'a Map, &'a Map, &'a Ctx<'a>) -> BoxFuture<'a, Result<(), StepError>>;

/// A made-up step.
struct MadeUp {
    spec: Spec,
    run: Run,
    read: Option<Read>,
    undo: Option<Undo>,
}

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

impl MadeUp {
    fn new(spec: Spec, run: Run) -> Self {
        Self { spec, run, read: None, undo: None }
    }

    fn with_read(mut self, read: Read) -> Self {
        self.spec.has_read = true;
        self.read = Some(read);
        self
    }

    fn with_undo(mut self, undo: Undo) -> Self {
        self.spec.has_undo = true;
        self.undo = Some(undo);
        self
    }
}

impl Step for MadeUp {
    fn spec(&self) -> &Spec {
        &self.spec
    }

    fn read<'a>(
        &'a self,
        params: &'a Map,
        ctx: &'a Ctx<'a>,
    ) -> BoxFuture<'a, Result<Option<Map>, StepError>> {
        match self.read {
            Some(read) => read(params, ctx),
            None => Box::pin(async { Ok(None) }),
        }
    }

    fn run<'a>(
        &'a self,
        params: &'a Map,
        ctx: &'a Ctx<'a>,
    ) -> BoxFuture<'a, Result<Map, StepError>> {
        (self.run)(params, ctx)
    }

    fn undo<'a>(
        &'a self,
        params: &'a Map,
        done: &'a Map,
        ctx: &'a Ctx<'a>,
    ) -> BoxFuture<'a, Result<(), StepError>> {
        match self.undo {
            Some(undo) => undo(params, done, ctx),
            None => Box::pin(async { Ok(()) }),
        }
    }
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
