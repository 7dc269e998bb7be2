//! What a plugin's code finds around it: `ctx` and the pure globals.

use cutover_engine::ctx::Mode;
use cutover_engine::step::Step;
use cutover_engine::value::Value;

use crate::support::{fails, note, params, run, run_with, spec, step};
use crate::world::{MARKER, World, block_on};

/// A body that gives an expression as the output `note`.
fn gives(expression: &str) -> String {
    note(&format!("return {{ id = 'x', note = tostring({expression}) }}"))
}

#[test]
fn ctx_knows_the_try_the_run_and_its_time() {
    assert_eq!(gives("ctx.key"), MARKER);
    assert_eq!(gives("ctx.run_id .. ' ' .. ctx.attempt"), "k3f9 1");
    assert_eq!(gives("ctx.now()"), "2026-11-24T14:00:00Z");
    assert_eq!(gives("ctx.config.url"), "https://vault.test");
    assert_eq!(gives("p.ttl"), "nil");
}

#[test]
fn pure_globals_compute() {
    for (expression, gave) in [
        ("json.encode{ b = 1, a = array{} }", r#"{"a":[],"b":1}"#),
        (
            "json.encode(json.decode('{\"a\": [], \"n\": null, \"l\": [1, null]}'))",
            r#"{"a":[],"l":[1,null]}"#,
        ),
        ("json.decode('9007199254740993')", "9007199254740993"),
        ("json.decode('18446744073709551615')", "18446744073709551615"),
        ("base64.encode('ab\\255')", "YWL/"),
        ("#base64.decode('YWL/')", "3"),
        ("base64.decode('YWI')", "ab"),
        ("hex.encode('a\\255')", "61ff"),
        ("hex.decode('6162')", "ab"),
        ("crypto.sha256('')", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        (
            "crypto.hmac('key', 'The quick brown fox jumps over the lazy dog')",
            "f7bc83f430538424b13298e6aa6fb143ef4d59a14946175997479dbc2d1a3cd8",
        ),
        ("crypto.equal('a', 'a')", "true"),
        ("url.encode('a b/é')", "a%20b%2F%C3%A9"),
        ("url.decode('a%20b+c')", "a b c"),
        ("url.query{ b = 2, a = 'x y' }", "a=x%20y&b=2"),
        ("url.parse('https://u@Host:8200/v1/x?a=b%20c#f').host", "host"),
        ("url.parse('https://h:8200/v1').port", "8200"),
        ("url.parse('https://h/?a=b%20c').query.a", "b c"),
        ("time.seconds('1d12h')", "129600"),
        ("time.duration(90)", "1m30s"),
        ("time.add('2026-11-24T14:00:00Z', '24h')", "2026-11-25T14:00:00Z"),
        ("time.add(ctx.now(), 60)", "2026-11-24T14:01:00Z"),
        ("time.since('2026-11-24T14:00:00Z', '2026-11-24T13:59:00Z')", "60"),
        ("time.from_unix(time.unix('2026-11-24T14:00:00Z'))", "2026-11-24T14:00:00Z"),
        ("toml.decode('a = 1\\n[b]\\nc = [\"x\"]').b.c[1]", "x"),
        ("toml.encode{ a = 1 }", "a = 1\n"),
        ("yaml.decode('a: [1, 2]').a[2]", "2"),
        ("yaml.encode{ a = 'x' }", "a: x\n"),
        ("('y'):rep(3):upper()", "YYY"),
        ("('a.b'):find('.', 1, true)", "2"),
        ("('a'):find('b', 1, true)", "nil"),
        ("table.concat(table.move({ 1, 2, 3 }, 1, 3, 2), ' ')", "1 1 2 3"),
    ] {
        assert_eq!(gives(expression), gave, "{expression}");
    }
}

#[test]
fn a_name_that_is_not_there_is_told_with_the_nearest_one() {
    for (body, words) in [
        ("return jsn.encode{}", "`jsn` is not in the globals: did you mean `json`?"),
        ("return json.encod{}", "`encod` is not in `json`: did you mean `encode`?"),
        ("return ctx.htpp{}", "`htpp` is not in `ctx`: did you mean `http`?"),
        ("return ctx.config.ulr", "`ulr` is not in `ctx.config`: did you mean `url`?"),
        (
            "return p.servce",
            "`servce` is not in the parameters of `issue`: did you mean `service`?",
        ),
        ("ctx.http{ bas = 1 }", "`bas` is not in `ctx.http`: did you mean `base`?"),
        (
            "ctx.http{ base = 'https://x.test' }:pots('/')",
            "`pots` is not in a client of `ctx.http`: did you mean `post`?",
        ),
        (
            "ctx.http{ base = 'https://x.test' }:get('/', { quer = {} })",
            "`quer` is not in `GET`: did you mean `query`?",
        ),
        ("x = 1", "`x` is not declared: write `local x`"),
    ] {
        let error = fails(body);
        assert!(error.message.ends_with(words), "{body}: {}", error.message);
        assert!(error.message.contains("init.lua:2: "), "{}", error.message);
    }
}

#[test]
fn a_program_gets_its_arguments_and_its_secrets_by_the_side() {
    let world = World::new(|_| Ok((0, r#"{"name": "x", "token": "made-by-it"}"#.into())));
    let body = r#"
        local out = ctx.exec{ argv = { "tool", "put" }, stdin = p.value, env = { TOKEN = "b" .. p.value },
          as = "json", seal = { "token" } }
        return { id = out.json.name, token = out.json.token, note = tostring(out.code) }"#;
    let done = run_with(&world, body, [("value", world.secret("value", "plain-value"))]).unwrap();
    assert_eq!((&done["id"], &done["note"]), (&"x".into(), &"0".into()));
    assert!(done["token"].is_secret());
    let asked = "exec tool put env=[(\"TOKEN\", \"bplain-value\")] stdin=Some(\"plain-value\")";
    assert_eq!(world.asked(), [asked]);
}

#[test]
fn a_file_is_read_written_and_removed() {
    let world = World::new(|_| Ok((200, "{}".into())));
    let body = r#"
        local before = ctx.fs.read("/srv/a")
        local changed = ctx.fs.write("/srv/a", "x" .. p.value, { mode = "0600" })
        local secret = ctx.fs.read("/srv/a", { as = "secret" })
        local gone = ctx.fs.remove("/srv/a", { follow_up = true })
        return { id = tostring(before), token = secret, note = `{changed} {gone}` }"#;
    let done = run_with(&world, body, [("value", world.secret("value", "y"))]).unwrap();
    assert_eq!((&done["id"], &done["note"]), (&"nil".into(), &"true true".into()));
    assert_eq!(world.table.open(done["token"].as_text().unwrap()), "xy");
}

#[test]
fn it_logs_waits_and_draws() {
    let world = World::new(|_| Ok((200, "{}".into())));
    let body = r#"
        ctx.log.info("made", { id = "x", secret = p.value })
        print("it is", p.value)
        ctx.sleep(2)
        return { id = "x", token = ctx.random{ length = 12 } }"#;
    let done = run_with(&world, body, [("value", world.secret("value", "plain-value"))]).unwrap();
    assert_eq!(world.table.open(done["token"].as_text().unwrap()), "r".repeat(12));
    let logs = world.logs().join("\n");
    assert!(logs.contains("info: made") && logs.contains("it is\t***(inputs.value)"), "{logs}");
    assert!(logs.contains("***(inputs.value)") && !logs.contains("plain-value"), "{logs}");
}

#[test]
fn an_answer_that_is_no_json_is_text_and_an_empty_one_is_neither() {
    let body = r#"
        local answer = ctx.http{ base = ctx.config.url }:get("/x", { accept = { 404 } })
        return { id = answer.text or "none", note = tostring(answer.json) .. answer.status }"#;
    for (status, text, id) in [(200, "hello", "hello"), (204, "", "none"), (404, "gone", "gone")] {
        let world = World::new(move |_| Ok((status, text.into())));
        let done = run(&world, body).unwrap();
        assert_eq!((&done["id"], &done["note"]), (&id.into(), &format!("nil{status}").into()));
    }
}

#[test]
fn more_files_come_by_require_and_only_those_of_the_plugin() {
    let init = r#"
        local client = require("lib.client")
        assert(client == require("lib.client"))
        return { issue = { run = function() return { id = client.name } end } }"#;
    let files = [("init.lua", init), ("lib/client.lua", "return { name = 'from lib' }")];
    let world = World::new(|_| Ok((200, "{}".into())));
    let done =
        block_on(step(&files, spec()).run(&params(&world, []), &world.ctx(Mode::Run))).unwrap();
    assert_eq!(done["id"], "from lib".into());
    let error = fails("require('lib.none')");
    assert!(error.message.ends_with("the plugin has no file lib/none.lua"), "{error}");
}

#[test]
fn a_call_leaves_nothing_to_the_next() {
    let init = r#"
        local count = 0
        return { issue = { run = function()
          count = count + 1
          return { id = tostring(count) }
        end } }"#;
    let (world, step) = (World::new(|_| Ok((200, "{}".into()))), crate::support::issue(init));
    for _ in 0..3 {
        let done = block_on(step.run(&params(&world, []), &world.ctx(Mode::Run))).unwrap();
        assert_eq!(done["id"], "1".into());
    }
}

#[test]
fn outputs_are_what_the_manifest_says() {
    let world = World::new(|_| Ok((200, "{}".into())));
    let done = run(&world, "return { id = 'x', names = {}, more = print }").unwrap();
    assert_eq!(done["names"], Value::List(Vec::new()));
    assert!(!done.contains_key("more"));
    for (body, words) in [
        ("return {}", "gave no `id`"),
        ("return { id = 5 }", "gave a wrong `id`: the number 5 stands where text is wanted"),
        (
            "return { id = 'x', token = 'plain' }",
            "gave a plain `token`, which is declared `secret`",
        ),
        (
            "return { id = ctx.config.admin_token }",
            "gave a secret as `id`, which is declared `string`",
        ),
        (
            "return { id = 'x', names = { 1, 2, a = 3 } }",
            "outputs.names: a table is a list or a map, and this has 2 items and the key `a`",
        ),
        ("return", "gave nothing, and its outputs are `id`"),
        ("return 5", "gave a number, not a table of outputs"),
    ] {
        let error = fails(body);
        assert!(error.message.contains(words), "{body}: {}", error.message);
        assert_eq!(error.code, "bug");
    }
}
