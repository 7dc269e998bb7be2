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
