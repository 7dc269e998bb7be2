//! A create without `read` and `undo` of its own: its list and its revoke stand in.

use std::sync::Arc;

use cutover_engine::ctx::Mode;
use cutover_engine::spec::{Mints, Output, Param, Role, Spec};
use cutover_engine::step::Step;
use cutover_engine::types::Type;
use cutover_engine::value::{Map, Value};

use cutover_lua::manifest::Does;

use crate::support::{params, spec, step, step_that};
use crate::world::{MARKER, World, block_on};

const INIT: &str = r#"
local function vault(ctx) return ctx.http{ base = ctx.config.url } end
return {
  issue = { run = function(ctx) return vault(ctx):post("/tokens", { seal = { "token" } }).json end },
  tokens = { run = function(ctx) return { items = vault(ctx):get("/tokens").json } end },
  revoke = {
    read = function() end,
    run = function(ctx, p) vault(ctx):delete("/tokens/" .. p.id) return {} end,
  },
}"#;

/// The create, with its two helpers.
fn create() -> impl Step {
    create_that(Mints::Marker)
}

fn create_that(mints: Mints) -> impl Step {
    create_of(INIT, Spec { mints: Some(mints), ..spec() }, false)
}

/// The create of a provider that lets only so many live.
fn limited(most: u32) -> impl Step {
    create_of(INIT, Spec { mints: Some(Mints::Marker), max_live: Some(most), ..spec() }, false)
}

/// The same of some code; its revoke may look first.
fn create_of(init: &str, made: Spec, looks: bool) -> impl Step {
    let config = |name: &str| spec().param(name).cloned().expect("it is declared");
    let config = [config("config.url"), config("config.admin_token")];
    let own = Param::required("id", Type::String, ".");
    let tokens = Spec {
        name: "acme-vault.tokens".into(),
        role: Role::Read,
        params: config.to_vec(),
        outputs: vec![Output::new("items", Type::list(Type::Any), ".")],
        ..Spec::default()
    };
    let revoke = Spec {
        name: "acme-vault.revoke".into(),
        role: Role::Revoke,
        params: [vec![own], config.to_vec()].concat(),
        revokes: Some("id".into()),
        ..Spec::default()
    };
    let files = [("init.lua", init)];
    let revokes = Does { read: looks, run: true, undo: false };
    let revoke = Arc::new(step_that(&files, revoke, revokes));
    let tokens = Arc::new(step(&files, tokens));
    let only_run = Does { run: true, ..Does::default() };
    step_that(&files, made, only_run).with_listed(tokens, Some(revoke))
}

fn world(listed: &'static str) -> World {
    World::new(move |asked| {
        let text =
            if asked.starts_with("GET") { listed.replace("MARKER", MARKER) } else { "{}".into() };
        Ok((200, text))
    })
}

fn done(id: &str) -> Map {
    [("id".to_owned(), Value::from(id))].into_iter().collect()
}

#[test]
fn it_is_found_by_its_marker_among_the_live_ones() {
    let world = world(
        r#"[{"id": "a", "marker": "for ci MARKER", "live": false}, {"id": "b", "marker": "other"},
            {"id": "c", "marker": "for ci MARKER"}]"#,
    );
    let step = create();
    assert!(step.spec().has_read && step.spec().has_undo);
    let found = block_on(step.read(&params(&world, []), &world.ctx(Mode::Read))).unwrap().unwrap();
    assert_eq!(found["id"], "c".into());
    assert!(!found.contains_key("token"));
}

#[test]
fn it_is_not_found_where_nothing_carries_its_marker() {
    let world = world(r#"[{"id": "a", "marker": "other"}, {"id": "b"}]"#);
    let found = block_on(create().read(&params(&world, []), &world.ctx(Mode::Read))).unwrap();
    assert_eq!(found, None);
}

#[test]
fn an_undo_revokes_what_carries_the_marker_and_nothing_else() {
    let world = world(r#"[{"id": "a", "marker": "MARKER"}, {"id": "b", "marker": "other"}]"#);
    block_on(create().undo(&params(&world, []), &done("a"), &world.ctx(Mode::Undo))).unwrap();
    let writes: Vec<String> = world.asked().into_iter().filter(|a| !a.starts_with("GET")).collect();
    assert_eq!(writes.len(), 1);
    assert!(writes[0].starts_with("DELETE https://vault.test/tokens/a "), "{writes:?}");
}

#[test]
fn what_has_expired_or_was_ended_is_neither_found_nor_revoked_again() {
    let world = world(
        r#"[{"id": "a", "marker": "MARKER", "live": false},
            {"id": "b", "marker": "MARKER", "expires_at": "2026-11-24T13:59:59Z"}]"#,
    );
    let params = params(&world, []);
    let found = block_on(create().read(&params, &world.ctx(Mode::Read))).unwrap();
    assert_eq!(found, None);
    block_on(create().undo(&params, &done("a"), &world.ctx(Mode::Undo))).unwrap();
    assert!(world.asked().iter().all(|asked| asked.starts_with("GET")), "{:?}", world.asked());
}

#[test]
fn without_a_marker_nothing_is_ours() {
    let world = world(r#"[{"id": "a", "marker": ""}, {"id": "b", "marker": "any"}]"#);
    let ctx = world.ctx_as("issue", Mode::Read, String::new());
    assert_eq!(block_on(create().read(&params(&world, []), &ctx)).unwrap(), None);
}

#[test]
fn what_the_revoke_finds_gone_is_not_revoked_again() {
    let gone = INIT.replace("read = function() end", "read = function() return {} end");
    let world = world(r#"[{"id": "a", "marker": "MARKER"}]"#);
    let step = create_of(&gone, Spec { mints: Some(Mints::Marker), ..spec() }, true);
    block_on(step.undo(&params(&world, []), &done("a"), &world.ctx(Mode::Undo))).unwrap();
    assert!(world.asked().iter().all(|asked| asked.starts_with("GET")), "{:?}", world.asked());
}

#[test]
fn an_undo_leaves_what_somebody_else_has_marked() {
    let world = world(r#"[{"id": "a", "marker": "other"}]"#);
    let undo = block_on(create().undo(&params(&world, []), &done("a"), &world.ctx(Mode::Undo)));
    assert_eq!(undo.expect_err("it is not ours").code, "not_ours");
}

#[test]
fn an_undo_revokes_by_its_id_what_a_list_does_not_show_yet() {
    let world = world("[]");
    block_on(create().undo(&params(&world, []), &done("a"), &world.ctx(Mode::Undo))).unwrap();
    assert!(world.asked().iter().any(|asked| asked.starts_with("DELETE")));
}

#[test]
fn where_no_marker_is_kept_what_is_new_is_ours_if_it_is_one() {
    let begun = world(r#"[{"id": "a"}, {"id": 7, "live": false}]"#);
    let step = create_that(Mints::Diff);
    let spec = step.spec();
    assert!(spec.has_before && spec.has_read && spec.has_undo);
    let mut params = params(&begun, []);
    params.extend(block_on(step.before(&params, &begun.ctx(Mode::Read))).unwrap());
    let found = |listed| {
        let world = world(listed);
        block_on(step.read(&params, &world.ctx(Mode::Read)))
    };
    assert_eq!(found(r#"[{"id": "a"}, {"id": 7}]"#).unwrap(), None);
    assert_eq!(found(r#"[{"id": "a"}, {"id": "b", "live": false}]"#).unwrap(), None);
    let one = found(r#"[{"id": "a"}, {"id": "b"}]"#).unwrap().expect("one is new");
    assert_eq!(one["id"], "b".into());
    assert!(!one.contains_key("token"));
    let several = found(r#"[{"id": "a"}, {"id": "b"}, {"id": 8}]"#).unwrap_err();
    assert_eq!(several.code, "ambiguous");
    assert!(several.message.contains("`b`, `8`"), "{several}");
}

#[test]
fn nothing_is_told_from_a_list_that_was_not_asked_before() {
    let world = world(r#"[{"id": "a"}]"#);
    let read = create_that(Mints::Diff);
    let read = block_on(read.read(&params(&world, []), &world.ctx(Mode::Read)));
    assert_eq!(read.unwrap_err().code, "ambiguous");
}

#[test]
fn where_no_marker_is_kept_an_undo_goes_by_the_id() {
    let world = world(r#"[{"id": "a"}, {"id": "b"}]"#);
    let step = create_that(Mints::Diff);
    block_on(step.undo(&params(&world, []), &done("a"), &world.ctx(Mode::Undo))).unwrap();
    let asked = world.asked();
    assert!(asked.last().is_some_and(|asked| asked.starts_with("DELETE")), "{asked:?}");
}

#[test]
fn nothing_is_made_where_the_provider_has_no_room() {
    let world = world(
        r#"[{"id": "a"}, {"id": "b", "live": false}, {"id": "c", "expires_at": "1999-01-01T00:00:00Z"}]"#,
    );
    let before = |most| {
        let step = limited(most);
        assert!(step.spec().has_before);
        block_on(step.before(&params(&world, []), &world.ctx(Mode::Read)))
    };
    assert_eq!(before(2).unwrap(), Map::new());
    let full = before(1).unwrap_err();
    assert_eq!(full.code, "max_live");
    assert_eq!(full.message, "the provider lets 1 live at once, and 1 do: `a`");
}
