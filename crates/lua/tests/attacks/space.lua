-- Code that takes what memory there is, in the VM and past it.
--@ string_doubled
local s = "x"
while true do s = s .. s end
--@ string_doubled_under_pcall
while true do pcall(function() local s = "x" while true do s = s .. s end end) end
--@ rep_huge
return #("x"):rep(10000000000)
--@ rep_of_two_gigabytes
return #("x"):rep(2000000000)
--@ table_grown
local t = {}
while true do t[#t + 1] = {} end
--@ table_grown_under_pcall
while true do pcall(function() local t = {} while true do t[#t + 1] = {} end end) end
--@ table_created_huge
return #table.create(100000000, 1)
--@ table_created_in_a_loop
local t = {}
while true do t[#t + 1] = table.create(1000000, 0) end
--@ table_with_a_far_key
local t = {}
for i = 1, 60 do t[2 ^ i] = i end
return t
--@ closures
local t = {}
while true do t[#t + 1] = function() return t end end
--@ buffer_huge
return buffer.create(1000000000)
--@ buffers
local t = {}
while true do t[#t + 1] = buffer.create(1000000) end
--@ concat_large
local t = {}
for i = 1, 1e6 do t[i] = ("x"):rep(60) .. i end
return #table.concat(t)
--@ gsub_that_grows
return #(("x"):rep(1000000):gsub("x", ("y"):rep(1000)))
--@ gsub_that_grows_in_a_function
return #(("x"):rep(100000):gsub("x", function() return ("y"):rep(100000) end))
--@ format_that_grows
local s = ("x"):rep(10000000)
return #string.format("%s%s%s%s%s%s%s%s%s%s", s, s, s, s, s, s, s, s, s, s)
--@ unpack_of_much
local t = table.create(1000000, 1)
return select("#", table.unpack(t))
--@ keys_of_much
local t = {}
for i = 1, 1e9 do t[("k"):rep(1000) .. i] = i end
--@ error_message_huge
error(("x"):rep(20000000))
--@ error_message_huge_under_pcall
local _, e = pcall(error, ("x"):rep(20000000))
error(e)
--@ fail_message_huge
fail{ message = ("x"):rep(20000000) }
--@ secret_doubled
local s = p.value
while true do s = s .. s end
--@ secrets_kept
local t = {}
while true do t[#t + 1] = ("x"):rep(200000) .. p.value end
--@ secrets_thrown_away
for i = 1, 1e9 do local _ = ("x"):rep(200000) .. p.value end
--@ secrets_with_long_text
return ("x"):rep(30000000) .. p.value
--@ json_of_a_doubling_graph
local t = { "leaf" }
for i = 1, 30 do t = { t, t } end
return json.encode(t)
--@ json_that_is_deep
return json.decode(("["):rep(100000))
--@ json_that_is_large
return json.decode("[" .. ("1,"):rep(1000000) .. "1]")
--@ yaml_that_doubles
local s = "a: &a [x,x,x,x,x,x,x,x,x,x]\n"
local last = "a"
for _, name in ipairs{ "b", "c", "d", "e", "f", "g", "h" } do
  s = s .. name .. ": &" .. name .. " [" .. ("*" .. last .. ","):rep(9) .. "*" .. last .. "]\n"
  last = name
end
return yaml.decode(s)
--@ yaml_that_is_deep
return yaml.decode(("["):rep(100000))
--@ yaml_of_dashes
return yaml.decode(("- "):rep(100000))
--@ yaml_of_keys
return yaml.decode(("? "):rep(100000))
--@ yaml_of_indents
local lines = {}
for i = 1, 500 do lines[i] = (" "):rep(i) .. "a:" end
return yaml.decode(table.concat(lines, "\n"))
--@ yaml_of_much
return yaml.decode(("- a\n"):rep(60000))
--@ yaml_of_anchors
return yaml.decode(("- &a b\n"):rep(30000))
--@ toml_of_much
return toml.decode(("[[a]]\nb = 1\n"):rep(15000))
--@ toml_that_is_deep
return toml.decode("a = " .. ("["):rep(100000))
--@ toml_with_deep_keys
return toml.decode(("a."):rep(100000) .. "a = 1")
--@ hex_of_much
return #hex.encode(("x"):rep(20000000))
--@ url_of_much
return #url.encode(("€"):rep(300000))
--@ log_of_much
for i = 1, 1e6 do ctx.log.info(("x"):rep(1000000)) end
--@ log_fields_of_much
local t = { "leaf" }
for i = 1, 30 do t = { t, t } end
ctx.log.info("x", { t = t })
--@ body_of_a_doubling_graph
local t = { "leaf" }
for i = 1, 30 do t = { t, t } end
ctx.http{ base = ctx.config.url }:post("/x", { json = t })
--@ body_too_large
ctx.http{ base = ctx.config.url }:post("/x", { body = ("x"):rep(20000000) })
--@ random_too_long
return ctx.random{ length = 1e9 }
--@ result_deep
local t = {}
for i = 1, 100000 do t = { t } end
return t
--@ result_cyclic
local t = {}
t.t = t
return t
--@ result_of_a_doubling_graph
local t = { "leaf" }
for i = 1, 30 do t = { t, t } end
return t
--@ result_wide
return table.create(3000000, 1)
--@ result_with_long_text
return ("x"):rep(30000000)
--@ result_with_metamethods
local function loop() while true do end end
return setmetatable({}, { __index = loop, __len = loop, __pairs = loop, __iter = loop })
--@ recursion
local function f() return 1 + f() end
return f()
--@ recursion_under_pcall
local function f() return pcall(f) end
return tostring(f())
--@ recursion_that_doubles
local function f() pcall(f) pcall(f) end
f()
--@ recursion_in_gsub
local function f() return (("x"):gsub(".", function() pcall(f) f() end)) end
return f()
--@ recursion_in_sort
local function f() local t = { 3, 2, 1 } table.sort(t, function(a, b) f() return a < b end) end
f()
--@ recursion_in_index
local mt = {}
mt.__index = function(_, k) return setmetatable({}, mt)[k .. "x"] end
return setmetatable({}, mt).a
--@ recursion_in_tostring
local mt = {}
local t = setmetatable({}, mt)
mt.__tostring = function() return tostring(t) end
return tostring(t)
--@ recursion_in_handler
local function f() error("x") end
local function h() return xpcall(f, h) end
return xpcall(f, h)
--@ chain_of_indexes
local t = {}
for i = 1, 100000 do t = setmetatable({}, { __index = t }) end
return tostring(t.x)
--@ chain_of_calls
local t = function() end
for i = 1, 100000 do t = setmetatable({}, { __call = t }) end
return t()
