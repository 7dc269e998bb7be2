-- Code that reaches for the machine, for other calls, for the VM itself, and for secrets.
--@ os_exit
os.exit(42)
--@ os_execute
return os.execute("true")
--@ os_getenv
return os.getenv("HOME")
--@ os_setlocale
return os.setlocale("C.UTF-8", "all")
--@ os_remove
return os.remove("/tmp/x")
--@ io_open
return io.open("/etc/passwd"):read("l")
--@ io_popen
return io.popen("id"):read("a")
--@ package_loadlib
return package.loadlib("/lib/x86_64-linux-gnu/libc.so.6", "system")
--@ require_a_file
return require("attacks.victim")
--@ require_by_path
return require("../../../../etc/passwd")
--@ require_by_dots
return require("......etc.passwd")
--@ require_absolute
return require("/etc/passwd")
--@ require_an_alias
return require("@self/init")
--@ require_itself
return require("init")
--@ require_with_a_null
return require("lib\0x")
--@ load_text
return load("return 1")()
--@ loadstring_text
return loadstring("return 1")()
--@ load_bytecode
return load(string.dump(function() end), "x", "b")
--@ dofile
return dofile("/etc/passwd")
--@ string_dump
return string.dump(function() end)
--@ getfenv_of_a_function
getfenv(json.encode).tostring = function() return "EVIL" end
--@ setfenv_of_a_function
setfenv(1, {})
--@ globals_table
_G.tostring = function() return "EVIL" end
--@ newproxy
return newproxy(true)
--@ debug_registry
return debug.getregistry()
--@ debug_info
return debug.info(1, "f")
--@ debug_upvalues
return debug.getupvalue(json.encode, 1)
--@ collect_garbage
collectgarbage("stop")
--@ coroutine
return coroutine.create(function() end)
--@ coroutine_wrap
return coroutine.wrap(function() while true do end end)()
--@ math_random
return math.random()
--@ vector
return vector.create(1, 2, 3)
--@ rpc_itself
return rpc("exec", { argv = { "id" } })
--@ tamper_a_library
string.upper = function() return "EVIL" end
--@ tamper_a_library_raw
rawset(string, "upper", function() return "EVIL" end)
--@ tamper_the_metatable_of_text
getmetatable("").__index = function() return function() return "EVIL" end end
--@ tamper_the_metatable_of_text_raw
rawset(getmetatable(""), "__index", {})
--@ tamper_a_global
tostring = function() return "EVIL" end
--@ tamper_with_a_new_global
evil = 1
--@ tamper_a_module
json.encode = function() return "EVIL" end
--@ tamper_a_module_raw
rawset(json, "encode", function() return "EVIL" end)
--@ tamper_ctx
ctx.key = "EVIL"
--@ tamper_ctx_raw
rawset(ctx, "key", "EVIL")
--@ tamper_the_configuration
ctx.config.url = "https://evil.test"
--@ tamper_the_configuration_raw
rawset(ctx.config, "url", "https://evil.test")
--@ tamper_the_parameters
rawset(p, "service", "EVIL")
--@ tamper_by_setmetatable
setmetatable(string, { __index = function() return "EVIL" end })
--@ tamper_by_setmetatable_of_ctx
setmetatable(ctx, {})
--@ tamper_by_table_clear
table.clear(ctx)
--@ tamper_by_table_insert
table.insert(json, "x")
--@ tamper_by_table_move
table.move({ "EVIL" }, 1, 1, 1, ctx)
--@ tamper_the_metatable_of_lists
local mt = getmetatable(array{})
mt.__index = {}
--@ tamper_an_error
local _, e = pcall(ctx.fs.read, "x", { as = "nonsense" })
e.class = "EVIL"
--@ tamper_an_error_raw
local _, e = pcall(ctx.fs.read, "x", { as = "nonsense" })
rawset(e, "class", "EVIL")
--@ ctx_env
return ctx.env.HOME
--@ ctx_unknown
return ctx.host
--@ error_of_no_text
error(setmetatable({}, { __tostring = function() return 1 end }))
--@ error_in_tostring
error(setmetatable({}, { __tostring = function() error("again") end }))
--@ error_of_nil
error(nil)
--@ error_of_bytes
error("\255\254 bytes \0 nul \27[31m")
--@ error_of_a_table
error({ code = 5, retryable = true, message = "m" })
--@ error_of_a_function
error(print)
--@ error_in_a_chain
local function f(n)
  if n == 0 then error("base") end
  local _, e = pcall(f, n - 1)
  error(e, 0)
end
f(100)
--@ error_at_a_far_level
error("x", 2^31)
--@ result_of_a_function
return { f = print }
--@ result_of_a_thread
return { c = buffer.create(1) }
--@ result_not_a_number
return { nan = 0 / 0 }
--@ result_infinite
return { inf = 1 / 0 }
--@ result_too_exact
return { int = 9007199254740993 * 2 }
--@ result_mixed
return { 1, 2, a = 3 }
--@ result_with_holes
return { [1] = 1, [1000000000] = 2 }
--@ result_with_numbers_for_keys
return { [0] = 1, [-1] = 2, [1.5] = 3 }
--@ result_of_bytes
return "\255\254"
--@ result_with_bytes_for_keys
return { ["\255"] = 1 }
--@ secret_shown
return tostring(p.value)
--@ secret_interpolated
return `{p.value}`
--@ secret_formatted
return string.format("%s", p.value)
--@ secret_formatted_anyhow
return string.format("%*", p.value)
--@ secret_measured
return #p.value
--@ secret_indexed
return p.value[1]
--@ secret_searched
return p.value:find("plain")
--@ secret_taken_apart
return p.value:sub(1, 1)
--@ secret_taken_apart_by_the_library
return string.sub(p.value, 1, 1)
--@ secret_bytes
return string.byte(p.value, 1, -1)
--@ secret_compared
return p.value < "x"
--@ secrets_compared
return p.value == ctx.config.admin_token
--@ secret_as_a_number
return p.value + 1
--@ secret_to_a_number
return tonumber(p.value)
--@ secret_raised
error(p.value)
--@ secret_raised_in_words
error("it was " .. p.value)
--@ secret_as_a_key
return { [p.value] = 1 }
--@ secret_in_a_buffer
return buffer.fromstring(p.value)
--@ secret_walked
for c in p.value do print(c) end
--@ secret_split
return string.split(p.value, "")
--@ secret_matched
return string.match(p.value, ".*")
--@ secret_in_a_pattern
return ("x"):find(p.value, 1, true)
--@ secret_substituted
return (("x"):gsub("x", p.value))
--@ secret_concatenated
return table.concat({ p.value })
--@ secret_in_unicode
return utf8.codepoint(p.value, 1)
--@ secret_by_its_metatable
return getmetatable(p.value).__index
--@ secret_set
p.value.x = 1
--@ secret_raw
return rawget(p.value, 1)
--@ secret_decoded
return json.decode(p.value)
--@ secret_parsed
return url.parse("https://" .. p.value)
--@ secret_tried_by_equal
return crypto.equal(p.value, "canary-plain-0123456789")
--@ secret_in_a_plain_output
return p.value
--@ secret_in_a_log
ctx.log.info(p.value, { s = p.value, t = tostring(p.value) })
--@ secret_in_a_log_line
ctx.log.info("it is " .. p.value)
--@ secret_printed
print(p.value)
--@ secret_in_an_address
ctx.http{ base = ctx.config.url .. "/" .. p.value }:get("/")
--@ secret_in_a_path
ctx.http{ base = ctx.config.url }:get("/" .. p.value)
--@ secret_in_a_query
ctx.http{ base = ctx.config.url }:get("/", { query = { s = p.value } })
--@ secret_in_arguments
ctx.exec{ argv = { "echo", p.value } }
--@ secret_in_a_file_name
ctx.fs.write(p.value, "x")
--@ secret_in_a_message
fail{ code = "x", message = "it is " .. p.value }
--@ secret_forged
return "\u{F5C1}s00000000000000000000000000000001inputs.value\u{F5C2}"
--@ secret_forged_in_a_body
ctx.http{ base = ctx.config.url }:post("/x", { body = "\u{F5C1}s00000000000000000000000000000002x\u{F5C2}" })
--@ secret_forged_in_pieces
local mark = "\u{F5C1}" .. "s" .. ("0"):rep(31) .. "2" .. "x" .. "\u{F5C2}"
ctx.fs.write("x", mark)
--@ secret_forged_around_one
return ("\u{F5C1}s" .. ("0"):rep(31) .. "3x\u{F5C2}" .. p.value):trim()
--@ stars_in_a_body
ctx.http{ base = ctx.config.url }:post("/x", { json = { t = tostring(p.value) } })
