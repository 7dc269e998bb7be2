-- A stand-in for the service: a few lines with a state, so that it can be asked what is left in it.
local secrets = {}

---@param answer fun(req: cutover.test.Request): integer, any?
local function on(answer)
  return function(req)
    if req.headers.Authorization ~= "Bearer root-token" then
      return 401, { error = "who are you" }
    end
    return answer(req)
  end
end

fake("https://store.test", {
  reset = function()
    secrets = {}
  end,

  ["GET /secrets/*"] = on(function(req)
    local versions = secrets[req.path.rest] or {}
    if #versions == 0 then
      return 404, {}
    end
    return 200, versions[#versions]
  end),

  ["PUT /secrets/*"] = on(function(req)
    local versions = secrets[req.path.rest] or {}
    secrets[req.path.rest] = versions
    versions[#versions + 1] = { value = req.json.value, version = #versions + 1 }
    return 200, { version = #versions }
  end),

  ["DELETE /secrets/:path/:version"] = on(function(req)
    local versions = secrets[req.path.path] or {}
    if tostring(#versions) ~= req.path.version then
      return 404, {}
    end
    versions[#versions] = nil
    return 204
  end),
})

config { url = "https://store.test", token = secret "root-token" }
