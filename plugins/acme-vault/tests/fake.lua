-- The Acme vault, as far as the plugin knows it.
---@type table<string, any>, integer, table<string, any[]>
local tokens, count, kv = {}, 0, {}

local function may(req)
  return req.headers.Authorization == "Bearer root-token"
end

---@param answer fun(req: cutover.test.Request): integer, any?
local function on(answer)
  return function(req)
    if not may(req) then
      return 401, { error = "who are you" }
    end
    return answer(req)
  end
end

fake("https://vault.test", {
  reset = function()
    tokens, count, kv = {}, 0, {}
  end,

  ["GET /v1/tokens"] = on(function(req)
    local items = {}
    for _, token in pairs(tokens) do
      if req.query.tag == nil or token.tag == req.query.tag then
        items[#items + 1] = token
      end
    end
    return 200, { items = array(items) }
  end),

  ["GET /v1/tokens/:id"] = on(function(req)
    local token = tokens[req.path.id]
    if token then
      return 200, token
    end
    return 404, { error = "no such token" }
  end),

  ["POST /v1/tokens"] = on(function(req)
    if type(req.json.service) ~= "string" then
      return 400, { error = "which service" }
    end
    count = count + 1
    local token = {
      id = "tok_" .. count,
      service = req.json.service,
      token = "s3cr3t-of-the-acme-vault-" .. count,
      tag = req.json.tag,
      expires_at = "2030-01-01T00:00:00Z",
    }
    tokens[token.id] = token
    return 201, token
  end),

  ["DELETE /v1/tokens/:id"] = on(function(req)
    if not tokens[req.path.id] then
      return 404, {}
    end
    tokens[req.path.id] = nil
    return 204
  end),

  ["GET /v1/whoami"] = function(req)
    for _, token in pairs(tokens) do
      if req.headers.Authorization == "Bearer " .. token.token then
        return 200, { service = token.service }
      end
    end
    return 401, {}
  end,

  ["GET /v1/kv/*"] = on(function(req)
    local versions = kv[req.path.rest]
    if not versions or #versions == 0 then
      return 404, {}
    end
    return 200, versions[#versions]
  end),

  ["PUT /v1/kv/*"] = on(function(req)
    local versions = kv[req.path.rest] or {}
    kv[req.path.rest] = versions
    local last = versions[#versions]
    versions[#versions + 1] = { value = req.json.value, version = (last and last.version or 0) + 1 }
    return 200, { version = versions[#versions].version }
  end),

  ["DELETE /v1/kv/:path/:version"] = on(function(req)
    local versions = kv[req.path.path]
    local last = versions and versions[#versions]
    if not last or tostring(last.version) ~= req.path.version then
      return 404, {}
    end
    versions[#versions] = nil
    return 204
  end),
})

config { url = "https://vault.test", admin_token = secret "root-token" }

return {
  left = function()
    local ids = {}
    for id in pairs(tokens) do
      ids[#ids + 1] = id
    end
    return ids
  end,
}
