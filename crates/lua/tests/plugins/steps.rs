//! The three functions of a step, from parameters to outputs.

use cutover_engine::ctx::Mode;
use cutover_engine::step::Step;
use cutover_engine::value::Value;

use crate::support::{issue, params};
use crate::world::{MARKER, World, block_on};

const ACME: &str = r#"
local function vault(ctx)
  return ctx.http {
    base = ctx.config.url .. "/v1",
    headers = { Authorization = "Bearer " .. ctx.config.admin_token },
  }
end

local issue = {}

function issue.read(ctx, p)
  local found = vault(ctx):get("/tokens", { query = { tag = ctx.key }, seal = { "items.*.token" } })
  return found.json.items[1]
end

function issue.run(ctx, p)
  local body = { service = p.service, ttl = p.ttl, tag = ctx.key }
  return vault(ctx):post("/tokens", { json = body, seal = { "token" } }).json
end

function issue.undo(ctx, p, out)
  vault(ctx):delete("/tokens/" .. out.id, { accept = { 404 } })
end

return { issue = issue }
"#;

#[test]
fn a_run_gives_what_the_service_answered_and_the_token_is_sealed() {
    let world = World::new(|_| Ok((201, r#"{"id": "tok_1", "token": "s3cr3t-1"}"#.into())));
    let done = block_on(issue(ACME).run(&params(&world, []), &world.ctx(Mode::Run))).unwrap();
    assert_eq!(done["id"], "tok_1".into());
    assert!(done["token"].is_secret());
    assert_eq!(world.table.open(done["token"].as_text().unwrap()), "s3cr3t-1");
    assert_eq!(done["note"], Value::Null);
    let asked = &world.asked()[0];
    assert!(asked.starts_with("POST https://vault.test/v1/tokens"), "{asked}");
    assert!(asked.contains("Authorization: Bearer root-token-plain"), "{asked}");
    assert!(asked.contains("billing") && asked.contains(MARKER), "{asked}");
}

#[test]
fn a_read_finds_what_is_there_and_nothing_where_nothing_is() {
    let world = World::new(|_| Ok((200, r#"{"items": []}"#.into())));
    let (step, params) = (issue(ACME), params(&world, []));
    assert_eq!(block_on(step.read(&params, &world.ctx(Mode::Read))).unwrap(), None);
    let listed = r#"{"items": [{"id": "tok_1", "token": "s3cr3t-1", "more": 1}]}"#;
    let world = World::new(move |_| Ok((200, listed.into())));
    let params = crate::support::params(&world, []);
    let found = block_on(step.read(&params, &world.ctx(Mode::Read))).unwrap().unwrap();
    assert_eq!(found["id"], "tok_1".into());
    assert!(found["token"].is_secret() && !found.contains_key("more"));
}

#[test]
fn an_undo_is_told_what_was_made_and_takes_gone_for_gone() {
    let world = World::new(|_| Ok((404, "{}".into())));
    let done = [("id".to_owned(), "tok_1".into())].into_iter().collect();
    let params = params(&world, []);
    block_on(issue(ACME).undo(&params, &done, &world.ctx(Mode::Undo))).unwrap();
    assert!(world.asked()[0].starts_with("DELETE https://vault.test/v1/tokens/tok_1"));
}
