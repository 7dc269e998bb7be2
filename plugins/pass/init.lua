local NOT_THERE = 1

---@param ctx cutover.Context
local function pass(ctx, options)
  options.env = { PASSWORD_STORE_DIR = ctx.config.store, GNUPGHOME = ctx.config.gnupg }
  table.insert(options.argv, 1, "pass")
  return ctx.exec(options)
end

-- Returns what an entry holds; nil where there is none.
local function show(ctx, name)
  local shown = pass(ctx, { argv = { "show", "--", name }, as = "secret", accept = { NOT_THERE } })
  if shown.code == NOT_THERE then
    return nil
  end
  return shown.secret
end

local function holds(ctx, name, value)
  local found = show(ctx, name)
  return found ~= nil and crypto.equal(found, value)
end

local function former(name)
  return "former/" .. name
end

---@type pass.put
local put = {}

function put.read(ctx, p)
  return holds(ctx, p.name, p.value) and { name = p.name } or nil
end

function put.run(ctx, p)
  local replaces = show(ctx, p.name) ~= nil
  -- Undo puts back what this replaces, and not what an entry held that has gone since.
  local is_stale = not replaces and show(ctx, former(p.name)) ~= nil
  if replaces then
    pass(ctx, { argv = { "cp", "--force", "--", p.name, former(p.name) } })
  elseif is_stale then
    pass(ctx, { argv = { "rm", "--force", "--", former(p.name) } })
  end
  pass(ctx, {
    argv = { "insert", "--multiline", "--force", "--", p.name },
    stdin = p.value .. "\n",
    follow_up = replaces or is_stale,
  })
  return { name = p.name }
end

function put.undo(ctx, p)
  if not holds(ctx, p.name, p.value) then
    return
  end
  if show(ctx, former(p.name)) ~= nil then
    pass(ctx, { argv = { "mv", "--force", "--", former(p.name), p.name } })
  else
    pass(ctx, { argv = { "rm", "--force", "--", p.name } })
  end
end

---@type pass.get
local get = {}

function get.run(ctx, p)
  local value = show(ctx, p.name)
  if value == nil then
    fail { code = "not_found", message = "the password store has no `" .. p.name .. "`" }
  end
  return { value = value }
end

---@type pass.remove
local remove = {}

function remove.read(ctx, p)
  return show(ctx, p.name) == nil and {} or nil
end

function remove.run(ctx, p)
  pass(ctx, { argv = { "rm", "--force", "--", p.name } })
  return {}
end

return { put = put, get = get, remove = remove }
