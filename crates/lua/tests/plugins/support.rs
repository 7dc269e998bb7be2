//! A plugin made of text, and one function of it called as the engine does.

use std::sync::Arc;

use cutover_engine::ctx::Mode;
use cutover_engine::grant::{Grant, Reach};
use cutover_engine::spec::{Mints, Output, Param, Role, Spec};
use cutover_engine::step::{Step, StepError};
use cutover_engine::types::Type;
use cutover_engine::value::{Map, Value};
use cutover_lua::files::Files;
use cutover_lua::manifest::{Does, StepDecl};
use cutover_lua::step::{Grants, LuaStep};
use cutover_lua::vm::{Code, Threads, Wait};

use crate::world::{World, block_on};

/// The step `issue` of the plugin `acme-vault`, with `config.url` and `config.admin_token`.
pub(crate) fn issue(init: &str) -> LuaStep {
    step(&[("init.lua", init)], spec())
}

/// A step of a plugin with some files.
pub(crate) fn step(files: &[(&str, &str)], spec: Spec) -> LuaStep {
    step_that(files, spec, Does { read: true, run: true, undo: true })
}

/// A step with some of the functions.
pub(crate) fn step_that(files: &[(&str, &str)], spec: Spec, does: Does) -> LuaStep {
    let files = Files::new(files.iter().map(|(path, text)| ((*path).into(), (*text).into())));
    let code = Code { plugin: "acme-vault".into(), digest: files.digest(), files };
    let short = spec.name.rsplit('.').next().expect("a last part").to_owned();
    let machine = Arc::new(Threads::new(Wait::Meanwhile));
    LuaStep::new(StepDecl { spec, does }, &short, Arc::new(code), machine, grants())
}

/// The same reach for every call.
pub(crate) fn grants() -> Grants {
    Arc::new(|_: &Map| Arc::new(grant()))
}

/// What the plugins of these tests may reach.
fn grant() -> Grant {
    let of = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
    let reach = Reach {
        http: of(&["https://vault.test"]),
        exec: of(&["tool"]),
        fs: of(&["/srv"]),
        env: of(&["TOKEN"]),
    };
    Grant {
        plugin: "acme-vault".into(),
        file: "rotate.yaml".into(),
        needs: reach.clone(),
        allow: reach,
        reads: Vec::new(),
        programs: [("tool".into(), "/usr/bin/tool".into())].into_iter().collect(),
    }
}

/// The spec of `issue`.
pub(crate) fn spec() -> Spec {
    Spec {
        name: "acme-vault.issue".into(),
        role: Role::Create,
        mints: Some(Mints::Marker),
        params: vec![
            Param::required("service", Type::String, "."),
            Param::optional("ttl", Type::Duration, "."),
            Param::optional("value", Type::Secret, "."),
            Param::optional("urgent", Type::Boolean, "."),
            Param::required("config.url", Type::Url, "."),
            Param::required("config.admin_token", Type::Secret, "."),
        ],
        outputs: vec![
            Output::new("id", Type::String, "."),
            Output::new("token", Type::Secret, ".").nullable(),
            Output::new("note", Type::String, ".").nullable(),
            Output::new("names", Type::list(Type::String), ".").nullable(),
        ],
        ..Spec::default()
    }
}

/// Parameters of `issue`, and more.
pub(crate) fn params<const N: usize>(world: &World, more: [(&str, Value); N]) -> Map {
    let mut all: Map = spec().params.iter().map(|p| (p.name.clone(), p.default.clone())).collect();
    all.insert("service".into(), "billing".into());
    all.insert("config.url".into(), "https://vault.test".into());
    all.insert("config.admin_token".into(), world.secret("admin", "root-token-plain"));
    all.extend(more.map(|(name, value)| (name.to_owned(), value)));
    all
}

/// A `run` of a body of Lua, as `issue.run(ctx, p)`.
pub(crate) fn run(world: &World, body: &str) -> Result<Map, StepError> {
    run_with(world, body, [])
}

/// The same with more parameters.
pub(crate) fn run_with<const N: usize>(
    world: &World,
    body: &str,
    more: [(&str, Value); N],
) -> Result<Map, StepError> {
    let step = issue(&format!("return {{ issue = {{ run = function(ctx, p)\n{body}\nend }} }}"));
    block_on(step.run(&params(world, more), &world.ctx(Mode::Run)))
}

/// What a body gives as the output `note`.
pub(crate) fn note(body: &str) -> String {
    let world = World::new(|_| Ok((200, "{}".into())));
    let gave = run(&world, body).unwrap_or_else(|error| panic!("{error}\n{}", error.help));
    gave["note"].as_text().unwrap_or("null").to_owned()
}

/// What a body fails with.
pub(crate) fn fails(body: &str) -> StepError {
    let world = World::new(|_| Ok((200, "{}".into())));
    run(&world, body).expect_err("it should fail")
}
