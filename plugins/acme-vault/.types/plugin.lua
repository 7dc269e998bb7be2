---@meta
-- Made from plugin.yaml by `cutover plugin check`.

---@class cutover.Config
---@field url string url
---@field admin_token cutover.Secret admin token

---@class acme_vault.put.Params
---@field path string path
---@field value cutover.Secret value

---@class acme_vault.put.Outputs
---@field path string path
---@field version integer version

---Store a secret
---@class acme_vault.put
---@field read fun(ctx: cutover.Context, p: acme_vault.put.Params): acme_vault.put.Outputs|nil
---@field run fun(ctx: cutover.Context, p: acme_vault.put.Params): acme_vault.put.Outputs
---@field undo fun(ctx: cutover.Context, p: acme_vault.put.Params, out: acme_vault.put.Outputs)

---@class acme_vault.get.Params
---@field path string path

---@class acme_vault.get.Outputs
---@field value cutover.Secret value

---Read a secret
---@class acme_vault.get
---@field run fun(ctx: cutover.Context, p: acme_vault.get.Params): acme_vault.get.Outputs

---@class acme_vault.issue.Params
---@field service string service
---@field ttl string ttl

---@class acme_vault.issue.Outputs
---@field id string id
---@field token cutover.Secret token
---@field expires_at string expires at

---Issue a token for one service
---@class acme_vault.issue
---@field read fun(ctx: cutover.Context, p: acme_vault.issue.Params): acme_vault.issue.Outputs|nil
---@field run fun(ctx: cutover.Context, p: acme_vault.issue.Params): acme_vault.issue.Outputs
---@field undo fun(ctx: cutover.Context, p: acme_vault.issue.Params, out: acme_vault.issue.Outputs)

---@class acme_vault.tokens.Params

---@class acme_vault.tokens.Outputs
---@field items table<string, any>[] items

---List tokens
---@class acme_vault.tokens
---@field run fun(ctx: cutover.Context, p: acme_vault.tokens.Params): acme_vault.tokens.Outputs

---@class acme_vault.whoami.Params
---@field token cutover.Secret token

---@class acme_vault.whoami.Outputs
---@field service string service

---Ask the vault whose token it is
---@class acme_vault.whoami
---@field run fun(ctx: cutover.Context, p: acme_vault.whoami.Params): acme_vault.whoami.Outputs

---@class acme_vault.revoke.Params
---@field id string id

---@class acme_vault.revoke.Outputs

---Revoke a token
---@class acme_vault.revoke
---@field read fun(ctx: cutover.Context, p: acme_vault.revoke.Params): acme_vault.revoke.Outputs|nil
---@field run fun(ctx: cutover.Context, p: acme_vault.revoke.Params): acme_vault.revoke.Outputs
