//! What a plugin's step costs beside its effects: 300 µs is its budget.

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

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
        let quiet = format!("a call that asks nothing, waited for {name}");
        criterion.bench_function(&quiet, |bench| {
            let call = || drop(black_box(block_on(step.read(&params, &world.ctx(Mode::Read)))));
            bench.iter_custom(|times| timed(times, call));
        });
        let asking = format!("a call with one request, waited for {name}");
        criterion.bench_function(&asking, |bench| {
            let call = || drop(black_box(block_on(step.run(&params, &world.ctx(Mode::Run)))));
            bench.iter_custom(|times| timed(times, call));
        });
    }
}

/// What goes on between two calls of a run, at least: an effect, and the commit before it.
const BETWEEN: Duration = Duration::from_millis(2);

/// Times calls alone: the next VM is made ready while something else goes on.
#[expect(clippy::disallowed_methods, reason = "how long a call takes is what is measured")]
fn timed(times: u64, call: impl Fn()) -> Duration {
    (0..times)
        .map(|_| {
            std::thread::sleep(BETWEEN);
            let began = Instant::now();
            call();
            began.elapsed()
        })
        .sum()
}

criterion_group!(benches, steps);
criterion_main!(benches);
