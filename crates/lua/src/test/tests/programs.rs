//! A plugin whose service is a program, and one whose service is a file.

use super::*;

const YAML: &str = r#"
api: 1
name: keeper
version: 1.0.0
summary: Secrets in a program and in a file
config: { folder: path }
needs: { exec: [keep], fs: [config.folder] }
reads: ["keep show"]
steps:
  put:
    role: store
    does: [read, run, undo]
    stores_at: keep(name)
    read_back: get
    summary: Store a secret
    params: { name: string, value: secret }
    outputs: { name: string }
  get:
    role: read
    does: [run]
    reads_from: keep(name)
    summary: Read a secret
    params: { name: string }
    outputs: { value: secret }
  write:
    role: publish
    does: [read, run, undo]
    publishes_to: note(name)
    read_back: look
    summary: Write a secret into a file
    params: { name: string, value: secret }
  look:
    role: read
    does: [run]
    reads_from: note(name)
    summary: Read it
    params: { name: string }
    outputs: { value: secret }
"#;

const LUA: &str = r#"
local function show(ctx, p)
  return ctx.exec { argv = { "keep", "show", p.name }, as = "secret", accept = { 1 } }
end

local put = {}

function put.read(ctx, p)
  local found = show(ctx, p)
  if found.code == 1 or not crypto.equal(found.secret, p.value) then
    return nil
  end
  return { name = p.name }
end

function put.run(ctx, p)
  ctx.exec { argv = { "keep", "insert", p.name }, stdin = p.value }
  return { name = p.name }
end

function put.undo(ctx, p, out)
  local found = show(ctx, p)
  if found.code == 1 or not crypto.equal(found.secret, p.value) then
    return
  end
  ctx.exec { argv = { "keep", "drop", p.name } }
end

local get = {}

function get.run(ctx, p)
  local shown = ctx.exec { argv = { "keep", "show", p.name }, as = "secret", accept = { 1 } }
  if shown.code == 1 then
    fail { code = "not_found", message = "there is no `" .. p.name .. "`" }
  end
  return { value = shown.secret }
end

local write = {}

local function held(ctx, p)
  return ctx.fs.read(ctx.config.folder .. "/" .. p.name, { as = "secret" })
end

function write.read(ctx, p)
  local found = held(ctx, p)
  if found == nil or not crypto.equal(found, p.value) then
    return nil
  end
  return {}
end

function write.run(ctx, p)
  ctx.fs.write(ctx.config.folder .. "/" .. p.name, p.value)
  return {}
end

function write.undo(ctx, p)
  local found = held(ctx, p)
  if found ~= nil and crypto.equal(found, p.value) then
    ctx.fs.remove(ctx.config.folder .. "/" .. p.name)
  end
end

local look = {}

function look.run(ctx, p)
  local found = held(ctx, p)
  if found == nil then
    fail { code = "not_found", message = "there is no file" }
  end
  return { value = found }
end

return { put = put, get = get, write = write, look = look }
"#;

const TEST: &str = r#"
local kept

program("keep", {
  reset = function() kept = {} end,
  run = function(call)
    local verb, name = call.args[1], call.args[2]
    if verb == "show" then
      if kept[name] then
        return 0, kept[name] .. "\n"
      end
      return 1, "", name .. " is not in the store"
    elseif verb == "insert" then
      kept[name] = call.stdin
    elseif verb == "drop" then
      kept[name] = nil
    else
      return 2, "", "what is " .. verb
    end
    return 0
  end,
})

config { folder = "~/notes" }
file("~/notes/other", "left alone")

test("what is put into the program is what it shows", function(t)
  t.step("put", { name = "billing", value = secret "the-first-value" })
  equal(kept.billing, "the-first-value")
  equal(reveal(t.step("get", { name = "billing" }).value), "the-first-value")
end)

test("what is written into the file is what it holds", function(t)
  t.step("write", { name = "billing", value = secret "the-first-value" })
  equal(file("~/notes/billing"), "the-first-value")
  equal(file("~/notes/other"), "left alone")
  t.fails("get", { name = "nothing" })
end)
"#;

fn keeper(edit: Option<(&str, &str)>) -> Report {
    keeper_with(edit, TEST)
}

fn keeper_with(edit: Option<(&str, &str)>, test: &str) -> Report {
    let (from, to) = edit.unwrap_or_default();
    assert!(LUA.contains(from), "`{from}` is there");
    let texts = [
        ("plugin.yaml", YAML),
        ("init.lua", &LUA.replacen(from, to, 1)),
        ("tests/k_test.lua", test),
    ];
    let files = Files::new(texts.map(|(path, text)| (path.to_owned(), text.to_owned())));
    run(&Plugin::load(files).expect("its manifest is right"), "")
}

#[track_caller]
fn fails(edit: (&str, &str), law: Law, words: &str) {
    let report = keeper(Some(edit));
    let mut failures = report.cases.iter().flat_map(|case| &case.failures);
    let is_it = |failure: &Failure| failure.law == law && failure.message.contains(words);
    assert!(failures.any(is_it), "{}", told(&report));
}

#[test]
fn a_program_and_a_file_are_played_and_hold_under_every_law() {
    let report = keeper(None);
    assert!(report.is_right(), "{}", told(&report));
    let runs: Vec<usize> = report.cases.iter().map(|case| case.runs).collect();
    assert_eq!(runs, [10, 8]);
}

#[test]
fn an_empty_place_that_is_told_like_a_failure_is_found() {
    let words = "where nothing is there, `get` fails as `keep.none`";
    fails(("code = \"not_found\"", "code = \"keep.none\""), Law::Undo, words);
}

#[test]
fn a_secret_among_the_arguments_is_refused() {
    fails(
        ("\"insert\", p.name }, stdin = p.value", "\"insert\", p.name, p.value }"),
        Law::Case,
        "argv",
    );
}

#[test]
fn a_program_that_is_not_declared_is_refused() {
    fails(("argv = { \"keep\", \"insert\"", "argv = { \"tee\", \"insert\""), Law::Case, "`tee`");
}

#[test]
fn a_folder_that_is_not_declared_is_refused() {
    fails(("ctx.config.folder .. \"/\"", "\"/etc/\""), Law::Case, "/etc");
}

#[test]
fn a_file_that_an_undo_leaves_behind_is_found() {
    fails(
        ("    ctx.fs.remove(ctx.config.folder .. \"/\" .. p.name)\n", ""),
        Law::Undo,
        "still finds it",
    );
}

#[test]
fn a_file_and_what_a_program_prints_are_read_as_toml_with_secrets_taken_out() {
    const READS: (&str, &str) = (
        "function look.run(ctx, p)\n  local found = held(ctx, p)\n",
        "function look.run(ctx, p)\n\
         local found = ctx.fs.read(ctx.config.folder .. '/config', { as = 'toml', seal = { 'profile.*.token' } })\n\
         local shown = ctx.exec({ argv = { 'keep', 'show', 'config' }, as = 'toml', seal = { 'token' } }).toml\n\
         if p.name == 'shown' then return { value = shown.token } end\n\
         do return { value = found.profile[found.at + 1].token } end\n",
    );
    const CASES: &str = r#"
program("keep", { run = function() return 0, "token = 'the-shown-token'\n" end })
config { folder = "~/notes" }
file("~/notes/config", "at = 1\n[[profile]]\ntoken = 'the-first-token'\n[[profile]]\ntoken = 'the-second-token'\n")

test("a token out of the middle of it", function(t)
  equal(reveal(t.step("look", { name = "held" }).value), "the-second-token")
  equal(reveal(t.step("look", { name = "shown" }).value), "the-shown-token")
end)
"#;
    let report = keeper_with(Some(READS), CASES);
    assert!(report.is_right(), "{}", told(&report));
    let broken = keeper_with(Some(READS), &CASES.replace("at = 1", "at = 1 the-first-token"));
    let said = told(&broken);
    assert!(said.contains("not TOML (line 1, column 6)") && !said.contains("the-first"), "{said}");
}
