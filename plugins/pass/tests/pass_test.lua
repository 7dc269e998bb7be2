local store = require "tests.fake"

test("what is put is what get gives", function(t)
  t.step("put", { name = "ci/registry", value = secret "made-up-one" })
  equal(store.entry("ci/registry"), "made-up-one\n")
  equal(reveal(t.step("get", { name = "ci/registry" }).value), "made-up-one")
end)

test("what an entry held before is kept, and comes back", function(t)
  t.step("put", { name = "ci/registry", value = secret "made-up-one" })
  local params = { name = "ci/registry", value = secret "made-up-two" }
  local out = t.step("put", params)
  equal(store.entry("former/ci/registry"), "made-up-one\n")
  t.undo("put", params, out)
  equal(store.entry("ci/registry"), "made-up-one\n")
end)

test("an entry that is not there is told", function(t)
  t.fails("get", { name = "nothing" })
end)

test("an entry is removed, twice is fine", function(t)
  t.step("put", { name = "ci/registry", value = secret "made-up-one" })
  t.step("remove", { name = "ci/registry" })
  t.step("remove", { name = "ci/registry" })
  equal(store.entry("ci/registry"), nil)
end)

test("undo does not bring back what an entry held that was removed since", function(t)
  t.step("put", { name = "ci/registry", value = secret "made-up-one" })
  t.step("put", { name = "ci/registry", value = secret "made-up-two" })
  t.step("remove", { name = "ci/registry" })
  local params = { name = "ci/registry", value = secret "made-up-three" }
  local out = t.step("put", params)
  t.undo("put", params, out)
  equal(store.entry("ci/registry"), nil)
end)
