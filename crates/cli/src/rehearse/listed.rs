//! What the fake of a plugin lists of what a workflow made: asked through the step that its create
//! names as its list.

use std::sync::Arc;

use cutover_engine::ctx::{Ctx, Mode, Scope};
use cutover_engine::event::{Entry, Event};
use cutover_engine::host::Host;
use cutover_engine::known::Known;
use cutover_engine::spec::{Role, Spec};
use cutover_engine::step::Step;
use cutover_engine::time::Duration;
use cutover_engine::value::{Map, Value, shown};
use cutover_sandbox::Minted;

use super::Script;
use super::points::Points;
use super::process::{Watch, set_up};
use super::take::Take;
use crate::exit::Problem;

/// How long a fake may take to list.
const PATIENCE: Duration = Duration::seconds(60);

/// Returns the creates of a workflow whose provider is played by a fake that can list what was made.
pub(super) fn creates<'a>(script: &'a Script, take: &Take) -> Vec<&'a Spec> {
    let specs = script.checked.nodes().iter().map(|node| node.step.spec());
    let plays = |spec: &&Spec| {
        let plugin = spec.name.split('.').next().unwrap_or_default();
        spec.role == Role::Create && spec.list.is_some() && take.fakes.contains_key(plugin)
    };
    specs.filter(plays).collect()
}

/// Returns everything that was ever made by them, as far as it is still listed.
///
/// # Errors
/// Where the state cannot be read, or a list not be asked.
pub(super) fn tokens(script: &Script, take: &Take) -> Result<Vec<Minted>, Problem> {
    let mut all = Vec::new();
    for create in creates(script, take) {
        let list = create.list.as_ref().and_then(|list| script.registry.get(list));
        let (Some(list), Some(params)) = (list, last_params(take, &create.name)?) else { continue };
        let outputs = ask(take, list, &params)?;
        let items = outputs.values().flat_map(Value::items);
        all.extend(items.filter_map(|item| minted(item, create, take)));
    }
    Ok(all)
}

/// The parameters of the newest try of a create.
fn last_params(take: &Take, create: &str) -> Result<Option<Map>, Problem> {
    for row in take.read(|journal| journal.runs())? {
        let history = take.history(&row.run)?;
        let params = history.into_iter().rev().find_map(|Entry { event, .. }| match event {
            Event::Started(started) if started.uses == create => Some(started.params),
            _ => None,
        });
        if params.is_some() {
            return Ok(params);
        }
    }
    Ok(None)
}

fn ask(take: &Take, list: &Arc<dyn Step>, created: &Map) -> Result<Map, Problem> {
    let stage = set_up(take, (Points::new(None), Watch::Redacted), &Arc::default())?;
    let params = list.spec().params.iter();
    let of = |name: &str| created.get(name).filter(|value| !value.is_null()).cloned();
    let params: Map = params
        .map(|param| (param.name.clone(), of(&param.name).unwrap_or(param.default.clone())))
        .collect();
    let now = Host::now(&stage);
    let scope = Scope {
        run: String::new(),
        step: "list".to_owned(),
        attempt: 1,
        marker: String::new(),
        deadline: now + PATIENCE,
        started_at: now,
        mode: Mode::Run,
        may_write: false,
        current: None,
        waited: None,
        known: Known::default(),
    };
    let runtime = crate::commands::runtime().map_err(|error| Problem::edge(error.to_string()))?;
    let told = runtime.block_on(async { list.run(&params, &Ctx::new(&stage, scope)).await });
    told.map_err(|error| {
        Problem::wrong(format!("`{}` cannot be asked: {}", list.spec().name, error.message))
    })
}

/// What was there before is described alike in every world: each has markers of its own.
fn minted(item: &Value, create: &Spec, take: &Take) -> Option<Minted> {
    let text = |name: &str| match item.get(name) {
        Value::Text(text) => Some(shown(text)),
        Value::Int(number) => Some(number.to_string()),
        _ => None,
    };
    let id = text("id")?;
    let description = match take.before.iter().any(|old| old.id == id) {
        true => format!("what {} made before", create.name),
        false => text("marker").unwrap_or_default(),
    };
    let prefix = text("prefix").unwrap_or_default();
    Some(Minted { id, description, prefix, live: *item.get("live") != Value::Bool(false) })
}
