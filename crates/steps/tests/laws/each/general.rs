//! Programs, requests, files and the small ones.

use cutover_engine::effect::{Effect, Keep};
use cutover_engine::step::{Fate, StepError};
use cutover_engine::value::{Map, Value};

use crate::world::{Asked, MARKER, World, filled};

fn run(world: &World, step: &str, params: &Map) -> Result<Map, StepError> {
    Asked { world, step, params, marker: MARKER }.run()
}

fn exec<const N: usize>(given: [(&str, Value); N]) -> Result<(World, Map), StepError> {
    let world = World::new();
    let outputs = run(&world, "exec.run", &filled("exec.run", given))?;
    Ok((world, outputs))
}

fn http<const N: usize>(given: [(&str, Value); N]) -> Result<(World, Map), StepError> {
    let world = World::new();
    let mut params = filled("http.request", given);
    params.insert("url".to_owned(), "http://echo.test/".into());
    let outputs = run(&world, "http.request", &params)?;
    Ok((world, outputs))
}

fn words(words: &[&str]) -> Value {
    Value::List(words.iter().map(|word| (*word).into()).collect())
}

#[test]
fn nothing_of_a_program_is_kept_unless_told() {
    let (_, outputs) = exec([("argv", words(&["printenv", "hello"]))]).expect("it runs");
    assert_eq!(outputs.keys().collect::<Vec<_>>(), ["code"]);
    let (world, outputs) =
        exec([("argv", words(&["printenv", "hello"])), ("output", "secret".into())])
            .expect("it runs");
    assert!(outputs["secret"].is_secret());
    assert_eq!(world.open(&outputs["secret"]), "hello");
}

#[test]
fn what_is_sealed_of_an_output_is_a_secret_and_the_rest_is_not() {
    let (world, outputs) =
        exec([("argv", words(&["json"])), ("output", "json".into()), ("seal", words(&["/token"]))])
            .expect("it runs");
    assert_eq!(world.open(outputs["json"].get("token")), "fake-json-token");
    assert!(outputs["json"].get("token").is_secret());
    assert_eq!(outputs["json"].get("id"), &Value::Int(7));
}

#[test]
fn a_seal_without_json_and_a_pointer_without_a_slash_are_refused() {
    for (output, seal) in [("text", "/token"), ("none", "/token"), ("json", "token")] {
        let given =
            [("argv", words(&["json"])), ("output", output.into()), ("seal", words(&[seal]))];
        let error = exec(given).expect_err("it is a mistake");
        assert_eq!(error.code, "parameter", "{output} {seal}");
    }
}

#[test]
fn an_exit_code_that_is_not_accepted_is_an_error_without_the_programs_words() {
    let error = exec([("argv", words(&["false"]))]).expect_err("it ends with 1");
    assert_eq!(error.message, "`false` ended with exit code 1");
    let accept = Value::List(vec![Value::Int(0), Value::Int(1)]);
    let (_, outputs) =
        exec([("argv", words(&["false"])), ("accept", accept)]).expect("1 is accepted");
    assert_eq!(outputs["code"], Value::Int(1));
    assert!(exec([("argv", words(&["json"])), ("accept", words(&[]))]).is_err());
    assert!(exec([("argv", words(&[]))]).is_err());
}

#[test]
fn an_output_that_would_show_a_known_secret_fails_with_the_way_out() {
    let ask = |output: &str, seal: &[&str], program: &[&str]| {
        let world = World::new();
        let secret = world.secret("fake-stdin");
        let argv = words(program);
        let given = [("argv", argv), ("stdin", secret), ("output", output.into())];
        let mut params = filled("exec.run", given);
        params.insert("seal".to_owned(), words(seal));
        run(&world, "exec.run", &params)
    };
    let error = ask("text", &[], &["printenv"]).expect_err("it prints what it is given");
    assert_eq!(error.message, "`stdout` would show the secret `a secret`");
    assert_eq!((error.code.as_str(), error.fate), ("shows_secret", Fate::NotDone));
    assert!(error.help.starts_with("use `output: secret`"), "{error:?}");
    ask("none", &[], &["printenv"]).expect("nothing is kept");
    ask("secret", &[], &["printenv"]).expect("it is kept as a secret");
    ask("json", &["/token"], &["json"]).expect("what is known of is sealed");
    // What it made was to be sealed, and is lost with the rest.
    let error = ask("json", &["/token"], &["echo-json"]).expect_err("`seen` shows it");
    assert_eq!(error.fate, Fate::Lost);
}

#[test]
fn a_body_and_a_file_that_would_show_a_known_secret_fail_with_the_way_out() {
    let world = World::new();
    let headers = Value::map([("x-key", world.secret("fake-key"))]);
    let given = [
        ("method", "POST".into()),
        ("url", "http://echo.test/".into()),
        ("headers", headers),
        ("output", "json".into()),
    ];
    let error = run(&world, "http.request", &filled("http.request", given)).expect_err("it echoes");
    assert_eq!((error.code.as_str(), error.fate), ("shows_secret", Fate::NotDone));
    world.state().files.insert("/key".to_owned(), "the fake-key".to_owned());
    let given = [("path", "/key".into()), ("secret", false.into())];
    let error = run(&world, "file.read", &filled("file.read", given)).expect_err("it is known");
    assert_eq!(error.code, "shows_secret");
}

#[test]
fn a_program_that_only_reads_is_no_write() {
    let (world, _) = exec([("argv", words(&["json"])), ("reads", true.into())]).expect("it runs");
    assert_eq!(world.writes(), []);
}

#[test]
fn a_request_has_one_body() {
    let json = Value::map([("a", Value::Int(1))]);
    let error = http([("method", "POST".into()), ("json", json.clone()), ("body", "text".into())])
        .expect_err("it has two");
    assert_eq!(error.message, "`json` and `body` are given, but a request has one body");
    http([("method", "POST".into()), ("json", json)]).expect("one is fine");
}

#[test]
fn a_request_writes_by_its_method_or_by_the_authors_word() {
    for (method, reads, writes) in [
        ("GET", false, 0),
        ("HEAD", false, 0),
        ("OPTIONS", false, 0),
        ("POST", false, 1),
        ("POST", true, 0),
        ("PUT", false, 1),
        ("DELETE", false, 1),
    ] {
        let (world, _) =
            http([("method", method.into()), ("reads", reads.into())]).expect("it answers");
        assert_eq!(world.writes().len(), writes, "{method} {reads}");
    }
}

#[test]
fn a_status_that_is_not_accepted_is_an_error() {
    let accept = Value::List(vec![Value::Int(404)]);
    let error = http([("method", "GET".into()), ("accept", accept)]).expect_err("it is 200");
    assert_eq!(error.code, "refused");
    let accept = Value::List(vec![Value::Int(99)]);
    assert!(http([("method", "GET".into()), ("accept", accept)]).is_err());
}

#[test]
fn a_file_is_read_as_a_secret_unless_told_without_its_last_line_break() {
    let world = World::new();
    world.state().files.insert("/key".to_owned(), "fake\nkey\r\n".to_owned());
    for secret in [true, false] {
        let params = filled("file.read", [("path", "/key".into()), ("secret", secret.into())]);
        let outputs = run(&world, "file.read", &params).expect("it is there");
        assert_eq!(outputs["content"].is_secret(), secret);
        if !secret {
            assert_eq!(outputs["content"], "fake\nkey".into());
        }
    }
    let keeps =
        |effect: &Effect| matches!(effect, Effect::ReadFile(read) if read.keep == Keep::Text);
    let state = world.state();
    assert_eq!(state.calls.iter().filter(|call| keeps(&call.effect)).count(), 1);
}

#[test]
fn a_file_that_is_not_there_is_an_error() {
    let world = World::new();
    let params = filled("file.read", [("path", "/none".into())]);
    let error = run(&world, "file.read", &params).expect_err("it is not there");
    assert_eq!(
        (error.message.as_str(), error.code.as_str()),
        ("there is no file `/none`", "not_found")
    );
}

#[test]
fn a_file_that_differs_in_its_last_line_break_alone_is_found() {
    for (held, wanted, found) in [
        ("fake", "fake", true),
        ("fake\n", "fake", true),
        ("fake", "fake\n", true),
        ("fake\n\n", "fake\n", false),
        ("fake ", "fake", false),
    ] {
        let world = World::new();
        world.state().files.insert("/key".to_owned(), held.to_owned());
        let content = world.secret(wanted);
        let params = filled("file.write", [("path", "/key".into()), ("content", content)]);
        let asked = Asked { world: &world, step: "file.write", params: &params, marker: MARKER };
        assert_eq!(asked.read().expect("it looks").is_some(), found, "{held:?} {wanted:?}");
    }
}

#[test]
fn a_file_with_the_right_content_and_another_mode_is_not_found_and_is_written() {
    for (has, wanted, found) in
        [(0o600, "0600", true), (0o644, "0600", false), (0o600, "0640", false)]
    {
        let world = World::new();
        world.state().files.insert("/key".to_owned(), "fake".to_owned());
        world.state().modes.insert("/key".to_owned(), has);
        let given = [("path", "/key".into()), ("content", "fake".into()), ("mode", wanted.into())];
        let params = filled("file.write", given);
        let asked = Asked { world: &world, step: "file.write", params: &params, marker: MARKER };
        assert_eq!(asked.read().expect("it looks").is_some(), found, "{has:o} {wanted}");
        asked.run().expect("it is written");
        assert!(asked.read().expect("it looks").is_some(), "{has:o} {wanted}");
    }
}

#[test]
fn a_removed_file_comes_back_unless_somebody_has_put_another_there() {
    let world = World::new();
    world.state().files.insert("/key".to_owned(), "fake".to_owned());
    let params = filled("file.remove", [("path", "/key".into())]);
    let asked = Asked { world: &world, step: "file.remove", params: &params, marker: MARKER };
    asked.run().expect("it is removed");
    world.state().files.insert("/key".to_owned(), "theirs".to_owned());
    asked.undo(&Map::new()).expect_err("it is not ours");
    assert_eq!(world.state().files["/key"], "theirs");
}

#[test]
fn a_random_value_has_the_length_and_the_letters_that_were_asked_for() {
    let world = World::new();
    let params =
        filled("secret.generate", [("length", Value::Int(12)), ("alphabet", "hex".into())]);
    let outputs = run(&world, "secret.generate", &params).expect("it is drawn");
    let value = world.open(&outputs["value"]);
    assert!(value.len() == 12 && value.chars().all(|c| c.is_ascii_hexdigit()), "{value}");
    for length in [7, 4097, -1] {
        let params = filled("secret.generate", [("length", Value::Int(length))]);
        assert!(run(&world, "secret.generate", &params).is_err(), "{length}");
    }
}

#[test]
fn an_assertion_fails_in_the_authors_words() {
    let world = World::new();
    let fails = |message: Value| {
        let params = filled("assert", [("that", false.into()), ("message", message)]);
        run(&world, "assert", &params).expect_err("it is false").message
    };
    assert_eq!(fails("no token works".into()), "no token works");
    assert_eq!(fails(Value::Null), "`that` does not hold");
}

#[test]
fn a_wait_takes_one_of_two_and_says_until_when() {
    let world = World::new();
    let now = world.state().now;
    let five = cutover_engine::time::Duration::seconds(5);
    let params = filled("wait", [("for", Value::Duration(five))]);
    let outputs = run(&world, "wait", &params).expect("it waits");
    assert_eq!(outputs["at"], (now + five).into());
    assert_eq!(world.state().now, now + five);
    let both = filled("wait", [("for", Value::Duration(five)), ("until", now.into())]);
    for params in [filled("wait", []), both] {
        assert_eq!(run(&world, "wait", &params).expect_err("one of them").code, "parameter");
    }
}
