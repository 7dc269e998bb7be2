local vault = require "tests.fake"

test("issue makes one sealed token", function(t)
  local out = t.step("issue", { service = "billing" })
  equal(out.id, "tok_1")
  equal(t.step("whoami", { token = out.token }).service, "billing")
  equal(reveal(out.token), "s3cr3t-of-the-acme-vault-1")
end)

test("revoke removes it, twice is fine", function(t)
  local out = t.step("issue", { service = "billing" })
  t.step("revoke", { id = out.id })
  t.step("revoke", { id = out.id })
  equal(#vault.left(), 0)
end)

test("what is put is what get gives", function(t)
  t.step("put", { path = "billing", value = secret "first-value" })
  local out = t.step("put", { path = "billing", value = secret "other-value" })
  equal(out.version, 2)
  equal(reveal(t.step("get", { path = "billing" }).value), "other-value")
end)
