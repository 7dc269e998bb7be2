-- Vault with a store of each version: `secret` has version 2, `plain` version 1.
---@type table<string, table[]>, table<string, table>
local versions, plain = {}, {}

local function may(answer)
  return function(req)
    if req.headers["X-Vault-Token"] ~= "made-up-root" then
      return 403, { errors = array { "permission denied" } }
    end
    return answer(req)
  end
end

local function newest(path)
  local all = versions[path] or {}
  return all[#all]
end

local function shown(entry)
  local fields = entry.fields
  if entry.deleted then
    fields = json.null
  end
  return { data = { data = fields, metadata = { version = entry.version, destroyed = false } } }
end

fake("https://vault.test", {
  reset = function()
    versions, plain = {}, {}
  end,

  ["GET /v1/secret/data/*"] = may(function(req)
    local entry = newest(req.path.rest)
    if req.query.version then
      entry = (versions[req.path.rest] or {})[tonumber(req.query.version) or 0]
    end
    if entry == nil then
      return 404, { errors = array {} }
    end
    return entry.deleted and 404 or 200, shown(entry)
  end),

  ["POST /v1/secret/data/*"] = may(function(req)
    local all = versions[req.path.rest] or {}
    if req.json.options.cas ~= #all then
      return 400, { errors = array { "check-and-set parameter did not match the current version" } }
    end
    versions[req.path.rest] = all
    all[#all + 1] = { version = #all + 1, fields = req.json.data }
    return 200, { data = { version = #all } }
  end),

  ["POST /v1/secret/delete/*"] = may(function(req)
    for _, version in ipairs(req.json.versions) do
      local entry = (versions[req.path.rest] or {})[version]
      if entry then
        entry.deleted = true
      end
    end
    return 204
  end),

  ["GET /v1/plain/*"] = may(function(req)
    local fields = plain[req.path.rest]
    if fields == nil then
      return 404, { errors = array {} }
    end
    return 200, { data = fields }
  end),

  ["POST /v1/plain/*"] = may(function(req)
    plain[req.path.rest] = req.json
    return 204
  end),

  ["DELETE /v1/plain/*"] = may(function(req)
    plain[req.path.rest] = nil
    return 204
  end),
})

config { url = "https://vault.test", token = secret "made-up-root" }

return {
  entry = function(path)
    local entry = newest(path)
    return entry and not entry.deleted and entry.fields or nil
  end,
  drop_plain = function(path)
    plain[path] = nil
  end,
  plain = function(path)
    return plain[path]
  end,
}
