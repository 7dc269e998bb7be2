local vault = require "tests.fake"

test("what is put is what get gives, and other fields stay", function(t)
  t.step("put", { path = "ci/registry", field = "user", value = secret "made-up-user" })
  local out = t.step("put", { path = "ci/registry", value = secret "made-up-one" })
  equal(out.version, 2)
  equal(vault.entry("ci/registry"), { user = "made-up-user", value = "made-up-one" })
  equal(reveal(t.step("get", { path = "ci/registry" }).value), "made-up-one")
end)

test("what was there before comes back", function(t)
  t.step("put", { path = "ci/registry", value = secret "made-up-one" })
  local params = { path = "ci/registry", value = secret "made-up-two" }
  local out = t.step("put", params)
  t.undo("put", params, out)
  equal(vault.entry("ci/registry"), { value = "made-up-one" })
end)

test("an entry that is not there is told", function(t)
  t.fails("get", { path = "nothing" })
end)
