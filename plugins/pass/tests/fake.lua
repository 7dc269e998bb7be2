-- `pass`, as far as the plugin knows it. Entries hold their text with its last line break.
---@type table<string, string>
local entries = {}

local function words(args)
  local names = {}
  local after = false
  for _, word in ipairs(args) do
    if after then
      names[#names + 1] = word
    end
    after = after or word == "--"
  end
  return args[1], names[1], names[2]
end

local answers = {}

function answers.show(_, name)
  if entries[name] == nil then
    return 1, "", "Error: " .. name .. " is not in the password store."
  end
  return 0, entries[name]
end

function answers.insert(call, name)
  entries[name] = call.stdin
  return 0, ""
end

function answers.cp(_, from, to)
  entries[to] = entries[from]
  return 0, ""
end

function answers.mv(_, from, to)
  entries[to], entries[from] = entries[from], nil
  return 0, ""
end

function answers.rm(_, name)
  if entries[name] == nil then
    return 1, "", "Error: " .. name .. " is not in the password store."
  end
  entries[name] = nil
  return 0, ""
end

program("pass", {
  reset = function()
    entries = {}
  end,
  run = function(call)
    local verb, first, second = words(call.args)
    return answers[verb](call, first, second)
  end,
})

config {}

return {
  entry = function(name)
    return entries[name]
  end,
}
