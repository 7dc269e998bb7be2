---@meta
-- Made from plugin.yaml by `cutover plugin check`.

---@class cutover.Config
---@field store? string store
---@field gnupg? string gnupg

---@class pass.put.Params
---@field name string The entry, such as `ci/registry`.
---@field value cutover.Secret What to keep.

---@class pass.put.Outputs
---@field name string The entry.

---Keep a secret in the password store
---@class pass.put
---@field read fun(ctx: cutover.Context, p: pass.put.Params): pass.put.Outputs|nil
---@field run fun(ctx: cutover.Context, p: pass.put.Params): pass.put.Outputs
---@field undo fun(ctx: cutover.Context, p: pass.put.Params, out: pass.put.Outputs)

---@class pass.get.Params
---@field name string The entry, such as `ci/registry`.

---@class pass.get.Outputs
---@field value cutover.Secret The whole entry without its last line break.

---Read a secret of the password store
---@class pass.get
---@field run fun(ctx: cutover.Context, p: pass.get.Params): pass.get.Outputs

---@class pass.remove.Params
---@field name string The entry, such as `ci/registry`.

---@class pass.remove.Outputs

---Remove an entry of the password store
---@class pass.remove
---@field read fun(ctx: cutover.Context, p: pass.remove.Params): pass.remove.Outputs|nil
---@field run fun(ctx: cutover.Context, p: pass.remove.Params): pass.remove.Outputs
