//! What a test file may make, and what it answers.

use super::*;

fn world(text: &str) -> Result<World, String> {
    let files = Files::new([
        ("tests/a_test.lua".to_owned(), text.to_owned()),
        ("tests/fake.lua".to_owned(), "return { hello = 'hello' }".to_owned()),
    ]);
    World::load(&Rc::new(files), "tests/a_test.lua")
}

fn error_of(text: &str) -> String {
    world(text).map(|_| ()).expect_err(text)
}

fn get(world: &World, method: &str, url: &str) -> String {
    let ask = Ask::Http {
        method: method.to_owned(),
        url: url.to_owned(),
        query: IndexMap::from([("tag".to_owned(), "t".to_owned())]),
        headers: IndexMap::from([("Authorization".to_owned(), "Bearer x".to_owned())]),
        form: IndexMap::new(),
        body: Some(r#"{"n": 1, "list": []}"#.to_owned()),
    };
    match world.answer(ask) {
        Told::Http { status, headers, body } => format!("{status} {body} {headers:?}"),
        other => format!("{other:?}"),
    }
}

#[test]
fn a_fake_answers_by_the_route_that_fits_best() {
    let world = world(
        r#"
        local count
        fake("https://vault.test/api/", {
          reset = function() count = 0 end,
          ["GET /v1/:id"] = function(req) return 200, "one " .. req.path.id end,
          ["GET /v1/tokens"] = function(req) return 200, { items = array({}), n = req.json.n } end,
          ["GET /files/*"] = function(req) return 200, req.path.rest end,
          ["POST /v1/tokens"] = function(req)
            count = count + 1
            return 201, req.headers.authorization .. req.query.tag .. count, { ["X-Note"] = "a" }
          end,
        })
        "#,
    )
    .expect("it is right");
    let at = |method, path: &str| get(&world, method, &format!("https://vault.test/api{path}"));
    assert_eq!(at("GET", "/v1/a%20b"), "200 one a b {}");
    assert_eq!(at("GET", "/v1/tokens"), r#"200 {"items":[],"n":1} {}"#);
    assert_eq!(at("GET", "/files/a/b"), "200 a/b {}");
    assert_eq!(at("POST", "/v1/tokens"), r#"201 Bearer xt1 {"x-note": "a"}"#);
    let missing = at("DELETE", "/v1/tokens");
    assert!(missing.contains("has no `DELETE /v1/tokens`"), "{missing}");
    assert_eq!(get(&world, "GET", "https://vault.test/apix"), "Nobody");
}

#[test]
fn a_program_and_the_files_of_a_world_are_played() {
    let world = world(
        r#"
        file("~/.npmrc", "old")
        program("pass", function(call)
          return 3, call.args[1] .. call.stdin .. call.env.A .. file("~/.npmrc"), "no"
        end)
        program("plain", { run = function() return "text" end })
        "#,
    )
    .expect("it is right");
    let run = |program: &str| {
        world.answer(Ask::Exec {
            argv: vec![program.to_owned(), "insert".to_owned()],
            env: IndexMap::from([("A".to_owned(), "a".to_owned())]),
            stdin: Some("in".to_owned()),
            files: IndexMap::new(),
            cwd: None,
        })
    };
    assert_eq!(
        format!("{:?}", run("/usr/bin/pass")),
        r#"Exec { code: 3, stdout: "insertinaold", stderr: "no" }"#
    );
    assert_eq!(format!("{:?}", run("plain")), r#"Exec { code: 0, stdout: "text", stderr: "" }"#);
    assert_eq!(format!("{:?}", run("other")), "Nobody");
    let path = || "/home/test/.npmrc".to_owned();
    let write = |text: &str| world.answer(Ask::Write { path: path(), text: text.to_owned() });
    assert_eq!(format!("{:?}", write("new")), "Written(true)");
    assert_eq!(format!("{:?}", write("new")), "Written(false)");
    let restore =
        |wrote: &str| world.answer(Ask::Restore { path: path(), wrote: Some(wrote.to_owned()) });
    assert_eq!(format!("{:?}", restore("else")), "Foreign");
    assert_eq!(format!("{:?}", restore("new")), "Written(true)");
    assert_eq!(format!("{:?}", world.answer(Ask::Read(path()))), r#"File(Some("old"))"#);
}

#[test]
fn a_mistake_in_a_test_file_is_shown_with_its_place() {
    assert_eq!(
        error_of("local x = 1\nfakee('a', {})"),
        "tests/a_test.lua:2: there is no `fakee` here: did you mean `fake`?"
    );
    assert_eq!(
        error_of("\nfake('https://a.test', { ['get /'] = print })"),
        "tests/a_test.lua:2: a route is a method and a path, such as `GET /v1/tokens/:id`, and \
         this is `get /`"
    );
    assert_eq!(
        error_of("test('a', function() end)\ntest('a', function() end)"),
        "tests/a_test.lua:2: there are two tests with the name `a`"
    );
    assert!(error_of("local x = = 1").starts_with("tests/a_test.lua:1: "));
    assert_eq!(error_of("require 'tests.none'"), "there is no file `tests/none.lua` in the plugin");
}

#[test]
fn a_case_has_its_line_and_may_use_other_files_of_the_plugin() {
    let text = "local one = require 'tests.fake'\n\ntest(one.hello, function() end)";
    let cases = world(text).and_then(|world| world.cases()).expect("it is right");
    assert_eq!(cases, [Case { name: "hello".to_owned(), line: 3 }]);
}

#[test]
fn a_test_file_without_an_end_is_stopped() {
    assert_eq!(error_of("while true do end"), "a test file took more than 2 s");
}
