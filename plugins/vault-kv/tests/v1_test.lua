local vault = require "tests.fake"

config { mount = "plain", version = 1 }

test("version 1 keeps the former fields beside the entry, and puts them back", function(t)
  t.step("put", { path = "ci/registry", value = secret "made-up-one" })
  local params = { path = "ci/registry", value = secret "made-up-two" }
  local out = t.step("put", params)
  equal(reveal(t.step("get", { path = "ci/registry" }).value), "made-up-two")
  equal(vault.plain("ci/registry.former"), { value = "made-up-one" })
  t.undo("put", params, out)
  equal(vault.plain("ci/registry"), { value = "made-up-one" })
end)

test("version 1 does not put back what an entry held that was deleted since", function(t)
  t.step("put", { path = "ci/registry", value = secret "made-up-one" })
  t.step("put", { path = "ci/registry", value = secret "made-up-two" })
  vault.drop_plain("ci/registry")
  local params = { path = "ci/registry", value = secret "made-up-three" }
  local out = t.step("put", params)
  t.undo("put", params, out)
  equal(vault.plain("ci/registry"), nil)
end)
