//! What a plugin's step costs beside its effects: 300 µs is its budget.

use std::hint::black_box;
use std::sync::Arc;

use criterion::{Criterion, criterion_group, criterion_main};
use cutover_engine::ctx::Mode;
use cutover_engine::step::Step;
use cutover_lua::vm::{Threads, Wait};

#[path = "../tests/plugins/support.rs"]
#[expect(dead_code, reason = "the tests use the rest of it")]
mod support;
#[path = "../tests/plugins/world.rs"]
#[expect(dead_code, reason = "the tests use the rest of it")]
mod world;

use support::{issue, params};
use world::{World, block_on};

/// As long as a small plugin: two helpers, a request with a body, an answer with a sealed value.
const INIT: &str = r#"
local function vault(ctx)
  return ctx.http {
    base = ctx.config.url .. "/v1",
    headers = { Authorization = "Bearer " .. ctx.config.admin_token },
  }
end

local issue = {}

function issue.read(ctx, p)
  return { id = p.service }
end

function issue.run(ctx, p)
  local body = { service = p.service, ttl = p.ttl, tag = ctx.key }
  return vault(ctx):post("/tokens", { json = body, seal = { "token" } }).json
end

return { issue = issue }
"#;

fn steps(criterion: &mut Criterion) {
    let world = World::new(|_| Ok((201, r#"{"id": "tok_1", "token": "s3cr3t-1"}"#.into())));
    let params = params(&world, []);
    for (name, wait) in [("meanwhile", Wait::Meanwhile), ("in place", Wait::InPlace)] {
        let step = issue(INIT).with_machine(Arc::new(Threads::new(wait)));
        criterion.bench_function(
            &format!("a call that asks nothing, waited for {name}"),
            |bench| {
                bench.iter(|| black_box(block_on(step.read(&params, &world.ctx(Mode::Read)))));
            },
        );
        criterion.bench_function(&format!("a call with one request, waited for {name}"), |bench| {
            bench.iter(|| black_box(block_on(step.run(&params, &world.ctx(Mode::Run)))));
        });
    }
}

criterion_group!(benches, steps);
criterion_main!(benches);
