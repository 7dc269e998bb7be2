//! What is found in code before it runs.

use super::*;
use crate::files::MANIFEST;

const HEAD: &str = "api: 1\nname: acme\nversion: 1.0.0\nsummary: A store\nsteps:\n";

fn flaws(steps: &str, init: &str) -> Vec<String> {
    let texts = [(MANIFEST, format!("{HEAD}{steps}")), (INIT, init.to_owned())];
    let files = Files::new(texts.map(|(path, text)| (path.to_owned(), text)));
    let plugin = Plugin::load(files).expect("the manifest is right");
    let line = |flaw: Flaw| format!("{}:{} {} ({})", flaw.file, flaw.line, flaw.message, flaw.help);
    inspect(&plugin).into_iter().map(line).collect()
}

const TELL: &str = "  tell: { role: notify, does: [run, undo], summary: Tell }\n";

#[test]
fn code_that_returns_what_the_manifest_says_has_no_flaw() {
    let init = r##"
        local lib = { a = 1, ["b"] = 2 }
        local function helper(x, ...) return x .. tostring(select("#", ...)) end
        local tell = {}
        function tell.run(ctx, p)
          for at, item in ipairs({ lib.a, lib.b }) do
            if at > 1 then lib.a = item elseif item then local y = at; return { n = y } end
          end
          repeat local stop = true until stop
          while false do break end
          local f = function(a) return a end
          --[[ nothing = here ]] --nor = here
          return { id = helper(f("x"), [==[ os.exit() ]==], `{p}`) }
        end
        tell.undo = function(ctx, p, out) ctx.log.info("x", { at = time.now, out = out }) end
        return { tell = tell }
    "##;
    assert_eq!(flaws(TELL, init), Vec::<String>::new());
}

#[test]
fn what_does_not_compile_is_told_with_its_line() {
    let found = flaws(TELL, "local x = \nreturn {");
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].starts_with("init.lua:2 "), "{found:?}");
}

#[test]
fn functions_that_are_missing_misspelt_or_too_many_are_told() {
    let init = "local t = {}\nfunction t.run() end\nfunction t.undoo() end\nfunction t.read() end\n\
                return { tell = t, other = {} }";
    assert_eq!(
        flaws(TELL, init),
        [
            "init.lua:0 `tell` has no function `undo`, and `does` says so (did you mean `tell.undoo`?)",
            "init.lua:0 `tell.read` is never called: `does` does not name it (write `does: [.., read]` in the manifest)",
            "init.lua:0 `tell.undoo` is no function of a step (a step has `read`, `run` and `undo`; anything else is a local)",
            "init.lua:0 the manifest has no step `other` (declare it under `steps`, or take it out)",
        ]
    );
    assert_eq!(
        flaws(TELL, "return { tel = { run = 1 } }"),
        [
            "init.lua:0 the step `tell` is not returned (did you mean `tel`?)",
            "init.lua:0 the manifest has no step `tel` (did you mean `tell`?)",
        ]
    );
}

#[test]
fn globals_that_nobody_declared_are_told_once_with_the_nearest() {
    let init = "local t = { run = function(ctx) return { a = jsn.encode(b), c = jsn } end }\n\
                function t.undo() count = 1; os.exit() end\nreturn { tell = t }";
    assert_eq!(
        flaws(TELL, init),
        [
            "init.lua:1 `jsn` is declared nowhere (did you mean `json`?)",
            "init.lua:1 `b` is declared nowhere (declare it: `local b`)",
            "init.lua:2 `count` is declared nowhere (declare it: `local count`)",
            "init.lua:2 `os` is declared nowhere (the time is `ctx.now()`; a plugin has no other way to the machine)",
        ]
    );
}

#[test]
fn nothing_is_done_while_a_file_is_loaded() {
    let found = flaws(TELL, "print(\"x\")\nreturn { tell = { run = print, undo = print } }");
    assert!(found[0].contains("nothing is done while a file is loaded"), "{found:?}");
    let found = flaws(TELL, "error(\"no\")");
    assert_eq!(found, ["init.lua:1 no ()"]);
}

const KEEP: &str = "  tell: { role: store, does: [run, undo], stores_at: kv(path), read_back: none, \
                    summary: Keep, params: { path: string, value: secret, kind: \"enum(new|old)\" \
                    }, outputs: { path: string } }\nconfig: { url: url, token: secret }\nneeds: { \
                    http: [config.url] }\n";

/// A step's `run` with this in it, and what is found.
fn traps(body: &str) -> Vec<String> {
    let init = format!(
        "local tell = {{}}\nfunction tell.run(ctx, p)\n{body}\nend\nfunction tell.undo() end\n\
         return {{ tell = tell }}"
    );
    flaws(KEEP, &init)
}

#[test]
fn names_that_are_not_declared_are_told_with_the_nearest() {
    for (body, found) in [
        ("ctx.htttp {}", "`htttp` is not in `ctx` (did you mean `http`?)"),
        ("return p.vaule", "`vaule` is not in the parameters of this step (did you mean `value`?)"),
        ("ctx.log.inf(1)", "`inf` is not in `ctx.log` (did you mean `info`?)"),
        ("local x = ctx.config.ulr", "`ulr` is not in `config:` (did you mean `url`?)"),
        (
            "local c = ctx.http {}\nlocal a = c:get(\"/\", { as = \"text\" })\nreturn a.jsn",
            "`jsn` is not in an answer of `ctx.http` (did you mean `json`?)",
        ),
        ("return p.value:sub(1)", "`sub` is not in a secret: nothing in it can be read"),
    ] {
        let all = traps(body);
        assert_eq!(all.len(), 1, "{body}: {all:?}");
        assert!(all[0].contains(found), "{body}: {all:?}");
    }
    let init = "local put = {}\nfunction put.undo(c, q, out) return out.id end\n\
                put.run = function(c, q) return q.pth end\nreturn { tell = put }";
    let found = flaws(KEEP, init);
    assert!(found[0].starts_with("init.lua:2 `id` is not in the outputs"), "{found:?}");
    assert!(found[1].starts_with("init.lua:3 `pth` is not in the parameters"), "{found:?}");
}

#[test]
fn an_option_that_there_is_not_is_told() {
    for (body, found) in [
        ("ctx.http { bse = p.path }", "`bse` is not in `ctx.http` (did you mean `base`?)"),
        ("ctx.http({ heders = { a = 1 } })", "`heders` is not in `ctx.http`"),
        ("ctx.http {}:get('/', { query = { x = 1 }, sael = {} })", "`sael` is not in a request"),
        ("local c = ctx.http {}\nc:put('/', { jsn = {} })", "`jsn` is not in a request"),
    ] {
        let all = traps(body);
        assert_eq!(all.len(), 1, "{body}: {all:?}");
        assert!(all[0].contains(found), "{body}: {all:?}");
    }
    let right = "ctx.http({ base = p.path, headers = { x = 1 } }):put(f({ a = 1 }), { json = { jsn = { a = 1 } } })";
    assert_eq!(traps(&format!("local f = print\n{right}")), Vec::<String>::new());
}

#[test]
fn a_secret_that_is_compared_with_a_text_is_told() {
    for body in [
        "return p.value == \"x\"",
        "return \"x\" ~= p.value",
        "local v = p.value\nif v == p.path then return end",
        "return ctx.config.token == ''",
        "local a = look(ctx):get('/', { seal = { 'data.*.key' } })\nreturn a.json.data[1].key == 'x'",
        "return ctx.fs.read('/x', { as = 'secret' }) == 'x'",
    ] {
        let body = format!("local look = nil\n{body}");
        let found = traps(&body);
        assert!(found.iter().any(|flaw| flaw.contains("it equals no text")), "{body}: {found:?}");
    }
    assert!(traps("return #p.value")[0].contains("its length is not told"));
}

#[test]
fn a_choice_is_compared_with_one_of_its_words() {
    let found = traps("return p.kind == \"nwe\"");
    assert!(found[0].contains("`p.kind` is never `nwe` (did you mean `new`?)"), "{found:?}");
    assert_eq!(traps("return p.kind == \"new\" or \"old\" ~= p.kind"), Vec::<String>::new());
}

#[test]
fn a_field_of_a_text_is_told() {
    let needs = "return ctx.fs.read(p.path).content";
    assert!(traps(needs).iter().any(|flaw| flaw.contains("`content` is taken of a text")));
    let found = traps("local text = ctx.fs.read(p.path)\nreturn text.content");
    assert!(found.iter().any(|flaw| flaw.contains("`content` is taken of a text")), "{found:?}");
}

#[test]
fn a_door_that_the_manifest_does_not_need_is_told_once() {
    let found = traps("ctx.exec { argv = { 'a' } }\nctx.exec { argv = { 'b' } }\nctx.http {}");
    assert_eq!(
        found,
        ["init.lua:3 `ctx.exec` is used, and plugin.yaml needs nothing of `exec` (add `needs: { \
          exec: [PROGRAM] }`: everything else is refused)"]
    );
    let none = KEEP.replace("[config.url]", "[]");
    let found = flaws(&none, "return { tell = { run = function(ctx) ctx.http {} end, undo = f } }");
    assert!(found[0].contains("`needs: { http: [config.url] }`"), "{found:?}");
}

#[test]
fn what_only_looks_like_a_trap_is_let_through() {
    for body in [
        "if p.value == nil or nil ~= p.value then return end",
        "local p = { vaule = 1 }\nreturn p.vaule",
        "for _, p in ipairs({}) do print(p.vaule) end",
        "local f = function(p) return p.anything == 'x' end\nreturn f",
        "local value = 'a'\nreturn value == 'x', { value = 1 }",
        "return p.path == 'x', p.path:upper(), #p.path, p.value:fingerprint() == 'x'",
        "local a = ctx.http {}:get('/', { seal = { 'token' } })\nreturn a.json.name == 'x', #a.text",
        "local n = p.path and p.path:match('x')\nreturn n",
        "local t = 'x' .. p.value\nreturn t",
        "local s = p.value and 1 or 2\nreturn s == 2",
    ] {
        assert_eq!(traps(body), Vec::<String>::new(), "{body}");
    }
}
