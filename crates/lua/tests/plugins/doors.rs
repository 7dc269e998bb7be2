//! The doors, held to what was granted and to their bounds.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Waker};

use cutover_engine::ctx::Mode;
use cutover_engine::effect::EffectError;
use cutover_engine::host::HostError;
use cutover_engine::step::{Fate, Step};
use cutover_engine::time::Duration;
use cutover_engine::types::Type;
use cutover_engine::value::{MARK_OPEN, Unknown, Value};
use cutover_lua::vm::{Limits, Machine, Session, Task, Threads};

use crate::support::{fails, issue, params, run, run_with};
use crate::world::{World, block_on};

/// A client of the service that was granted.
const CLIENT: &str = "local c = ctx.http{ base = ctx.config.url }";

fn answers(text: &str) -> World {
    let text = text.to_owned();
    World::new(move |asked| Ok((if asked.starts_with("exec") { 0 } else { 200 }, text.clone())))
}

#[test]
fn what_was_not_granted_is_refused_and_never_sent() {
    for (body, words) in [
        ("ctx.http{ base = 'https://evil.test' }:get('/')", "`needs: http`"),
        ("ctx.http():get('http://vault.test/')", "`needs: http`"),
        ("ctx.exec{ argv = { 'evil' } }", "`needs: exec`"),
        ("ctx.exec{ argv = { 'tool' }, env = { EVIL = 'x' } }", "`needs: env`"),
        ("ctx.fs.read('/etc/passwd')", "`needs: fs`"),
        ("ctx.fs.write('/srv/../etc/x', 'x')", "`needs: fs`"),
        ("ctx.fs.remove('/srvx/y')", "`needs: fs`"),
    ] {
        let world = answers("{}");
        let error = run(&world, body).expect_err(body);
        assert!(error.message.contains(words), "{body}: {}", error.message);
        assert!(world.asked().is_empty(), "{body}");
    }
    let world = answers("{}");
    let two = "c:post('/a') ctx.http{ base = 'https://evil.test' }:post('/', { follow_up = true })";
    let error = run(&world, &format!("{CLIENT} {two}")).expect_err("it is not granted");
    assert!(error.message.contains("`needs: http`"), "{error}");
    assert_eq!(world.asked().len(), 1);
}

#[test]
fn a_secret_goes_nowhere_where_others_see_it() {
    for body in [
        "c:get('/' .. p.value)",
        "c:get('/', { query = { q = p.value } })",
        "ctx.http{ base = ctx.config.url .. '/' .. p.value }:get('/x')",
        "ctx.exec{ argv = { 'tool', p.value } }",
        "ctx.exec{ argv = { 'tool' }, cwd = '/srv/' .. p.value }",
        "ctx.fs.read('/srv/' .. p.value)",
        "ctx.fs.write('/srv/' .. p.value, 'x')",
        "ctx.fs.remove('/srv/' .. p.value)",
    ] {
        let body = format!("{CLIENT} {body}");
        let unknown = Unknown { from: "steps.a.token".to_owned(), ty: Type::Secret };
        for preview in [false, true] {
            let world = World { withholds: preview, ..answers("{}") };
            let value = match preview {
                true => Value::Unknown(unknown.clone()),
                false => world.secret("value", "plain-value"),
            };
            let error = run_with(&world, &body, [("value", value)]).expect_err(&body);
            assert!(error.message.contains("is no place for a secret"), "{body}: {error:?}");
            assert!(world.asked().is_empty() && error.fate == Fate::NotDone, "{body}");
        }
    }
}

#[test]
fn a_header_of_a_request_takes_the_place_of_the_clients() {
    let world = answers("{}");
    let body = "ctx.http{ base = ctx.config.url, headers = { ['x-token'] = 'of-the-client' } }\
                :get('/', { headers = { ['X-Token'] = 'own' } }) return { id = 'x' }";
    run(&world, body).unwrap();
    let asked = world.asked().concat();
    assert!(asked.contains("X-Token: own") && !asked.contains("of-the-client"), "{asked}");
}

#[test]
fn waits_and_draws_and_modes_have_bounds() {
    for (body, words) in [
        ("ctx.sleep(-1)", "wants seconds"),
        ("ctx.sleep(0/0)", "is no number"),
        ("ctx.sleep(90000)", "wants seconds"),
        ("ctx.sleep(61)", "would last longer than the step may"),
        ("ctx.random{ length = 0 }", "`length` is a whole number from 1 to 4096"),
        ("ctx.random{ length = 4097 }", "`length` is a whole number from 1 to 4096"),
        ("ctx.random{ length = 1.5 }", "`length` is a whole number from 1 to 4096"),
        ("ctx.fs.write('/srv/a', 'x', { mode = '1777' })", "is not a mode"),
        ("ctx.fs.write('/srv/a', 'x', { mode = '0888' })", "is not a mode"),
    ] {
        let error = fails(body);
        assert!(error.message.contains(words), "{body}: {}", error.message);
    }
    let world = answers("{}");
    let fine = "ctx.sleep(60) ctx.random{ length = 4096 } \
                ctx.fs.write('/srv/a', 'x', { mode = '0777' }) return { id = 'x' }";
    run(&world, fine).unwrap();
    let far = fails("fail{ message = 'later', retryable = true, after = 1e12 }");
    assert_eq!(far.retry_after, Some(Duration::seconds(86_400)));
}

#[test]
fn a_call_logs_only_so_much() {
    for (body, most) in [
        ("for i = 1, 1200 do ctx.log.info('x') end", 1000),
        ("for i = 1, 40 do ctx.log.info(('x'):rep(4000)) end", 16),
        ("for i = 1, 40 do ctx.log.info('', { a = { ('x'):rep(4000) } }) end", 16),
    ] {
        let world = answers("{}");
        run(&world, &format!("{body} return {{ id = 'x' }}")).unwrap();
        assert_eq!(world.logs().len(), most, "{body}");
    }
}

#[test]
fn no_mark_gets_into_a_log_line() {
    let world = answers("{}");
    let body =
        "ctx.log.info(p.value, { a = { p.value, { b = 'x' .. p.value } } }) return { id = 'x' }";
    run_with(&world, body, [("value", world.secret("value", "plain-value"))]).unwrap();
    let logged = world.logs().concat();
    assert_eq!(logged.matches("***(inputs.value)").count(), 3, "{logged}");
    assert!(!logged.contains(MARK_OPEN), "{logged}");
}

#[test]
fn an_answer_is_only_so_large() {
    let long = format!("\"{}\"", "x".repeat(5 << 20));
    let wide = format!("[{}]", vec!["1"; 300_000].join(","));
    let get = "c:get('/')";
    for (text, body) in [
        (&long, get),
        (&wide, get),
        (&long, "ctx.exec{ argv = { 'tool' }, as = 'text' }"),
        (&long, "ctx.fs.read('/srv/large')"),
    ] {
        let world = answers(text);
        world.files.lock().unwrap().insert("/srv/large".to_owned(), text.clone());
        let error = run(&world, &format!("{CLIENT} {body}")).expect_err(body);
        assert_eq!(error.message, "the answer is larger than 4 MiB", "{body}");
    }
    let text = long.clone();
    let world = World::new(move |_| Ok((404, text.clone())));
    let error = run(&world, &format!("{CLIENT} {get}")).expect_err("it is too large");
    assert_eq!(error.message, "the answer is larger than 4 MiB");
}

#[test]
fn a_secret_that_an_answer_shows_stays_one_wherever_it_stands() {
    let shows = r#"{"root-token-plain": 1, "list": ["is root-token-plain"], "n": 2}"#;
    for (status, body) in [
        (200, "return { id = c:get('/').json.list[1] }"),
        (200, "return { id = c:get('/').headers['x-seen'] }"),
        (200, "return { id = ctx.exec{ argv = { 'tool' }, as = 'text' }.text }"),
        (
            200,
            "ctx.fs.write('/srv/a', ctx.config.admin_token) return { id = ctx.fs.read('/srv/a') }",
        ),
        (404, "local ok, e = pcall(function() c:get('/') end) return { id = e.json.list[1] }"),
    ] {
        let seen = ("x-seen".to_owned(), "it is root-token-plain".to_owned());
        let program = move |asked: &str| if asked.starts_with("exec") { 0 } else { status };
        let world = World::new(move |asked| Ok((program(asked), shows.to_owned())));
        let world = World { headers: [seen].into_iter().collect(), ..world };
        let error = run(&world, &format!("{CLIENT} {body}")).expect_err(body);
        assert!(error.message.contains("gave a secret as `id`"), "{body}: {}", error.message);
    }
    let world = answers(shows);
    let keys =
        "local n = 0 for key in pairs(c:get('/').json) do n += 1 end return { id = tostring(n) }";
    assert_eq!(run(&world, &format!("{CLIENT} {keys}")).unwrap()["id"], "2".into());
}

#[test]
fn a_text_that_was_taken_for_a_secret_is_told_as_a_bug_in_a_run_only() {
    let world = answers("{}");
    let body = "return { id = string.upper(p.value) }";
    let error = run_with(&world, body, [("value", world.secret("value", "plain"))]);
    let error = error.expect_err("it is opaque");
    assert_eq!((error.fate, error.code.as_str()), (Fate::NotDone, "bug"), "{error}");
    let marker = Unknown { from: "marker".to_owned(), ty: Type::String }.to_mark();
    let ends = |body: &str| {
        let world = World { withholds: true, ..answers("{}") };
        let step = issue(&format!("return {{ issue = {{ run = function(ctx, p) {body} end }} }}"));
        let ctx = world.ctx_as("issue", Mode::Run, marker.clone());
        block_on(step.run(&params(&world, []), &ctx)).expect_err(body).fate
    };
    assert_eq!(ends("return { id = string.upper(ctx.key) }"), Fate::Previewed);
    assert_eq!(ends("error('a real bug')"), Fate::NotDone);
}

#[test]
fn a_read_may_leave_out_a_secret_and_nothing_else() {
    let read = |body: &str| {
        let world = answers("{}");
        let step = issue(&format!("return {{ issue = {{ read = function(ctx) {body} end }} }}"));
        block_on(step.read(&params(&world, []), &world.ctx(Mode::Read)))
    };
    assert_eq!(read("return { id = 'x' }").unwrap().unwrap().get("token"), None);
    assert!(read("return {}").unwrap_err().message.ends_with("gave no `id`"));
    assert_eq!(read("return nil").unwrap(), None);
}

#[test]
fn what_was_taken_out_of_an_answer_may_be_sent() {
    let world = answers(r#"{"token": "made-plain"}"#);
    let body = "local made = c:get('/', { seal = { 'token' } }).json.token \
                c:get('/whoami', { headers = { X = made } }) return { id = 'x', token = made }";
    run(&world, &format!("{CLIENT} {body}")).unwrap();
    assert!(world.asked()[1].contains("X: made-plain"), "{:?}", world.asked());
}

#[test]
fn a_failure_of_the_edge_ends_the_call_whatever_the_code_makes_of_it() {
    let broken = || HostError::State { message: "no room".to_owned() };
    let world = World::new(move |_| Err(EffectError::Edge(broken())));
    let body = "pcall(function() c:get('/') end) c:get('/again') return { id = 'x' }";
    let error = run(&world, &format!("{CLIENT} {body}")).expect_err("the edge has failed");
    assert_eq!((error.code.as_str(), world.asked().len()), ("edge", 1), "{error}");
}

#[test]
fn an_undo_may_send_what_the_create_gave() {
    let world = answers("{}");
    let body = "ctx.http{ base = ctx.config.url }:delete('/', { headers = { X = out.token } })";
    let step =
        issue(&format!("return {{ issue = {{ undo = function(ctx, p, out) {body} end }} }}"));
    let done = [("token".to_owned(), world.secret("made", "made-plain"))].into_iter().collect();
    block_on(step.undo(&params(&world, []), &done, &world.ctx(Mode::Undo))).unwrap();
    assert!(world.asked().concat().contains("X: made-plain"), "{:?}", world.asked());
}

/// Threads, with a hand on what ends their calls.
#[derive(Default)]
struct Held {
    threads: Threads,
    cancelled: Mutex<Vec<Arc<AtomicBool>>>,
    from_the_start: bool,
}

impl Machine for Held {
    fn start(&self, task: Task) -> Box<dyn Session> {
        task.cancelled.store(self.from_the_start, Ordering::Relaxed);
        self.cancelled.lock().expect("nobody panics with it").push(task.cancelled.clone());
        self.threads.start(task)
    }
}

const ENDLESS: &str = "return { issue = { run = function() while true do pcall(error) end end } }";

#[test]
fn a_call_that_nobody_waits_for_is_ended() {
    let world = answers("{}");
    let held = Arc::new(Held::default());
    let limits = Limits { running: std::time::Duration::from_secs(60), ..Limits::default() };
    let step = issue(ENDLESS).with_machine(held.clone()).with_limits(limits);
    let (params, ctx) = (params(&world, []), world.ctx(Mode::Run));
    let mut call = step.run(&params, &ctx);
    assert!(call.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    drop(call);
    assert!(held.cancelled.lock().unwrap()[0].load(Ordering::Relaxed));
    let held = Held { from_the_start: true, ..Held::default() };
    let step = issue(ENDLESS).with_machine(Arc::new(held)).with_limits(limits);
    let error = block_on(step.run(&params, &world.ctx(Mode::Run))).expect_err("it is over");
    assert_eq!(error.code, "cancelled");
}
