---@param ctx cutover.Context
local function vault(ctx)
  return ctx.http {
    base = ctx.config.url .. "/v1",
    headers = { ["X-Vault-Token"] = ctx.config.token, ["X-Vault-Namespace"] = ctx.config.namespace },
  }
end

-- Version 1 of the store: an entry is its fields, and has no former self but the one that we keep.
local V1 = {}

function V1.address(ctx, path)
  return "/" .. ctx.config.mount .. "/" .. path
end

function V1.look(ctx, path)
  local found = vault(ctx):get(V1.address(ctx, path), { accept = { 404 }, seal = { "data.*" } })
  if found.status == 404 then
    return nil
  end
  return { fields = found.json.data }
end

function V1.former(path)
  return path .. ".former"
end

function V1.write(ctx, path, fields, follow_up)
  vault(ctx):post(V1.address(ctx, path), { json = fields, follow_up = follow_up })
end

function V1.put(ctx, path, fields, before)
  -- Undo puts back what this replaces, and not what an entry held that has gone since.
  local is_stale = not before and V1.look(ctx, V1.former(path)) ~= nil
  if before then
    V1.write(ctx, V1.former(path), before.fields)
  elseif is_stale then
    vault(ctx):delete(V1.address(ctx, V1.former(path)), { accept = { 404 } })
  end
  V1.write(ctx, path, fields, before ~= nil or is_stale)
  return { path = path }
end

function V1.back(ctx, path)
  local former = V1.look(ctx, V1.former(path))
  if former then
    V1.write(ctx, path, former.fields)
  else
    vault(ctx):delete(V1.address(ctx, path), { accept = { 404 } })
  end
end

-- Version 2 of the store: every write is a version, and is refused unless it replaces the one that
-- it says (check-and-set).
local V2 = {}

function V2.address(ctx, kind, path)
  return "/" .. ctx.config.mount .. "/" .. kind .. "/" .. path
end

-- An entry whose newest version was deleted answers 404, and still says which that was.
function V2.look(ctx, path, version)
  local found = vault(ctx):get(V2.address(ctx, "data", path), {
    query = { version = version },
    accept = { 404 },
    seal = { "data.data.*" },
  })
  local data = found.json and found.json.data
  if data == nil or data == json.null then
    return nil
  end
  local fields = data.data
  if fields == json.null then
    fields = nil
  end
  return { fields = fields, version = data.metadata.version }
end

function V2.write(ctx, path, fields, replaces)
  local made = vault(ctx):post(V2.address(ctx, "data", path), {
    json = { options = { cas = replaces }, data = fields },
  })
  return made.json.data.version
end

function V2.put(ctx, path, fields, before)
  local version = V2.write(ctx, path, fields, before and before.version or 0)
  return { path = path, version = version }
end

-- What was written by check-and-set came right after what it replaced. One that was deleted before
-- is as good as none.
function V2.back(ctx, path, now)
  local replaced = now.version - 1
  local former = replaced > 0 and V2.look(ctx, path, replaced) or { fields = nil }
  if replaced > 0 and former.version == nil then
    fail { code = "vault_kv.no_former", message = "version " .. replaced .. " of `" .. path .. "` is gone" }
  elseif former.fields then
    V2.write(ctx, path, former.fields, now.version)
  else
    vault(ctx):post(V2.address(ctx, "delete", path), { json = { versions = array { now.version } } })
  end
end

local function store(ctx)
  local version = ctx.config.version
  if version ~= 1 and version ~= 2 then
    fail { code = "vault_kv.version", message = "the store has version 1 or 2, and not " .. version }
  end
  return version == 1 and V1 or V2
end

local function holds(entry, p)
  local value = entry and entry.fields and entry.fields[p.field]
  return value ~= nil and crypto.equal(value, p.value)
end

---@type vault_kv.put
local put = {}

function put.read(ctx, p)
  local entry = store(ctx).look(ctx, p.path)
  if entry and holds(entry, p) then
    return { path = p.path, version = entry.version }
  end
  return nil
end

function put.run(ctx, p)
  local before = store(ctx).look(ctx, p.path)
  local fields = {}
  for name, value in pairs(before and before.fields or {}) do
    fields[name] = value
  end
  fields[p.field] = p.value
  return store(ctx).put(ctx, p.path, fields, before)
end

function put.undo(ctx, p)
  local now = store(ctx).look(ctx, p.path)
  if holds(now, p) then
    store(ctx).back(ctx, p.path, now)
  end
end

---@type vault_kv.get
local get = {}

function get.run(ctx, p)
  local entry = store(ctx).look(ctx, p.path)
  local value = entry and entry.fields and entry.fields[p.field]
  if entry == nil or value == nil then
    fail { code = "not_found", message = "`" .. p.path .. "` has no field `" .. p.field .. "`" }
  end
  return { value = value, version = entry.version }
end

return { put = put, get = get }
