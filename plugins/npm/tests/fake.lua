-- A registry with one user, as far as the plugin knows it.
---@type table[], integer
local tokens, count = {}, 0

local BASIC = "Basic " .. "Y2k6bWFkZS11cA=="

local function user(answer)
  return function(req)
    if req.headers.Authorization ~= BASIC then
      return 401, { error = "bad username/password, access denied" }
    end
    return answer(req)
  end
end

local function listed(token)
  return {
    key = token.key,
    token = string.sub(token.token, 1, 4) .. "...",
    readonly = token.readonly,
    created = token.created,
    user = "ci",
    cidr = array {},
  }
end

fake("https://registry.test", {
  reset = function()
    tokens, count = {}, 0
  end,

  ["GET /-/npm/v1/tokens"] = user(function()
    local objects = {}
    for at, token in ipairs(tokens) do
      objects[at] = listed(token)
    end
    return 200, { objects = array(objects), urls = { next = "" } }
  end),

  ["POST /-/npm/v1/tokens"] = user(function(req)
    if req.json.password ~= "made-up" then
      return 401, { error = "bad username/password, access denied" }
    end
    count = count + 1
    local token = {
      key = "key-" .. count,
      token = "npm-made-up-token-number-" .. count,
      readonly = req.json.readonly,
      created = "2026-01-0" .. count .. "T00:00:00.000Z",
    }
    tokens[#tokens + 1] = token
    return 200, token
  end),

  ["DELETE /-/npm/v1/tokens/token/:key"] = user(function(req)
    for at, token in ipairs(tokens) do
      if token.key == req.path.key then
        table.remove(tokens, at)
        break
      end
    end
    return 200, {}
  end),

  ["GET /-/whoami"] = function(req)
    for _, token in ipairs(tokens) do
      if req.headers.Authorization == "Bearer " .. token.token then
        return 200, { username = "ci" }
      end
    end
    return 401, { error = "unauthorized" }
  end,
})

-- `npm whoami` with the file that was written: it logs in as the registry's user.
program("npm", function()
  return 0, "ci\n"
end)

config { registry = "https://registry.test", user = "ci", password = secret "made-up" }

return {
  keys = function()
    local keys = {}
    for at, token in ipairs(tokens) do
      keys[at] = token.key
    end
    return keys
  end,
}
