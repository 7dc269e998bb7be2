local function vault(ctx)
  return ctx.http {
    base = ctx.config.url .. "/v1",
    headers = { Authorization = "Bearer " .. ctx.config.admin_token },
  }
end

local put = {}

function put.read(ctx, p)
  local found = vault(ctx):get("/kv/" .. p.path, { accept = { 404 }, seal = { "value" } })
  if found.status == 404 or not crypto.equal(found.json.value, p.value) then
    return nil
  end
  return { path = p.path, version = found.json.version }
end

function put.run(ctx, p)
  local made = vault(ctx):put("/kv/" .. p.path, { json = { value = p.value } })
  return { path = p.path, version = made.json.version }
end

function put.undo(ctx, p, out)
  local now = vault(ctx):get("/kv/" .. p.path, { accept = { 404 }, seal = { "value" } })
  if now.status == 404 or now.json.version ~= out.version then
    return
  end
  vault(ctx):delete("/kv/" .. p.path .. "/" .. out.version, { accept = { 404 } })
end

local get = {}

function get.run(ctx, p)
  return vault(ctx):get("/kv/" .. p.path, { seal = { "value" } }).json
end

local issue = {}

function issue.read(ctx, p)
  local found = vault(ctx):get("/tokens", { query = { tag = ctx.key }, seal = { "items.*.token" } })
  return found.json.items[1]
end

function issue.run(ctx, p)
  local made = vault(ctx):post("/tokens", {
    json = { service = p.service, ttl = p.ttl, tag = ctx.key },
    seal = { "token" },
  })
  ctx.log.info("issued", { id = made.json.id, service = p.service })
  return made.json
end

function issue.undo(ctx, p, out)
  vault(ctx):delete("/tokens/" .. out.id, { accept = { 404 } })
end

local tokens = {}

function tokens.run(ctx, p)
  local found = vault(ctx):get("/tokens", { seal = { "items.*.token" } })
  local items = {}
  for _, item in ipairs(found.json.items) do
    items[#items + 1] = { id = item.id, marker = item.tag, live = true, expires_at = item.expires_at }
  end
  return { items = array(items) }
end

local whoami = {}

function whoami.run(ctx, p)
  local login = { Authorization = "Bearer " .. p.token }
  return ctx.http({ base = ctx.config.url .. "/v1", headers = login }):get("/whoami").json
end

local revoke = {}

function revoke.read(ctx, p)
  local found = vault(ctx):get("/tokens/" .. p.id, { accept = { 404 }, seal = { "token" } })
  if found.status == 404 then
    return {}
  end
  return nil
end

function revoke.run(ctx, p)
  vault(ctx):delete("/tokens/" .. p.id, { accept = { 404 } })
  return {}
end

return { put = put, get = get, issue = issue, tokens = tokens, whoami = whoami, revoke = revoke }
