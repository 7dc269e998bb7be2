//! What is not found counts as revoked only where the list that does not show it shows what is in
//! use.

use std::sync::Arc;

use cutover_engine::ctx::{Ctx, Mode};
use cutover_engine::step::{Step, StepError};
use cutover_engine::value::Map;
use cutover_lua::files::Files;
use cutover_lua::plugin::{Allowed, Plugin};
use cutover_lua::vm::{Machine, Threads, Wait};

use crate::support::params;
use crate::world::{World, block_on};

const INIT: &str = include_str!("../../../../plugins/acme-vault/init.lua");
const MANIFEST: &str = include_str!("../../../../plugins/acme-vault/plugin.yaml");

/// A step of the Acme vault, whose manifest is as some edit makes it.
fn step(name: &str, edit: (&str, &str)) -> Arc<dyn Step> {
    let manifest = MANIFEST.replace(edit.0, edit.1);
    let files = [("plugin.yaml", manifest), ("init.lua", INIT.to_owned())];
    let files = files.map(|(path, text)| (path.to_owned(), text));
    let plugin = Plugin::load(Files::new(files)).expect("it is a plugin");
    let reach = |params: &Map| plugin.grant(&Allowed::default(), params).needs.clone();
    let world = World::new(|_| Ok((200, String::new())));
    let allowed = Allowed { reach: reach(&given(&world)), ..Allowed::default() };
    let machine: Arc<dyn Machine> = Arc::new(Threads::new(Wait::InPlace));
    let steps = plugin.steps(&Arc::new(allowed), &machine);
    steps.into_iter().find(|step| step.spec().name == name).expect("it is there")
}

fn revoke() -> Arc<dyn Step> {
    step("acme-vault.revoke", ("", ""))
}

fn given(world: &World) -> Map {
    params(world, [("id", "old".into())])
}

/// A vault that does not know `old`, and lists this.
fn vault(listed: &'static str) -> World {
    World::new(move |asked| match asked {
        _ if asked.contains("/v1/tokens/old") => Ok((404, "{}".into())),
        _ if asked.starts_with("GET https://vault.test/v1/tokens ") => {
            Ok((200, format!("{{\"items\": [{listed}]}}")))
        }
        _ => panic!("nothing else is asked: {asked}"),
    })
}

fn writes(world: &World) -> usize {
    world.asked().iter().filter(|asked| asked.starts_with("DELETE")).count()
}

fn read(world: &World, ctx: &Ctx<'_>) -> Result<Option<Map>, StepError> {
    block_on(revoke().read(&given(world), ctx))
}

fn run(world: &World, ctx: &Ctx<'_>) -> Result<Map, StepError> {
    block_on(revoke().run(&given(world), ctx))
}

const NEW: &str = r#"{"id": "new", "expires_at": "2030-01-01T00:00:00Z"}"#;
const OTHER: &str = r#"{"id": "other"}"#;
const OLD: &str = r#"{"id": "old"}"#;

#[test]
fn what_is_not_found_is_gone_where_the_list_shows_what_is_in_use() {
    let world = vault(NEW);
    assert!(read(&world, &world.ctx_beside(Mode::Read, "new")).unwrap().is_some());
    run(&world, &world.ctx_beside(Mode::Run, "new")).unwrap();
    assert_eq!(writes(&world), 1);
}

#[test]
fn with_the_list_of_another_account_nothing_is_gone_and_nothing_is_sent() {
    for listed in [OTHER, ""] {
        let world = vault(listed);
        let error = read(&world, &world.ctx_beside(Mode::Read, "new")).unwrap_err();
        assert_eq!(error.code, "not_found");
        let words = "`old` was not found, and the list does not show new either, which is in use: is \
                     it that of the right account?";
        assert_eq!(error.message, words);
        assert!(error.help.contains("what `acme-vault` logs in with"), "{}", error.help);
        let error = run(&world, &world.ctx_beside(Mode::Run, "new")).unwrap_err();
        assert_eq!(error.message, words);
        assert_eq!(writes(&world), 0);
    }
}

#[test]
fn what_a_list_shows_in_force_is_not_gone_whatever_read_says() {
    let world = vault(OLD);
    assert_eq!(read(&world, &world.ctx_beside(Mode::Read, "new")).unwrap(), None);
    run(&world, &world.ctx_beside(Mode::Run, "new")).unwrap();
}

#[test]
fn a_list_is_not_asked_where_nothing_else_is_in_use() {
    let world = vault(OTHER);
    assert!(read(&world, &world.ctx(Mode::Read)).unwrap().is_some());
    run(&world, &world.ctx(Mode::Run)).unwrap();
    // What is revoked is what is in use: once it is gone, no list shows it.
    assert!(read(&world, &world.ctx_beside(Mode::Read, "old")).unwrap().is_some());
    assert!(world.asked().iter().all(|asked| asked.contains("/tokens/old")), "{:?}", world.asked());
}

#[test]
fn a_list_that_cannot_be_asked_with_what_a_revoke_is_given_tells_nothing() {
    let summary = "summary: List tokens\n";
    let needs = "summary: List tokens\n    params: { service: string }\n";
    let revoke = step("acme-vault.revoke", (summary, needs));
    let world = vault(OTHER);
    let found = block_on(revoke.read(&given(&world), &world.ctx_beside(Mode::Read, "new")));
    assert!(found.unwrap().is_some());
}

#[test]
fn an_undo_by_a_list_of_another_account_takes_nothing_for_gone() {
    let issue =
        step("acme-vault.issue", ("does: [read, run, undo]\n    mints", "does: [run]\n    mints"));
    let done: Map = [("id".to_owned(), "old".into())].into_iter().collect();
    let world = vault(OTHER);
    let undone = block_on(issue.undo(&given(&world), &done, &world.ctx_beside(Mode::Undo, "new")));
    assert_eq!(undone.unwrap_err().code, "not_found");
    let world = vault(NEW);
    block_on(issue.undo(&given(&world), &done, &world.ctx_beside(Mode::Undo, "new"))).unwrap();
}
