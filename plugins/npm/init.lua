---@param ctx cutover.Context
local function registry(ctx)
  return ctx.http {
    base = ctx.config.registry,
    basic = { user = ctx.config.user, password = ctx.config.password },
  }
end

-- A registry that is asked for many gives them page by page.
local MOST_PAGES = 50

local function all(ctx)
  local client, objects, path, pages = registry(ctx), {}, "/-/npm/v1/tokens", 0
  while true do
    pages = pages + 1
    if pages > MOST_PAGES then
      fail { code = "npm.too_many", message = "the registry lists more tokens than can be looked through" }
    end
    local page = client:get(path).json
    for _, object in ipairs(page.objects) do
      objects[#objects + 1] = object
    end
    local after = page.urls and page.urls.next
    if after == nil or after == json.null or after == "" then
      return objects
    end
    path = string.gsub(after, "^https?://[^/]+", "")
  end
end

---@type npm.create
local create = {}

function create.run(ctx, p)
  local made = registry(ctx):post("/-/npm/v1/tokens", {
    json = { password = ctx.config.password, readonly = p.readonly, cidr_whitelist = array {} },
    seal = { "token" },
  }).json
  return { id = made.key, token = made.token, created_at = made.created }
end

---@type npm.tokens
local tokens = {}

function tokens.run(ctx)
  local items = {}
  for at, object in ipairs(all(ctx)) do
    items[at] = {
      id = object.key,
      created_at = object.created,
      prefix = object.token,
      readonly = object.readonly,
      live = true,
    }
  end
  return { items = array(items) }
end

---@type npm.whoami
local whoami = {}

-- Some registries answer a token that they do not know with 200 and no name.
function whoami.run(ctx, p)
  local client = ctx.http { base = ctx.config.registry, headers = { Authorization = "Bearer " .. p.token } }
  local username = client:get("/-/whoami").json.username
  if username == nil then
    fail { code = "npm.unknown_token", message = "the registry does not know this token", retryable = true }
  end
  return { username = username }
end

---@type npm.check
local check = {}

function check.run(ctx, p)
  local said = ctx.exec {
    argv = { "npm", "whoami", "--registry", ctx.config.registry, "--userconfig", p.npmrc },
    as = "text",
  }
  return { username = string.match(said.text, "^%s*(.-)%s*$") or "" }
end

---@type npm.revoke
local revoke = {}

function revoke.read(ctx, p)
  for _, object in ipairs(all(ctx)) do
    if object.key == p.id then
      return nil
    end
  end
  return {}
end

function revoke.run(ctx, p)
  registry(ctx):delete("/-/npm/v1/tokens/token/" .. url.encode(p.id), { accept = { 404 } })
  return {}
end

return { create = create, tokens = tokens, whoami = whoami, check = check, revoke = revoke }
