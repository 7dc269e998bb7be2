---@meta
-- What a plugin's tests see. Written by `cutover plugin check`.

---@class cutover.test.Request
---@field method string
---@field path table<string, string> What `:name` and `*` (as `rest`) stand for
---@field query table<string, string>
---@field headers table<string, string>
---@field json any
---@field body string

---@class cutover.test.Case
---@field step fun(name: string, params?: table): any

---@param name string
---@param case fun(t: cutover.test.Case)
function test(name, case) end

---A stand-in for a service: what it answers to, and `reset`.
---@param address string
---@param answers table<string, fun(req: cutover.test.Request): integer?, any>
function fake(address, answers) end

---@param values table
function config(values) end

---@param plain string
---@return cutover.Secret
function secret(plain) end

---@param found any
---@param wanted any
function equal(found, wanted) end

---@param value cutover.Secret
---@return string
function reveal(value) end
