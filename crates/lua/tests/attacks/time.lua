-- Code that does not end, and code that hides that. `--@ name`, then the body of `run(ctx, p)`.
--@ fine
return "fine"
--@ endless_while
while true do end
--@ endless_repeat
repeat until false
--@ endless_for
for i = 1, math.huge do end
--@ endless_tail_call
local function f() return f() end
return f()
--@ endless_mutual_calls
local f, g
f = function() return g() end
g = function() return f() end
return f()
--@ endless_iterator
for _ in function() return 1 end do end
--@ endless_in_metamethod
return setmetatable({}, { __index = function() while true do end end }).x
--@ endless_in_newindex
setmetatable({}, { __newindex = function() while true do end end }).x = 1
--@ endless_in_eq
local mt = { __eq = function() while true do end end }
return setmetatable({}, mt) == setmetatable({}, mt)
--@ endless_in_lt
local mt = { __lt = function() while true do end end }
return setmetatable({}, mt) < setmetatable({}, mt)
--@ endless_in_concat
return setmetatable({}, { __concat = function() while true do end end }) .. "x"
--@ endless_in_tostring
return tostring(setmetatable({}, { __tostring = function() while true do end end }))
--@ endless_in_call
return setmetatable({}, { __call = function() while true do end end })()
--@ endless_in_len
return #setmetatable({}, { __len = function() while true do end end })
--@ endless_in_iter
for _ in setmetatable({}, { __iter = function() while true do end end }) do end
--@ endless_in_sort
table.sort({ 3, 2, 1 }, function() while true do end end)
--@ endless_in_gsub
return (("abc"):gsub(".", function() while true do end end))
--@ endless_in_xpcall_handler
xpcall(error, function() while true do end end)
--@ kept_by_pcall
while true do pcall(function() while true do end end) end
--@ kept_by_pcall_straight
local function g() while true do end end
pcall(g) pcall(g) pcall(g) pcall(g) pcall(g) pcall(g) pcall(g) pcall(g)
pcall(function() pcall(g) pcall(g) pcall(function() pcall(g) pcall(g) end) pcall(g) end)
return "survived"
--@ kept_by_xpcall
local h
h = function() while true do end end
while true do xpcall(function() while true do end end, h) end
--@ kept_by_xpcall_that_calls_itself
local function h() return xpcall(h, h) end
while true do h() end
--@ kept_by_pcall_of_pcall
while true do pcall(pcall, pcall, function() while true do end end) end
--@ kept_by_error_in_handler
while true do xpcall(error, function() error("again") end) end
--@ pattern_that_explodes
return string.find(("a"):rep(3000), ("a-"):rep(12) .. "b")
--@ pattern_that_explodes_on_more
return string.find(("a"):rep(100000), (".-"):rep(30) .. "b")
--@ pattern_kept_by_pcall
while true do pcall(string.find, ("a"):rep(3000), ("a-"):rep(12) .. "b") end
--@ pattern_that_is_linear_on_much
return ("a"):rep(20000000):find("b*c")
--@ pattern_that_is_quadratic
return ("a"):rep(200000):find("a*b")
--@ pattern_with_a_large_set
return ("a"):rep(1000000):find("[" .. ("b"):rep(1000000) .. "a]*c")
--@ pattern_with_a_set_within_bounds
return ("a"):rep(1000000):find("[" .. ("b"):rep(28) .. "a]*c")
--@ pattern_in_gmatch
for _ in ("a"):rep(100000):gmatch(("a-"):rep(20) .. "b") do end
--@ pattern_in_gsub
return (("a"):rep(100000):gsub(("a-"):rep(20) .. "b", ""))
--@ pattern_in_match
return ("a"):rep(100000):match(("a*"):rep(20) .. "b")
--@ pattern_with_frontier
return ("a"):rep(1000000):gsub("%f[%w]" .. ("a-"):rep(10) .. "$", "x")
--@ pattern_with_balance
return ("("):rep(1000000):find("%b()")
--@ pattern_with_back_references
return ("a"):rep(100000):find("(a*)(a*)%1%2b")
--@ find_plain_quadratic
return ("a"):rep(20000000):find(("a"):rep(10000000) .. "b", 1, true)
--@ find_plain_in_a_loop
local s, w = ("a"):rep(1000000), ("a"):rep(500000) .. "b"
while true do s:find(w, 1, true) end
--@ split_quadratic
return #string.split(("a"):rep(5000000), ("a"):rep(2500000) .. "b")
--@ split_in_a_loop
local s = ("a,"):rep(100000)
while true do string.split(s, ",") end
--@ rep_of_nothing
return #string.rep("", 2^53)
--@ rep_negative
return #string.rep("x", -2^53)
--@ upper_in_a_loop
local s = ("x"):rep(20000000)
while true do local _ = s:upper() end
--@ reverse_in_a_loop
local s = ("x"):rep(10000000)
while true do local _ = s:reverse() end
--@ byte_in_a_loop
local s = ("x"):rep(7000)
while true do local _ = { s:byte(1, -1) } end
--@ move_huge
table.move({}, 1, 2^53, 2)
--@ move_wide
table.move({}, 1, 2147483646, -2147483647, {})
--@ remove_with_length
table.remove(setmetatable({}, { __len = function() return 2^53 end }), 1)
--@ insert_in_front
local t = {}
for i = 1, 1500000 do t[i] = i end
while true do table.insert(t, 1, 0) end
--@ remove_in_front
local t = {}
for i = 1, 1500000 do t[i] = i end
while true do table.remove(t, 1) end
--@ concat_with_index
return #table.concat(setmetatable({}, { __index = tostring, __len = function() return 2^40 end }))
--@ concat_in_a_loop
local t, s = {}, ("x"):rep(1000)
for i = 1, 20000 do t[i] = s end
while true do local _ = #table.concat(t) end
--@ unpack_wide
while true do select("#", table.unpack({}, 1, 7000)) end
--@ unpack_too_wide
return table.unpack({}, 1, 1e9)
--@ find_in_a_table
local t = {}
for i = 1, 500000 do t[i] = {} end
while true do table.find(t, 1) end
--@ clone_in_a_loop
local t = table.create(200000, 1)
while true do table.clone(t) end
--@ sort_long_strings
local a, b = ("a"):rep(15000000) .. "1", ("a"):rep(15000000) .. "2"
local t = {}
for i = 1, 100000 do t[i] = (i % 2 == 0) and a or b end
table.sort(t)
--@ sort_by_a_function_of_c
local t = {}
for i = 1, 300000 do t[i] = {} end
table.sort(t, rawequal)
--@ sort_by_next
local t = {}
for i = 1, 300000 do t[i] = {} end
table.sort(t, next)
--@ sort_again_and_again
local t = {}
for i = 1, 100000 do t[i] = (i * 7919) % 1000003 end
for i = 1, 1000 do table.sort(t) end
--@ sort_with_a_comparison_that_lies
local t = {}
for i = 1, 200000 do t[i] = i end
table.sort(t, function() return true end)
--@ sort_with_a_comparison_that_shrinks
local t = {}
for i = 1, 1000 do t[i] = i end
table.sort(t, function(a, b) t[a] = nil return a > b end)
--@ next_that_is_quadratic
local t = {}
for i = 1, 100000 do t["k" .. i] = i end
local k = next(t)
while k do t[k] = nil k = next(t) end
--@ buffer_filled_in_a_loop
local b = buffer.create(30000000)
while true do buffer.fill(b, 0, 1) end
--@ buffer_copied_in_a_loop
local b = buffer.create(30000000)
while true do buffer.copy(b, 0, b, 1, 29999999) end
--@ utf8_in_a_loop
local s = ("é"):rep(5000000)
while true do utf8.len(s) end
--@ format_wide
return #string.format("%99.99f", 1e308)
--@ format_in_a_loop
local s = ("x"):rep(4000000)
while true do local _ = string.format("%s%s", s, s) end
--@ json_in_a_loop
local t = table.create(20000, "x")
while true do json.encode(t) end
--@ base64_in_a_loop
local s = ("x"):rep(900000)
while true do base64.encode(s) end
--@ sha256_in_a_loop
local s = ("x"):rep(900000)
while true do crypto.sha256(s) end
--@ log_in_a_loop
while true do ctx.log.info("again") end
--@ random_in_a_loop
while true do ctx.random{ length = 8 } end
--@ secrets_joined_in_a_loop
while true do local _ = "Bearer " .. p.value end
--@ require_in_a_loop
while true do pcall(require, "lib.none") end
