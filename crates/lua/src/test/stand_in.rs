//! A plugin's fake as the stand-in of its service where a workflow is rehearsed: it lives as long as
//! the world of one take, whatever becomes of the processes in it.

use std::rc::Rc;
use std::sync::Arc;
use std::sync::mpsc;
use std::thread::{Builder, JoinHandle};

use cutover_engine::ctx::Ctx;
use cutover_engine::effect::{Call, EffectError, Reply};
use cutover_engine::host::Secrets;
use cutover_engine::spec::Spec;
use cutover_engine::step::{BoxFuture, Step, StepError};
use cutover_engine::value::{Map, Value};

use super::STACK;
use super::link::{Link, link, serve};
use super::perform::perform;
use super::secrets::{Table, open};
use super::world::World;
use crate::files::Files;

/// Where a plugin keeps the fake of its service.
const FAKE: &str = "tests/fake.lua";
/// What the names of the configuration's parameters begin with.
const CONFIG: &str = "config.";

/// A fake that plays a service.
pub struct StandIn {
    link: Link,
    worker: Option<JoinHandle<()>>,
    config: Arc<Settings>,
}

/// A step of a plugin whose service is played: it is given the configuration of the fake in place of
/// the workflow's.
pub struct Rehearsed {
    step: Arc<dyn Step>,
    config: Arc<Settings>,
}

/// The configuration that a fake is right with, and the table of its secrets.
#[derive(Default)]
struct Settings {
    values: Map,
    table: Table,
}

impl StandIn {
    /// Begins the fake of a plugin; none where it keeps none.
    ///
    /// # Errors
    /// Where the fake cannot be read, with the place.
    pub fn begin(files: &Files) -> Option<Result<Self, String>> {
        files.get(FAKE)?;
        let files = files.clone();
        let (link, inbox) = link();
        let (began, begun) = mpsc::channel();
        let work = move || {
            let world = World::load(&Rc::new(files), FAKE);
            let world = world.and_then(|world| Ok((config(&world)?, world)));
            match world {
                Err(why) => drop(began.send(Err(why))),
                Ok((config, world)) => {
                    // Who asked for it may have gone; then nothing is asked of it either.
                    drop(began.send(Ok(config)));
                    serve(&world, &inbox);
                }
            }
        };
        let worker = match Builder::new().stack_size(STACK).spawn(work) {
            Ok(worker) => worker,
            Err(error) => return Some(Err(format!("no thread for a fake: {error}"))),
        };
        let ended = || Err("the fake has ended".to_owned());
        let config = begun.recv().unwrap_or_else(|_| ended());
        Some(config.map(|config| Self { link, worker: Some(worker), config: Arc::new(config) }))
    }

    /// Returns a step of its plugin as it is rehearsed.
    pub fn rehearsed(&self, step: Arc<dyn Step>) -> Rehearsed {
        Rehearsed { step, config: Arc::clone(&self.config) }
    }

    /// Returns what of the fake's configuration is text and no secret, such as its address.
    pub fn addresses(&self) -> Vec<String> {
        let texts = self.config.values.values().filter_map(Value::as_text);
        texts.filter(|text| text.contains("://")).map(str::to_owned).collect()
    }

    /// Does one thing in the world of the fake, and stands still until it is done.
    ///
    /// # Errors
    /// What the real host would say of such an answer, and where the fake has none.
    pub fn perform(&self, secrets: &dyn Secrets, call: &Call) -> Result<Reply, EffectError> {
        perform(&self.link, secrets, call)
    }
}

impl Drop for StandIn {
    fn drop(&mut self) {
        self.link.over();
        if let Some(worker) = self.worker.take() {
            // A fake that broke has said so to whoever asked it last.
            drop(worker.join());
        }
    }
}

fn config(world: &World) -> Result<Settings, String> {
    let table = Table::default();
    let seal = |plain: String| Value::from(table.seal("config", plain));
    let values = match world.settings(&seal)? {
        Some(Value::Map(values)) => values,
        Some(_) | None => Map::new(),
    };
    Ok(Settings { values, table })
}

impl Rehearsed {
    /// Returns the parameters with the fake's configuration in place.
    fn params(&self, params: &Map, secrets: &dyn Secrets) -> Map {
        let mut params = params.clone();
        for (name, value) in &self.config.values {
            let Some(param) = params.get_mut(&format!("{CONFIG}{name}")) else { continue };
            let plain = value.as_text().filter(|_| value.is_secret());
            *param = match plain.map(|text| open(&self.config.table, text)) {
                Some(Ok(plain)) => secrets.seal(&format!("inputs.{name}"), plain).into(),
                Some(Err(_)) | None => value.clone(),
            };
        }
        params
    }
}

impl Step for Rehearsed {
    fn spec(&self) -> &Spec {
        self.step.spec()
    }

    fn read<'a>(
        &'a self,
        params: &'a Map,
        ctx: &'a Ctx<'a>,
    ) -> BoxFuture<'a, Result<Option<Map>, StepError>> {
        Box::pin(async move { self.step.read(&self.params(params, ctx.secrets()), ctx).await })
    }

    fn before<'a>(
        &'a self,
        params: &'a Map,
        ctx: &'a Ctx<'a>,
    ) -> BoxFuture<'a, Result<Map, StepError>> {
        Box::pin(async move { self.step.before(&self.params(params, ctx.secrets()), ctx).await })
    }

    fn run<'a>(
        &'a self,
        params: &'a Map,
        ctx: &'a Ctx<'a>,
    ) -> BoxFuture<'a, Result<Map, StepError>> {
        Box::pin(async move { self.step.run(&self.params(params, ctx.secrets()), ctx).await })
    }

    fn undo<'a>(
        &'a self,
        params: &'a Map,
        done: &'a Map,
        ctx: &'a Ctx<'a>,
    ) -> BoxFuture<'a, Result<(), StepError>> {
        Box::pin(
            async move { self.step.undo(&self.params(params, ctx.secrets()), done, ctx).await },
        )
    }
}
