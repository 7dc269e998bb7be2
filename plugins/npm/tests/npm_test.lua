local registry = require "tests.fake"

test("a token is made, and it is the user's", function(t)
  local made = t.step("create", {})
  equal(made.id, "key-1")
  equal(reveal(made.token), "npm-made-up-token-number-1")
  equal(t.step("whoami", { token = made.token }).username, "ci")
end)

test("npm itself logs in with a file", function(t)
  equal(t.step("check", { npmrc = "/home/ci/.npmrc" }).username, "ci")
end)

test("what is there already is not taken for ours", function(t)
  local first = t.step("create", {})
  local second = t.step("create", { readonly = true })
  equal(second.id, "key-2")
  local items = t.step("tokens", {}).items
  equal({ items[1].id, items[2].id }, { first.id, second.id })
  equal(items[2].readonly, true)
end)

test("a token is revoked, twice is fine, and the registry refuses it then", function(t)
  local made = t.step("create", {})
  t.step("revoke", { id = made.id })
  t.step("revoke", { id = made.id })
  equal(registry.keys(), {})
  t.fails("whoami", { token = made.token })
end)
