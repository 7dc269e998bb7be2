---@meta
-- What a plugin's tests see. Written by `cutover plugin check`.

---@class cutover.test.Request
---@field method string
---@field url string The address, without what stands after `?`
---@field path table<string, string> What `:name` and `*` (as `rest`) stand for
---@field query table<string, string?>
---@field headers table<string, string> By any spelling of their names
---@field json any The body, where it is JSON
---@field form table<string, string> The body, where it is a form
---@field body string

---@class cutover.test.Call
---@field program string
---@field args string[] Its arguments, without the program
---@field stdin string
---@field env table<string, string>

---@class cutover.test.Case
local Case = {}
---Carries a step out as the engine does: `read`, then `run` if it found nothing. Gives its outputs.
---@param name string
---@param params? table
---@return table<string, any>
function Case.step(name, params) end
---Carries a step out that has to fail. Gives its code and message.
---@param name string
---@param params? table
---@return table<string, any>
function Case.fails(name, params) end
---Asks `read` alone. Gives what it found, or nil.
---@param name string
---@param params? table
---@return table<string, any>?
function Case.read(name, params) end
---Takes a step back: `out` is what it gave.
---@param name string
---@param params? table
---@param out table
function Case.undo(name, params, out) end
---The lines that were logged.
---@return any[]
function Case.logs() end

---@param name string
---@param case fun(t: cutover.test.Case)
function test(name, case) end

---A stand-in for a service: routes such as `["GET /v1/tokens/:id"]`, each a function of the request
---that gives a status, a body and headers; and `reset`, which empties it before each run.
---@param address string
---@param routes table<string, function>
function fake(address, routes) end

---A stand-in for a program: a function of the call that gives its exit code, what it prints, and what it
---complains; or `{ run, reset }`.
---@param name string
---@param answer fun(call: cutover.test.Call): any, any, any
---@overload fun(name: string, answer: { run: fun(call: cutover.test.Call): any, any, any; reset?: fun() })
function program(name, answer) end

---What a file holds, or puts one there.
---@param path string
---@param text? string
---@return string?
function file(path, text) end

---The configuration, as a workflow would give it.
---@param values table
function config(values) end

---@param plain string
---@return cutover.Secret
function secret(plain) end

---@param found any
---@param wanted any
function equal(found, wanted) end

---Opens a secret, in a test alone.
---@param value cutover.Secret
---@return string
function reveal(value) end
