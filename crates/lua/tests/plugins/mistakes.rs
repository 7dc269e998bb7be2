//! Errors: three classes, whose fault, where, and what became of the write.

use cutover_engine::effect::EffectError;
use cutover_engine::step::Fate;
use cutover_engine::time::Duration;

use crate::support::{fails, run};
use crate::world::World;

#[test]
fn a_bug_is_told_with_its_line_the_code_and_the_way_there() {
    let body = "local function inner(found)\n  return found.items[1].id\nend\n\
                local function outer()\n  return (inner({ items = {} }))\nend\nreturn { id = (outer()) }";
    let error = fails(body);
    assert_eq!(
        error.message,
        "`acme-vault.issue` has a bug at init.lua:3: attempt to index nil with 'id'"
    );
    assert_eq!(error.code, "bug");
    assert!(!error.retryable);
    assert_eq!(
        error.help,
        "  2 | local function inner(found)\n> 3 |   return found.items[1].id\n  4 | end\n\
         from init.lua:6 in `outer`\nfrom init.lua:8 in `run`"
    );
}

#[test]
fn a_plugin_says_how_it_fails() {
    let error = fails(
        "fail{ code = 'acme.quota', message = 'no more tokens', retryable = true, after = 1.5 }",
    );
    assert_eq!((error.message.as_str(), error.code.as_str()), ("no more tokens", "acme.quota"));
    assert!(error.retryable);
    assert_eq!(error.retry_after, Some(Duration(1500)));
    assert!(!fails("fail{ code = 'x', message = 'y' }").retryable);
}

#[test]
fn what_the_host_says_keeps_its_class_through_pcall_and_error() {
    for body in [
        "ctx.http{ base = ctx.config.url }:get('/')",
        "local ok, e = pcall(function() ctx.http{ base = ctx.config.url }:get('/') end)\nerror(e)",
    ] {
        let world = World::new(|_| Ok((429, "{}".into())));
        let error = run(&world, body).expect_err(body);
        assert!(error.retryable && error.code == "refused", "{error:?}");
        let world = World::new(|_| Ok((403, "{}".into())));
        let error = run(&world, body).expect_err(body);
        assert!(error.denied && !error.retryable, "{error:?}");
        let not_sent = || EffectError::NotSent { message: "no connection".into(), retryable: true };
        let world = World::new(move |_| Err(not_sent()));
        let error = run(&world, body).expect_err(body);
        assert!(error.retryable && error.fate == Fate::NotDone, "{error:?}");
    }
}

#[test]
fn a_plugin_can_look_at_an_error_and_translate_it() {
    let world = World::new(|_| Ok((409, r#"{"error": "taken"}"#.into())));
    let body = r#"
        local ok, e = pcall(function() ctx.http{ base = ctx.config.url }:post("/", {}) end)
        fail{ code = "acme.taken", message = e.class .. " " .. e.status .. " " .. e.json.error }"#;
    let error = run(&world, body).expect_err("it is taken");
    assert_eq!(error.message, "permanent 409 taken");
}

#[test]
fn code_that_goes_wrong_after_its_write_leaves_it_lost() {
    let post = "ctx.http{ base = ctx.config.url }:post('/', {})";
    let tool = "ctx.exec{ argv = { 'tool' }, accept = { 3 } }";
    for (written, rest) in [
        (post, "error('x')"),
        (post, "return {}"),
        (post, "return { id = 'x', token = 'plain' }"),
        (post, "return 'x'"),
        (post, "local x = nil return x.y"),
        (post, "fail{ code = 'acme.odd', message = 'this answer makes no sense' }"),
        (post, "fail{ code = 'acme.odd', message = 'later', retryable = true }"),
        (post, "ctx.http{ base = ctx.config.url }:post('/b', {})"),
        (post, "return { id = ctx.fs.read('/srv/none', { as = 'odd' }) }"),
        (post, "local all = {} while true do all[#all + 1] = ('x'):rep(100000) .. #all end"),
        (tool, "fail{ message = 'it ended with a code that means nothing to me' }"),
        ("ctx.fs.write('/srv/a', 'x')", "fail{ message = 'no' }"),
    ] {
        let program = |asked: &str| if asked.starts_with("exec") { 3 } else { 200 };
        let world = World::new(move |asked| Ok((program(asked), "{}".into())));
        let error = run(&world, &format!("{written} {rest}")).expect_err(rest);
        assert_eq!(error.fate, Fate::Lost, "{written} {rest}: {error:?}");
    }
}

#[test]
fn a_write_that_was_refused_is_none() {
    let post = "local made = ctx.http{ base = ctx.config.url }:post('/', ";
    for (status, body, fate) in [
        (409, "{}) ", Fate::NotDone),
        (409, "{ accept = { 409 } }) fail{ message = 'taken' }", Fate::NotDone),
        (408, "{ accept = { 408 } }) fail{ message = 'it took too long' }", Fate::Lost),
        (500, "{ accept = { 500 } }) fail{ message = 'it broke' }", Fate::Lost),
    ] {
        let world = World::new(move |_| Ok((status, "{}".into())));
        let error = run(&world, &format!("{post}{body}")).expect_err(body);
        assert_eq!(error.fate, fate, "{status} {body}");
    }
}

#[test]
fn no_code_can_hide_that_a_program_which_may_write_ended_with_an_error() {
    let tool = "local ok = pcall(function() ctx.exec{ argv = { 'tool' } } end)";
    for rest in ["fail{ code = 'acme.no', message = 'no' }", "error('x')", "return {}"] {
        let world = World::new(|_| Ok((1, String::new())));
        let error = run(&world, &format!("{tool} {rest}")).expect_err(rest);
        // The engine takes its word for what a program may have passed on.
        assert_eq!((error.code.as_str(), error.fate), ("refused", Fate::NotDone), "{rest}");
    }
}

#[test]
fn code_that_does_not_end_is_told_where_it_was() {
    let step = crate::support::issue(
        "return { issue = { run = function()\n  while true do\n    pcall(error)\n  end\nend } }",
    );
    let limits = cutover_lua::vm::Limits {
        running: std::time::Duration::from_millis(50),
        ..cutover_lua::vm::Limits::default()
    };
    let world = World::new(|_| Ok((200, "{}".into())));
    let step = step.with_limits(limits);
    let params = crate::support::params(&world, []);
    let ctx = world.ctx(cutover_engine::ctx::Mode::Run);
    let error = crate::world::block_on(cutover_engine::step::Step::run(&step, &params, &ctx))
        .expect_err("it has no end");
    assert!(error.message.contains("computes without an end, at init.lua:"), "{error}");
}

#[test]
fn what_does_not_compile_is_told_with_its_line() {
    let step = crate::support::issue("return {\n  issue = = 1\n}");
    let world = World::new(|_| Ok((200, "{}".into())));
    let params = crate::support::params(&world, []);
    let ctx = world.ctx(cutover_engine::ctx::Mode::Run);
    let error = crate::world::block_on(cutover_engine::step::Step::run(&step, &params, &ctx))
        .expect_err("it does not compile");
    assert!(error.message.contains("init.lua:2: "), "{error}");
    assert!(error.help.contains("> 2 |   issue = = 1"), "{}", error.help);
}

#[test]
fn a_second_write_is_refused_unless_it_completes_the_first() {
    let world = World::new(|_| Ok((200, "{}".into())));
    let two = "local c = ctx.http{ base = ctx.config.url } c:post('/a', {}) c:post('/b', {}) return { id = 'x' }";
    let error = run(&world, two).expect_err("one write");
    assert!(error.message.contains("tried a second write in one try"), "{error}");
    let follows = two.replace("'/b', {}", "'/b', { follow_up = true }");
    run(&world, &follows).unwrap();
}

#[test]
fn what_is_asked_for_after_the_deadline_ends_the_call() {
    let body = "while true do pcall(function() ctx.http{ base = ctx.config.url }:get('/') end) end";
    let step = crate::support::issue(&format!(
        "return {{ issue = {{ run = function(ctx)\n{body}\nend }} }}"
    ));
    let world = World::new(|_| Ok((200, "{}".into())));
    let (params, ctx) = (crate::support::params(&world, []), world.ctx_too_late());
    let error = crate::world::block_on(cutover_engine::step::Step::run(&step, &params, &ctx))
        .expect_err("it is too late");
    assert_eq!(error.code, "deadline");
    assert!(error.retryable && world.asked().is_empty());
}

#[test]
fn a_call_asks_for_only_so_many_things() {
    let body = "while true do pcall(function() ctx.fs.read('/srv/none') end) end";
    let error = fails(body);
    assert!(error.message.contains("asks for more than 10000 things"), "{error}");
}

#[test]
fn a_field_that_nobody_has_is_told_and_is_not_nil() {
    for (body, words) in [
        (
            "return { id = p.service.name }",
            "`name` is not in `string`, which is all that a text has",
        ),
        ("return { id = string.trim('x') }", "`trim` is not in `string`"),
        ("return { id = p.service[1] }", "is not in `string`"),
        ("table.sortt({})", "`sortt` is not in `table`: did you mean `sort`?"),
        (
            "local a = ctx.http{ base = ctx.config.url }:get('/')\nreturn { id = a.jsn }",
            "`jsn` is not in an answer of `ctx.http`: did you mean `json`?",
        ),
    ] {
        let error = fails(body);
        assert!(error.message.contains(words), "{body}: {}", error.message);
        assert!(error.message.contains("init.lua:2: ") || error.message.contains("init.lua:3: "));
        assert_eq!(error.code, "bug", "{body}");
    }
    let body = "return { id = ('x'):upper() .. #'x' .. (ctx.http{ base = ctx.config.url }:get('/').secret and 1 or 2) }";
    let world = World::new(|_| Ok((200, "{}".into())));
    assert_eq!(run(&world, body).expect("it is right")["id"], "X12".into());
}

#[test]
fn a_secret_that_is_given_to_a_function_of_text_is_told_with_the_way_out() {
    for body in [
        "return { id = string.format('%s', ctx.config.admin_token) }",
        "return { id = table.concat({ ctx.config.admin_token }) }",
    ] {
        let error = fails(body);
        assert!(error.message.contains("a secret is joined with `..`"), "{}", error.message);
    }
    let error = fails("return { id = crypto.equal('x', ctx.config.admin_token) and '1' or '2' }");
    assert!(error.help.starts_with("asked for at init.lua:"), "{}", error.help);
    assert!(error.help.contains("was not sealed where it entered"), "{}", error.help);
}
