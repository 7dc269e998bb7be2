---@meta
-- What a plugin's code sees. Written by `cutover plugin check`.

---A value that nothing of the plugin ever sees. `"Bearer " .. s` is a secret too.
---@class cutover.Secret
---@operator concat(string|cutover.Secret): cutover.Secret
local Secret = {}
---@return cutover.Secret
function Secret:base64() end
---Takes one entry out of a secret that is JSON text.
---@param path string
---@return cutover.Secret
function Secret:json(path) end
---@return cutover.Secret
function Secret:trim() end
---Public text that is the same for the same secret.
---@return string
function Secret:fingerprint() end

---@alias cutover.Text string|cutover.Secret

---@class cutover.Answer
---@field status integer
---@field headers table<string, string>
---@field json any The body as JSON, `seal` taken out
---@field toml any The body as TOML, with `as = "toml"`
---@field text string The body as text, with `as = "text"`
---@field secret cutover.Secret The body as one secret, with `as = "secret"`

---@class (exact) cutover.Request
---@field query? table<string, string|number|boolean>
---@field headers? table<string, cutover.Text?>
---@field json? any
---@field form? table<string, cutover.Text?>
---@field body? cutover.Text
---@field basic? { user: string, password: cutover.Text }
---@field seal? string[] Where secrets stand in the answer: `"items.*.token"`
---@field accept? integer[] Codes beside 2xx that are an answer
---@field as? "json"|"toml"|"text"|"secret"|"none" What the answer is; JSON where nothing is said
---@field follow_up? boolean Completes the write before it

---@class (exact) cutover.ClientOptions
---@field base? string
---@field headers? table<string, cutover.Text?>
---@field basic? { user: string, password: cutover.Text }

---@class cutover.Client
local Client = {}
---@param path? string
---@param options? cutover.Request
---@return cutover.Answer
function Client:get(path, options) end
---@param path? string
---@param options? cutover.Request
---@return cutover.Answer
function Client:head(path, options) end
---@param path? string
---@param options? cutover.Request
---@return cutover.Answer
function Client:options(path, options) end
---@param path? string
---@param options? cutover.Request
---@return cutover.Answer
function Client:post(path, options) end
---@param path? string
---@param options? cutover.Request
---@return cutover.Answer
function Client:put(path, options) end
---@param path? string
---@param options? cutover.Request
---@return cutover.Answer
function Client:patch(path, options) end
---@param path? string
---@param options? cutover.Request
---@return cutover.Answer
function Client:delete(path, options) end

---@class (exact) cutover.Program
---@field argv string[] The program and its arguments; never a secret
---@field stdin? cutover.Text
---@field env? table<string, cutover.Text?>
---@field cwd? string
---@field as? "json"|"toml"|"text"|"secret"|"none" What it prints; nothing is kept where nothing is said
---@field seal? string[] Where secrets stand in it: `"items.*.token"`
---@field accept? integer[] Exit codes beside 0 that are an answer
---@field follow_up? boolean

---@class cutover.Ended
---@field code integer
---@field json any What it printed, with `as = "json"`
---@field toml any What it printed, with `as = "toml"`
---@field text string What it printed, with `as = "text"`
---@field secret cutover.Secret What it printed, with `as = "secret"`

---@class cutover.Context
---@field config cutover.Config What the workflow configures
---@field key string The marker of this try: put it where the service keeps text
---@field attempt integer
---@field run_id string
---@field http fun(options: cutover.ClientOptions): cutover.Client
---@field exec fun(program: cutover.Program): cutover.Ended
---@field fs cutover.Fs
---@field log cutover.Log
---@field now fun(): string When the run began: the same all run long
---@field sleep fun(seconds: number)
---@field random fun(options?: { length?: integer, alphabet?: string }): cutover.Secret

---@class cutover.Fs
local Fs = {}
---What a file holds: its text, or what `as` says. Nil where there is no file.
---@overload fun(path: string): string?
---@param path string
---@param options { as?: "json"|"toml"|"text"|"secret", seal?: string[] }
---@return any
function Fs.read(path, options) end
---Says whether that changed it.
---@param path string
---@param content cutover.Text
---@param options? { mode?: string, follow_up?: boolean }
---@return boolean
function Fs.write(path, content, options) end
---Says whether it was there.
---@param path string
---@param options? { follow_up?: boolean }
---@return boolean
function Fs.remove(path, options) end

---@class cutover.Log
---@field debug fun(message: any, fields?: table)
---@field info fun(message: any, fields?: table)
---@field warn fun(message: any, fields?: table)
---@field error fun(message: any, fields?: table)

---@class (exact) cutover.Failure
---@field code string
---@field message string
---@field retryable? boolean
---@field after? number Seconds to wait at least

---Ends the call: something of the plugin's own domain is not as it should be.
---@param failure cutover.Failure|string
---@return never
function fail(failure) end

---Marks a table as a list, an empty one too.
---@param items? table
---@return table
function array(items) end

json = {
  ---@param value any
  ---@return string
  encode = function(value) end,
  ---@param text string
  ---@return any
  decode = function(text) end,
  null = nil, ---@type any
}
base64 = {
  ---@type fun(text: any): any
  encode = nil,
  ---@type fun(text: any): any
  decode = nil,
}
hex = {
  ---@type fun(text: any): any
  encode = nil,
  ---@type fun(text: any): any
  decode = nil,
}
url = {
  ---@type fun(text: any): string
  encode = nil,
  ---@type fun(text: string): string
  decode = nil,
  ---@type fun(query: table): string
  query = nil,
  ---@type fun(text: string): table
  parse = nil,
}
toml = {
  ---@type fun(value: any): string
  encode = nil,
  ---@type fun(text: string): any
  decode = nil,
}
yaml = {
  ---@type fun(value: any): string
  encode = nil,
  ---@type fun(text: string): any
  decode = nil,
}
crypto = {
  ---@type fun(text: any): any
  sha256 = nil,
  ---@type fun(one: any, other: any): boolean
  equal = nil,
  ---@type fun(key: any, message: any, options?: { public?: boolean }): any
  hmac = nil,
}
time = {
  ---@type fun(duration: string): number
  seconds = nil,
  ---@type fun(seconds: number): string
  duration = nil,
  ---@type fun(moment: string, duration: string): string
  add = nil,
  ---@type fun(moment: string, earlier: string): any
  since = nil,
  ---@type fun(moment: string): number
  unix = nil,
  ---@type fun(seconds: number): string
  from_unix = nil,
}
