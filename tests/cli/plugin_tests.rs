//! `plugin test`, and a rehearsal in which the fake of a plugin plays its service.

use insta::assert_snapshot;
use serde_json::{Value as Json, json};

use crate::support::{Place, Said};

const ACME: [(&str, &str); 4] = [
    ("acme/plugin.yaml", include_str!("../../plugins/acme-vault/plugin.yaml")),
    ("acme/init.lua", include_str!("../../plugins/acme-vault/init.lua")),
    ("acme/tests/fake.lua", include_str!("../../plugins/acme-vault/tests/fake.lua")),
    ("acme/tests/acme_test.lua", include_str!("../../plugins/acme-vault/tests/acme_test.lua")),
];

/// The rotation, in the same folder as the plugin.
fn rotation() -> String {
    include_str!("acme.yaml")
        .replace("FOLDER", "acme")
        .replace("URL", "https://vault.acme.internal")
}

/// The line that a marker is sent by, and what stands there where it is forgotten.
const FORGOTTEN: (&str, &str) = ("ttl = p.ttl, tag = ctx.key", "ttl = p.ttl");

fn place(edit: Option<(&str, &str)>) -> Place {
    let place = Place::new();
    for (path, text) in ACME {
        match edit.filter(|_| path == "acme/init.lua") {
            Some((from, to)) => {
                assert!(text.contains(from), "`{from}` is there");
                place.write(path, &text.replace(from, to))
            }
            None => place.write(path, text),
        };
    }
    place.write("w.yaml", &rotation());
    place
}

fn json_of(said: &Said) -> Json {
    serde_json::from_str(&said.raw).expect("it is JSON")
}

#[test]
fn a_right_plugin_passes_its_tests_under_every_law() {
    assert_snapshot!(place(None).cutover(&["plugin", "test", "acme"]).ends(0).all(), @r#"
    exit 0
    --- err
    acme-vault 1.2.0   tested against its own stand-ins: nothing outside was reached

      done     issue makes one sealed token      10 runs
      done     revoke removes it, twice is fine  13 runs
      done     what is put is what get gives     17 runs

    3 cases, 40 runs: as previews, with each write refused, with each answer lost, undone twice,
      searched for secrets. All laws hold.
    "#);
}

#[test]
fn a_mistake_is_shown_with_the_law_the_place_and_what_was_done() {
    let place = place(Some(FORGOTTEN));
    assert_snapshot!(place.cutover(&["plugin", "test", "acme"]).ends(1).all(), @r#"
    exit 1
    --- err
    acme-vault 1.2.0   tested against its own stand-ins: nothing outside was reached

      failed   issue makes one sealed token      10 runs

        `issue`, looked for after it ran
        `read` finds nothing, and its write was done
          --> tests/acme_test.lua:4
            3 | test("issue makes one sealed token", function(t)
          > 4 |   local out = t.step("issue", { service = "billing" })
            5 |   equal(out.id, "tok_1")
        help: send `ctx.key` where the service keeps text, and look for it in `read`
          POST https://vault.test/v1/tokens -> 201
          log info issued {"id":"tok_1","service":"billing"}
          GET https://vault.test/v1/tokens -> 200
          issue.read -> nothing

        `issue`, write 1 done, and its answer lost
        `read` finds nothing, and its write was done
          --> tests/acme_test.lua:4
            3 | test("issue makes one sealed token", function(t)
          > 4 |   local out = t.step("issue", { service = "billing" })
            5 |   equal(out.id, "tok_1")
        help: send `ctx.key` where the service keeps text, and look for it in `read`
          POST https://vault.test/v1/tokens -> answer lost, by the law
          issue.run -> `POST https://vault.test/v1/tokens` got no answer
          GET https://vault.test/v1/tokens -> 200
          issue.read -> nothing

      failed   revoke removes it, twice is fine  13 runs

        `issue`, looked for after it ran: as above

        `issue`, write 1 done, and its answer lost: as above

      done     what is put is what get gives     17 runs

    2 of 3 cases failed. Once more: cutover plugin test acme --only 'issue makes one sealed token'
    "#);
}

#[test]
fn programs_are_told_the_same() {
    let place = place(Some(("return made.json\n", "return made.jsn.id\n")));
    let words = ["plugin", "test", "acme", "--only", "sealed", "--output", "json"];
    let told = json_of(&place.cutover(&words).ends(1));
    assert_eq!(told["right"], false);
    let case = &told["cases"][0];
    assert_eq!((&case["file"], &case["line"]), (&json!("tests/acme_test.lua"), &json!(3)));
    let failure = &case["failures"][0];
    assert_eq!(failure["law"], "case");
    assert_eq!(failure["step"], "issue");
    assert_eq!(failure["write"], Json::Null);
    assert_eq!(failure["at"]["file"], "init.lua");
    assert_eq!(failure["trail"][0], "POST https://vault.test/v1/tokens -> 201");
    assert_eq!(told["cases"].as_array().map(Vec::len), Some(1));
}

#[test]
fn what_cannot_be_tested_is_refused() {
    let place = place(None);
    let ends = |words: &[&str]| place.cutover(&[&["plugin", "test"], words].concat()).ends(2).all();
    assert_snapshot!(ends(&["acme", "--only", "nothing of that"]), @r#"
    exit 2
    --- err
    error: no test has `nothing of that` in its name
    "#);
    assert_snapshot!(ends(&["none"]), @r#"
    exit 2
    --- err
    error: there is no folder `none`
    "#);
    place.write("acme/plugin.yaml", "api: 1\nname: acme-vault\n");
    assert!(ends(&["acme"]).contains("acme/plugin.yaml"), "{}", ends(&["acme"]));
    place.write("bare/plugin.yaml", ACME[0].1);
    place.write("bare/init.lua", ACME[1].1);
    assert_snapshot!(ends(&["bare"]), @r#"
    exit 2
    --- err
    error: there are no tests in `bare/tests`
      a file with tests is called NAME_test.lua; `cutover plugin new` writes one
    "#);
}

#[test]
fn a_rotation_by_a_plugin_is_rehearsed_with_its_own_fake() {
    let words = ["test", "w.yaml", "--crash-at", "every", "--leaks", "--output", "json"];
    let told = json_of(&place(None).cutover(&words).ends(0));
    assert_eq!(told["right"], true, "{told}");
    let (points, crashes) = (&told["points"], &told["crashes"]);
    assert!(points.as_u64().is_some_and(|points| points > 20), "{told}");
    assert_eq!((&crashes["reached"], &crashes["failed"]), (points, &json!([])), "{told}");
    assert!(told["leaks"]["secrets"].as_u64().is_some_and(|secrets| secrets > 1), "{told}");
    assert_eq!(told["leaks"]["found"], json!([]));
}

#[test]
fn an_orphan_that_a_plugin_leaves_is_found_by_its_rehearsal() {
    let place = place(Some(FORGOTTEN));
    let said = place.cutover(&["test", "w.yaml", "--crash-at", "4"]).ends(1);
    for words in [
        "point 4: killed after POST https://vault.test in `create`",
        "an orphan: tok_2  is live and not in use (without a marker)",
        "2 new tokens are live, and 1 without a crash",
    ] {
        assert!(said.err.contains(words), "{}", said.all());
    }
}

#[test]
fn a_create_that_goes_wrong_after_its_answer_leaves_no_orphan() {
    let found = "  return found.json.items[1]\n";
    let without_token = "  local it = found.json.items[1]\n  return it and { id = it.id, expires_at = it.expires_at }\n";
    for wrong in ["fail{ message = 'what is this' }", "return { id = made.json.id }"] {
        let place = place(None);
        let gives = "  return made.json\n";
        let init = ACME[1].1.replace(found, without_token);
        let init = init.replace(gives, &format!("  if ctx.attempt == 1 then {wrong} end\n{gives}"));
        place.write("acme/init.lua", &init);
        // Its search lags: what was made is not found when it is looked for first.
        let shows = "items[#items + 1] = token\n";
        let lags = format!(
            "if token.seen or not req.query.tag then\n{shows}end\ntoken.seen = token.seen or req.query.tag\n"
        );
        place.write("acme/tests/fake.lua", &ACME[2].1.replace(shows, &lags));
        let create = "with: { service: billing }";
        let again = format!("{create}, retry: {{ max_attempts: 3, delay: 1s }}");
        place.write("w.yaml", &rotation().replace(create, &again));
        let words = ["test", "w.yaml", "--crash-at", "every", "--output", "json"];
        let told = json_of(&place.cutover(&words).ends(0));
        assert_eq!((&told["right"], &told["crashes"]["failed"]), (&true.into(), &json!([])));
    }
}

#[test]
fn a_plugin_without_a_fake_reaches_nothing_in_a_rehearsal() {
    let place = place(None);
    std::fs::remove_dir_all(place.folder().join("acme/tests")).expect("it is there");
    assert_snapshot!(place.cutover(&["test", "w.yaml"]).ends(2).all(), @r#"
    exit 2
    --- err
    error: this workflow cannot be rehearsed: `create` sends GET to https://vault.acme.internal,
      `create` sends POST to https://vault.acme.internal, without a stand-in
      There are stand-ins for influxctl, for the files of its world, and for messages.
      A plugin brings its own: the fake in its tests/fake.lua.
    "#);
}

#[test]
fn a_fake_that_is_broken_says_where() {
    let place = place(None);
    place.write("acme/tests/fake.lua", "\nfakee(\"https://vault.test\", {})\n");
    assert_snapshot!(place.cutover(&["test", "w.yaml"]).ends(2).all(), @r#"
    exit 2
    --- err
    error: the fake of the plugin `acme-vault` cannot play: tests/fake.lua:2: there is no `fakee`
      here: did you mean `fake`?
      `cutover plugin test` shows what is wrong in it
    "#);
}
