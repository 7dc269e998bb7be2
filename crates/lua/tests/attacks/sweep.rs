//! Every builtin with nasty arguments: `CUTOVER_LUA_SWEEP=60` sweeps for so many seconds.

use std::time::Duration;

use cutover_engine::ctx::Mode;
use cutover_engine::step::Step;
use cutover_lua::vm::Limits;

use crate::support::{issue, params};
use crate::world::{World, block_on};
use crate::{now, worked};

/// How long one VM sweeps.
const PORTION: Duration = Duration::from_millis(500);
/// How long a portion may last: its time, and one call that nothing stops.
const LONGEST: Duration = Duration::from_millis(1500);

/// A generator of its own, so that a seed tells which calls were made.
const SWEEP: &str = r#"
local seed = SEED
local function below(n)
  seed = (seed * 1103515245 + 12345) % 2147483648
  return math.floor(seed / 65536) % n + 1
end

local function nasty(ctx, p)
  local loop = {}
  loop.loop = loop
  local long = ("a"):rep(200000)
  return {
    0, -1, 2 ^ 31 - 1, 2 ^ 53, 0 / 0, 1 / 0, "", "%", "(", "\255\0", long, ("[%w"):rep(50), {},
    loop, table.create(100000, 1), setmetatable({}, { __index = error, __len = error }),
    function() end, error, p.value, true, buffer.create(1000), json.null, ctx.fs, "[a-z]*b",
  }, 24
end

local function builtins(ctx)
  local all = {}
  local function take(name, of)
    for key, f in pairs(of) do
      if type(f) == "function" then all[#all + 1] = { name .. key, f } end
    end
  end
  for name, of in pairs{ string = string, table = table, math = math, utf8 = utf8, bit32 = bit32,
    buffer = buffer, json = json, base64 = base64, hex = hex, crypto = crypto, url = url,
    time = time, toml = toml, yaml = yaml, log = ctx.log, fs = ctx.fs } do
    take(name .. ".", of)
  end
  take("", { assert = assert, getmetatable = getmetatable, ipairs = ipairs, next = next,
    pairs = pairs, pcall = pcall, rawequal = rawequal, rawget = rawget, rawlen = rawlen,
    rawset = rawset, select = select, setmetatable = setmetatable, tonumber = tonumber,
    tostring = tostring, type = type, xpcall = xpcall, array = array, fail = fail,
    require = require, print = print, random = ctx.random, sleep = ctx.sleep, exec = ctx.exec,
    http = ctx.http })
  table.sort(all, function(a, b) return a[1] < b[1] end)
  return all
end

return { issue = { run = function(ctx, p)
  local all = builtins(ctx)
  while true do
    local values, count = nasty(ctx, p)
    for _ = 1, 200 do
      local f = all[below(#all)][2]
      local n = below(5) - 1
      local a, b, c, d = values[below(count)], values[below(count)], values[below(count)],
        values[below(count)]
      if n == 0 then pcall(f)
      elseif n == 1 then pcall(f, a)
      elseif n == 2 then pcall(f, a, b)
      elseif n == 3 then pcall(f, a, b, c)
      else pcall(f, a, b, c, d) end
    end
  end
end } }
"#;

#[test]
fn no_builtin_with_any_arguments_outlasts_its_call() {
    let _alone = crate::ALONE.lock();
    let seconds = seconds();
    let began = now();
    let mut seed = 1;
    loop {
        let world = World::new(|_| Ok((200, "{}".into())));
        let params = params(&world, [("value", world.secret("value", crate::CANARY))]);
        let step = issue(&SWEEP.replace("SEED", &seed.to_string()))
            .with_limits(Limits { running: PORTION, ..Limits::default() });
        let portion = worked();
        let end = block_on(step.run(&params, &world.ctx(Mode::Run)));
        let took = worked().saturating_sub(portion);
        assert!(took < LONGEST, "seed {seed} took {took:?}");
        assert!(end.is_err(), "seed {seed}: {end:?}");
        assert!(!format!("{end:?}{:?}", world.logs()).contains(crate::CANARY), "seed {seed}");
        seed += 7919;
        if began.elapsed() > Duration::from_secs(seconds) {
            break;
        }
    }
}

/// One portion where nobody says.
#[expect(clippy::disallowed_methods, reason = "how long is swept is said by whoever runs it")]
fn seconds() -> u64 {
    std::env::var("CUTOVER_LUA_SWEEP").ok().and_then(|text| text.parse().ok()).unwrap_or(0)
}
