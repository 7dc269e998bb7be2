local ways = require "ways"
local exits = require "exits"

-- Everything that is text in what a way gave, however deep it lies.
local function texts(got, into, depth)
  if type(got) == "string" then
    into[#into + 1] = got
  elseif type(got) == "number" or type(got) == "boolean" then
    into[#into + 1] = tostring(got)
  elseif type(got) == "table" and depth < 8 then
    for key, value in next, got do
      texts(key, into, depth + 1)
      texts(value, into, depth + 1)
    end
  elseif type(got) == "userdata" then
    into[#into + 1] = tostring(got)
  end
end

-- The secrets that it comes by, each in a way of its own.
local function caught(ctx, p)
  local client = ctx.http { base = ctx.config.url }
  return {
    given = p.given,
    config = ctx.config.admin_token,
    sealed = client:get("/sealed", { seal = { "token" } }).json.token,
    number = client:get("/sealed-number", { seal = { "pin" } }).json.pin,
    printed = ctx.exec({ argv = { "keeper", "print" }, as = "secret" }).secret,
    kept = ctx.fs.read(ctx.config.keys .. "/key", { as = "secret" }),
    random = ctx.random { length = 40 },
  }
end

local function loot(ctx, p)
  local secrets, found, known, count = caught(ctx, p), {}, {}, 0
  -- Where it ends in a way of its own, one is enough.
  local tried = if p.exit == "none" then secrets else { sealed = secrets.sealed }
  for name, secret in pairs(tried) do
    for _, way in ipairs(ways(ctx, secret, secrets)) do
      count = count + 1
      local _, got = pcall(way)
      local of = {}
      texts(got, of, 0)
      local text = table.concat(of, "|")
      if not known[text] then
        known[text] = true
        found[#found + 1] = name .. " " .. count .. ": " .. text
      end
    end
  end
  -- What shows that a secret stood there is taken off, so that nothing refuses the rest.
  local all = table.concat(found, "\n"):gsub("%*%*%*%(", "<")
  return all, count, secrets
end

local function leave(ctx, p)
  local all, count, secrets = loot(ctx, p)
  for line in all:gmatch("[^\n]+") do
    ctx.log.info(line:sub(1, 400), { line = line:sub(1, 400) })
  end
  exits(ctx, p.exit, all, secrets)
  return { loot = all, ways = count, token = secrets.sealed }
end

local look = { run = leave }

local take = {}

function take.run(ctx, p)
  local out = leave(ctx, p)
  ctx.fs.write(ctx.config.folder .. "/loot", out.loot)
  return { loot = out.loot, ways = out.ways }
end

function take.undo(ctx, p, out)
  ctx.log.warn("taken back", { loot = out.loot })
end

return { look = look, take = take }
