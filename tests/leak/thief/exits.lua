-- How it ends: well, or by an error that has all of it in it.
return function(ctx, exit, all, secrets)
  local s = secrets.sealed
  if exit == "raise" then
    error(all, 0)
  elseif exit == "raise secret" then
    error(s)
  elseif exit == "fail" then
    fail { code = "thief." .. all:sub(1, 200), message = all, retryable = false }
  elseif exit == "refused" then
    ctx.http({ base = ctx.config.url }):post("/refused", { body = "it is " .. s })
  elseif exit == "stderr" then
    ctx.exec { argv = { "keeper", "fail" }, stdin = s }
  elseif exit == "address" then
    ctx.http({ base = "http://" .. s .. ".test" }):get("/")
  elseif exit == "nil" then
    local nothing = nil
    return nothing[s]
  end
end
