//! The mistakes that authors make, one edit each, and what the laws say of them.

use super::*;
use crate::inspect::inspect;

const INIT: &str = "init.lua";
const YAML: &str = "plugin.yaml";

/// A mistake is found under these laws, in these words, and under no other.
#[track_caller]
fn found(edits: &[(&str, &str, &str)], laws: &[Law], words: &str) {
    let report = tested(edits);
    let failures = report.cases.iter().flat_map(|case| &case.failures);
    let met: BTreeSet<Law> = failures.clone().map(|failure| failure.law).collect();
    assert_eq!(met, laws.iter().copied().collect(), "{}", told(&report));
    assert!(failures.clone().any(|failure| failure.message.contains(words)), "{}", told(&report));
}

/// It is found before anything runs, too.
#[track_caller]
fn checked(edits: &[(&str, &str, &str)], words: &str) {
    let flaws = inspect(&edited(edits));
    assert!(flaws.iter().any(|flaw| flaw.message.contains(words)), "{flaws:?}");
}

#[track_caller]
fn harmless(edits: &[(&str, &str, &str)]) {
    assert_eq!(inspect(&edited(edits)), []);
    let report = tested(edits);
    assert!(report.is_right(), "{}", told(&report));
}

#[test]
fn a_typo_in_a_parameter() {
    let edit = (INIT, "service = p.service, ttl", "service = p.servce, ttl");
    found(&[edit], &[Law::Case], "`servce`");
    checked(&[edit], "`servce` is not in the parameters of this step");
}

#[test]
fn a_typo_in_a_function_of_the_host() {
    let edit = (INIT, "ctx.log.info(", "ctx.log.inf(");
    found(&[edit], &[Law::Case], "`inf`");
    checked(&[edit], "`inf` is not in `ctx.log`");
}

#[test]
fn an_undefined_global() {
    let edit = (INIT, r#"vault(ctx):delete("/tokens/" .. out.id"#, r#"vualt(ctx):delete("/x""#);
    found(&[edit], &[Law::Undo], "`vualt`");
    checked(&[edit], "`vualt`");
}

#[test]
fn an_argument_of_the_wrong_type() {
    let edit = (INIT, ".. p.id, { accept = { 404 } })\n", ".. p.id, { accept = \"404\" })\n");
    found(&[edit], &[Law::Case], "accept");
}

#[test]
fn an_output_that_is_missing() {
    let edit = (INIT, "  return made.json\n", "  return { id = made.json.id }\n");
    found(&[edit], &[Law::Case], "no `token`");
}

#[test]
fn a_read_that_is_misspelt() {
    let edit = (INIT, "function issue.read(", "function issue.raed(");
    found(&[edit], &[Law::Found, Law::Others, Law::Lost, Law::Undo], "no function `read`");
    checked(&[edit], "`read`");
}

#[test]
fn a_secret_that_run_does_not_seal() {
    let edit = (INIT, "    seal = { \"token\" },\n  })\n  ctx.log", "  })\n  ctx.log");
    found(&[edit], &[Law::Case], "a plain `token`, which is declared `secret`");
}

#[test]
fn a_secret_that_read_does_not_seal() {
    let edit = (
        INIT,
        "query = { tag = ctx.key }, seal = { \"items.*.token\" }",
        "query = { tag = ctx.key }",
    );
    found(&[edit], &[Law::Found, Law::Lost], "a plain `token`");
}

#[test]
fn a_marker_that_is_not_sent() {
    let edit = (INIT, "ttl = p.ttl, tag = ctx.key", "ttl = p.ttl");
    found(&[edit], &[Law::Found, Law::Lost], "`read` finds nothing");
}

#[test]
fn neither_a_read_nor_a_run_that_may_come_twice() {
    let edits = [
        (
            YAML,
            "does: [read, run]\n    revokes: id",
            "does: [run]\n    repeat: safe\n    revokes: id",
        ),
        (INIT, ".. p.id, { accept = { 404 } })\n  return {}", ".. p.id)\n  return {}"),
    ];
    found(&edits, &[Law::Case], "404");
}

#[test]
fn a_read_that_writes() {
    let edit = (
        INIT,
        "local found = vault(ctx):get(\"/tokens\", { query",
        "vault(ctx):post(\"/tokens\", { json = { service = \"x\" } })\n  local found = \
         vault(ctx):get(\"/tokens\", { query",
    );
    found(&[edit], &[Law::Found, Law::Lost, Law::Undo], "where it may only read");
}

#[test]
fn a_service_that_is_not_declared() {
    let edit =
        (INIT, "base = ctx.config.url .. \"/v1\",\n", "base = \"https://elsewhere.test/v1\",\n");
    found(&[edit], &[Law::Case], "elsewhere.test");
}

#[test]
fn a_secret_as_text() {
    let edit = (INIT, ".. ctx.config.admin_token", ".. tostring(ctx.config.admin_token)");
    found(&[edit], &[Law::Case], "a secret made text");
}

#[test]
fn an_index_of_nothing() {
    let edit = (
        INIT,
        "return found.json.items[1]",
        "return found.json.items[1].id and found.json.items[1]",
    );
    found(&[edit], &[Law::Others, Law::Undo], "attempt to index nil");
}

#[test]
fn a_loop_without_an_end() {
    let edit = (
        INIT,
        "  local made = vault(ctx):post(",
        "  while true do end\n  local made = vault(ctx):post(",
    );
    found(&[edit], &[Law::Case], "computes without an end");
}

#[test]
fn an_undo_that_does_nothing() {
    let edit = (INIT, "  vault(ctx):delete(\"/tokens/\" .. out.id, { accept = { 404 } })\n", "");
    found(&[edit], &[Law::Undo], "`read` still finds it");
}

#[test]
fn an_undo_that_cannot_come_twice() {
    let edit = (INIT, ".. out.id, { accept = { 404 } })", ".. out.id)");
    found(&[edit], &[Law::Undo], "fails the second time");
}

#[test]
fn a_run_that_cannot_come_twice_is_harmless_where_read_protects_it() {
    harmless(&[(INIT, ".. p.id, { accept = { 404 } })\n  return {}", ".. p.id)\n  return {}")]);
}

#[test]
fn logging_a_secret_is_harmless() {
    harmless(&[(
        INIT,
        "{ id = made.json.id, service = p.service }",
        "{ token = made.json.token }",
    )]);
}

#[test]
fn a_service_that_lists_no_secrets_is_fine_with_a_right_plugin() {
    let token = "{ id = token.id, tag = token.tag, expires_at = token.expires_at }";
    let from = "        items[#items + 1] = token\n";
    harmless(&[("tests/fake.lua", from, &format!("        items[#items + 1] = {token}\n"))]);
}

#[test]
fn an_orphan_that_is_not_taken_back() {
    let token = "{ id = token.id, tag = token.tag, expires_at = token.expires_at }";
    let to = format!("        items[#items + 1] = {token}\n");
    let edits = [
        ("tests/fake.lua", "        items[#items + 1] = token\n", to.as_str()),
        (INIT, "  vault(ctx):delete(\"/tokens/\" .. out.id, { accept = { 404 } })\n", ""),
    ];
    found(&edits, &[Law::Undo, Law::Lost], "`read` still finds it");
}

#[test]
fn a_read_that_finds_what_somebody_else_made() {
    let edit = (INIT, "query = { tag = ctx.key }, seal", "query = {}, seal");
    found(&[edit], &[Law::Others], "with another key `read` finds what is not its own");
}

#[test]
fn a_refusal_that_is_hidden() {
    let edit = (
        INIT,
        "  vault(ctx):delete(\"/tokens/\" .. p.id, { accept = { 404 } })\n",
        "  pcall(function() vault(ctx):delete(\"/tokens/\" .. p.id) end)\n",
    );
    found(&[edit], &[Law::Refused], "its write was refused");
}

#[test]
fn a_secret_that_is_read_and_logged_unsealed() {
    let edit = (
        INIT,
        "function issue.undo(ctx, p, out)\n",
        "function issue.undo(ctx, p, out)\n  local seen = vault(ctx):get(\"/tokens/\" .. out.id, { \
         accept = { 404 } })\n  ctx.log.info(\"undo\", { was = seen.json.token })\n",
    );
    found(&[edit], &[Law::Secrets], "is in a log line of `issue`, as it is");
}

#[test]
fn a_run_that_takes_what_is_not_known_yet_for_a_mistake() {
    let edit = (
        INIT,
        "  local made = vault(ctx):post(",
        "  if type(p.service) ~= \"string\" then\n    fail { code = \"acme.service\", message = \
         \"no service\" }\n  end\n  local made = vault(ctx):post(",
    );
    found(&[edit], &[Law::Offline], "before it gets to its write");
}

#[test]
fn a_mistake_of_the_case_itself_is_shown_in_its_file() {
    let report = tested(&[("tests/acme_test.lua", "out.id, \"tok_1\"", "out.id, \"tok_2\"")]);
    let failure = &report.cases[0].failures[0];
    assert_eq!(failure.message, "expected `tok_2`, got `tok_1`");
    let at = failure.at.as_ref().expect("it has a place");
    assert_eq!((at.file.as_str(), at.line), ("tests/acme_test.lua", 5));
}
