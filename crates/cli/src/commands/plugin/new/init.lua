---@param ctx cutover.Context
local function store(ctx)
  return ctx.http {
    base = ctx.config.url,
    headers = { Authorization = "Bearer " .. ctx.config.token },
  }
end

-- What is there of a path: nil, or the value (sealed before this code sees it) and its version.
local function look(ctx, path)
  local found = store(ctx):get("/secrets/" .. path, { accept = { 404 }, seal = { "value" } })
  if found.status == 404 then
    return nil
  end
  return found.json
end

---@type my_store.put
local put = {}

-- Is it there already? Asked before the first try, and before every other one.
function put.read(ctx, p)
  local found = look(ctx, p.path)
  if found == nil or not crypto.equal(found.value, p.value) then
    return nil
  end
  return { path = p.path, version = found.version }
end

function put.run(ctx, p)
  local made = store(ctx):put("/secrets/" .. p.path, { json = { value = p.value } })
  return { path = p.path, version = made.json.version }
end

-- Takes our version back, and leaves alone what somebody else has written since.
function put.undo(ctx, p, out)
  local found = look(ctx, p.path)
  if found ~= nil and found.version == out.version then
    store(ctx):delete("/secrets/" .. p.path .. "/" .. out.version, { accept = { 404 } })
  end
end

---@type my_store.get
local get = {}

function get.run(ctx, p)
  return store(ctx):get("/secrets/" .. p.path, { seal = { "value" } }).json
end

return { put = put, get = get }
