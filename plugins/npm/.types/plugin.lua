---@meta
-- Made from plugin.yaml by `cutover plugin check`.

---@class cutover.Config
---@field registry string registry
---@field user string user
---@field password cutover.Secret password

---@class npm.create.Params
---@field known string[] The keys that were there before: `keys` of `npm.tokens`.
---@field readonly boolean Whether it may only fetch packages.

---@class npm.create.Outputs
---@field id string The token's key: what it is listed and revoked by.
---@field token cutover.Secret The token.
---@field created_at string When it was made.

---Make an access token
---@class npm.create
---@field read fun(ctx: cutover.Context, p: npm.create.Params): npm.create.Outputs|nil
---@field run fun(ctx: cutover.Context, p: npm.create.Params): npm.create.Outputs
---@field undo fun(ctx: cutover.Context, p: npm.create.Params, out: npm.create.Outputs)

---@class npm.tokens.Params

---@class npm.tokens.Outputs
---@field items table<string, any>[] Each with `id`, `created_at`, `prefix` and `readonly`.
---@field keys string[] The keys of all of them.

---List the access tokens of the user
---@class npm.tokens
---@field run fun(ctx: cutover.Context, p: npm.tokens.Params): npm.tokens.Outputs

---@class npm.whoami.Params
---@field token cutover.Secret The token to log in with.

---@class npm.whoami.Outputs
---@field username string The user that it belongs to.

---Ask the registry whose token it is
---@class npm.whoami
---@field run fun(ctx: cutover.Context, p: npm.whoami.Params): npm.whoami.Outputs

---@class npm.check.Params
---@field npmrc string The file that holds the token.

---@class npm.check.Outputs
---@field username string The user that it belongs to.

---Let npm itself log in with a .npmrc
---@class npm.check
---@field run fun(ctx: cutover.Context, p: npm.check.Params): npm.check.Outputs

---@class npm.revoke.Params
---@field id string The token's key, as `npm.create` and `npm.tokens` give it.

---@class npm.revoke.Outputs

---Revoke an access token
---@class npm.revoke
---@field read fun(ctx: cutover.Context, p: npm.revoke.Params): npm.revoke.Outputs|nil
---@field run fun(ctx: cutover.Context, p: npm.revoke.Params): npm.revoke.Outputs
