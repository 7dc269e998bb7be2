---@meta
-- Made from plugin.yaml by `cutover plugin check`.

---@class cutover.Config
---@field url string url
---@field token cutover.Secret token
---@field mount string mount
---@field version integer version
---@field namespace? string namespace

---@class vault_kv.put.Params
---@field path string The entry, such as `ci/registry`.
---@field field string Which field of it.
---@field value cutover.Secret What to keep.

---@class vault_kv.put.Outputs
---@field path string The entry.
---@field version? integer Its version; version 1 of the store has none.

---Keep a secret as one field of an entry
---@class vault_kv.put
---@field read fun(ctx: cutover.Context, p: vault_kv.put.Params): vault_kv.put.Outputs|nil
---@field run fun(ctx: cutover.Context, p: vault_kv.put.Params): vault_kv.put.Outputs
---@field undo fun(ctx: cutover.Context, p: vault_kv.put.Params, out: vault_kv.put.Outputs)

---@class vault_kv.get.Params
---@field path string The entry, such as `ci/registry`.
---@field field string Which field of it.

---@class vault_kv.get.Outputs
---@field value cutover.Secret What it holds.
---@field version? integer Its version; version 1 of the store has none.

---Read one field of an entry
---@class vault_kv.get
---@field run fun(ctx: cutover.Context, p: vault_kv.get.Params): vault_kv.get.Outputs
