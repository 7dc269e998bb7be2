//! `cutover steps [NAME]`: the manual of the steps.

use cutover_engine::diagnostic::nearest;
use cutover_engine::spec::Spec;
use cutover_engine::step::Registry;
use serde_json::{Value as Json, json};

use crate::exit::{Exit, Problem};
use crate::plugins::Shelf;
use crate::render::manual;
use crate::session::Session;

/// Lists the steps, or shows one.
///
/// # Errors
/// Where there is no such step.
pub(crate) fn run(name: Option<&str>, session: &Session) -> anyhow::Result<Exit> {
    let registry = registry(name, session);
    let specs: Vec<&Spec> = registry.iter().map(|step| step.spec()).collect();
    match name {
        None => show_list(&specs, session)?,
        Some(name) => match registry.get(name) {
            Some(step) if session.out.is_human() => {
                session.out.data(&manual::page(step.spec(), session.out.columns()))?;
            }
            Some(step) => session.out.json(&manual::json(step.spec()))?,
            None => show_list(&beginning_with(name, &specs, &registry)?, session)?,
        },
    }
    Ok(Exit::Done)
}

/// Returns the built-in steps, and those of the plugin whose name a step begins with, where it is in
/// reach: declared by a workflow of this folder, or in a folder of that name.
fn registry(name: Option<&str>, session: &Session) -> Registry {
    let mut registry = cutover_steps::registry();
    let Some(plugin) = name.and_then(|name| name.split('.').next()) else { return registry };
    if registry.names().any(|step| step.split('.').next() == Some(plugin)) {
        return registry;
    }
    if let Some(found) = super::plugin::find(plugin) {
        Shelf::new(session).show(&mut registry, &found);
    }
    registry
}

fn show_list(specs: &[&Spec], session: &Session) -> anyhow::Result<()> {
    if session.out.is_human() {
        session.out.data(&manual::list(specs, session.out.columns()))?;
    } else {
        let steps: Vec<Json> = specs.iter().map(|spec| manual::json(spec)).collect();
        session.out.json(&json!({ "steps": steps }))?;
    }
    Ok(())
}

fn beginning_with<'a>(
    name: &str,
    specs: &[&'a Spec],
    registry: &Registry,
) -> Result<Vec<&'a Spec>, Problem> {
    let some: Vec<&Spec> =
        specs.iter().copied().filter(|spec| spec.name.starts_with(name)).collect();
    if !some.is_empty() {
        return Ok(some);
    }
    let help = match nearest(name, registry.names()) {
        Some(near) => format!("Did you mean `{near}`? All of them: cutover steps"),
        None => "All of them: cutover steps".to_owned(),
    };
    Err(Problem::wrong(format!("there is no step `{name}`")).help(help))
}
