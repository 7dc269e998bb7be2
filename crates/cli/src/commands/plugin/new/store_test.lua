require "tests.fake"

test("what is put is what get gives", function(t)
  t.step("put", { path = "billing", value = secret "first-value" })
  local out = t.step("put", { path = "billing", value = secret "second-value" })
  equal(out.version, 2)
  equal(reveal(t.step("get", { path = "billing" }).value), "second-value")
end)
