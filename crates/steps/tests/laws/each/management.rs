//! Management tokens through `influxctl`.

use cutover_engine::effect::Effect;
use cutover_engine::step::{Fate, StepError};
use cutover_engine::time::{Duration, Timestamp};
use cutover_engine::value::{Map, Value};

use crate::world::faults::Fault;
use crate::world::{Asked, MARKER, Shows, Style, Token, World, filled};

const CREATE: &str = "influxctl.management.create";
const LIST: &str = "influxctl.management.list";
const REVOKE: &str = "influxctl.management.revoke";

fn run(world: &World, step: &str, params: &Map) -> Result<Map, StepError> {
    Asked { world, step, params, marker: MARKER }.run()
}

fn create(world: &World, format: &str) -> Result<Map, StepError> {
    let params = filled(
        CREATE,
        [
            ("profile", "admin".into()),
            ("description", "ci".into()),
            ("format", format.into()),
            ("token_pointer", "/made/value".into()),
        ],
    );
    run(world, CREATE, &params)
}

fn revoke(world: &World, profile: &str, id: &str) -> Result<Map, StepError> {
    let params = filled(REVOKE, [("profile", profile.into()), ("token_id", id.into())]);
    run(world, REVOKE, &params)
}

fn listed(world: &World, params: &Map) -> Vec<String> {
    let outputs = run(world, LIST, params).expect("it answers");
    let id = |token: &Value| token.get("id").as_text().unwrap_or_default().to_owned();
    outputs["tokens"].items().iter().map(id).collect()
}

#[test]
fn all_three_forms_of_the_output_give_the_same() {
    for (style, format) in [(Style::Alone, "text"), (Style::Table, "text"), (Style::Table, "json")]
    {
        let world = World::new();
        world.state().provider.style = style;
        let outputs = create(&world, format).expect("it is made");
        let made = world.state().provider.tokens[2].clone();
        assert_eq!(world.open(&outputs["token"]), made.value, "{style:?} {format}");
        assert_eq!(outputs["id"], "id-2".into());
        assert_eq!(outputs["prefix"], "M.V1.mk02".into());
        assert_eq!(made.description, format!("ci {MARKER}"));
    }
}

#[test]
fn the_list_is_asked_only_where_the_output_has_no_id() {
    for (style, calls) in [(Style::Alone, 3), (Style::Table, 2)] {
        let world = World::new();
        world.state().provider.style = style;
        create(&world, "text").expect("it is made");
        assert_eq!(world.state().calls.len(), calls, "{style:?}");
    }
}

#[test]
fn an_output_that_is_not_understood_is_a_lost_create_and_not_a_failed_one() {
    for says in ["", "all done\n", "{}"] {
        let world = World::new();
        world.state().provider.says = Some(says.to_owned());
        let format = if says == "{}" { "json" } else { "text" };
        let error = create(&world, format).expect_err("there is no token in it");
        assert_eq!(error.fate, Fate::Lost, "{says:?}: {error:?}");
    }
}

#[test]
fn two_values_in_one_output_are_a_lost_create_and_neither_is_taken() {
    let (one, other) = ("M.V1.mk02fakefakefakefakefake", "M.V1.elsefakefakefakefakefake");
    let json = format!(r#"{{"token": "{one}", "access_token": "{other}"}}"#);
    for (format, says) in [("text", format!("{other}\n{one}\n")), ("json", json)] {
        let world = World::new();
        world.state().provider.says = Some(says);
        let error = create(&world, format).expect_err("which one is it");
        assert_eq!(error.fate, Fate::Lost, "{format}: {error:?}");
        assert!(error.message.starts_with("influxctl printed two values"), "{error:?}");
    }
}

#[test]
fn the_same_value_twice_and_its_public_beginning_are_one_value() {
    let token = "M.V1.mk02fakefakefakefakefake";
    for says in [format!("{token}\n{token}\n"), format!("M.V1.mk02\n{token}\n")] {
        let world = World::new();
        world.state().provider.says = Some(says);
        world.state().provider.style = Style::Alone;
        let outputs = create(&world, "text").expect("it is one");
        assert_eq!(world.open(&outputs["token"]), token);
    }
}

#[test]
fn a_create_that_fails_in_unknown_words_says_so_and_can_be_looked_for() {
    let world = World::new();
    world.state().fault = Some(Fault::Odd);
    let params = filled(CREATE, [("profile", "admin".into()), ("description", "ci".into())]);
    let asked = Asked { world: &world, step: CREATE, params: &params, marker: MARKER };
    let error = asked.run().expect_err("it exits with 1");
    assert_eq!((error.code.as_str(), error.fate), ("refused", Fate::NotDone), "{error:?}");
    assert!(!error.retryable && !error.denied);
    let found = asked.read().expect("it answers").expect("it was made all the same");
    assert_eq!(found.get("token"), None);
    asked.undo(&found).expect("it is ours");
    assert_eq!(asked.read().expect("it answers"), None);
}

#[test]
fn an_id_that_the_list_shows_a_little_late_is_waited_for() {
    let world = World::new();
    world.state().provider.style = Style::Alone;
    world.state().provider.late = 3;
    assert_eq!(create(&world, "text").expect("it comes")["id"], "id-2".into());
}

#[test]
fn a_create_whose_id_cannot_be_looked_up_is_lost_and_not_failed() {
    for shows in [Shows::Nothing, Shows::NoAnswer] {
        let world = World::new();
        world.state().provider.style = Style::Alone;
        world.state().provider.shows = shows;
        let error = create(&world, "text").expect_err("nobody knows its id");
        assert_eq!((error.fate, error.retryable), (Fate::Lost, true), "{shows:?}: {error:?}");
    }
}

#[test]
fn the_version_is_checked_before_anything_is_made() {
    let world = World::new();
    world.state().provider.version = "influxctl version 2.9.9".to_owned();
    let error = create(&world, "text").expect_err("2.9.9 is too old");
    assert_eq!(error.message, "influxctl 2.9.9 is too old: 2.10.0 is needed");
    assert_eq!(world.writes(), []);
    world.state().provider.version = "a build of today".to_owned();
    create(&world, "text").expect("an unreadable version is let through");
    assert_eq!(world.state().logs.len(), 1, "with a warning");
}

#[test]
fn the_command_line_has_global_flags_first_and_no_secret() {
    let world = World::new();
    create(&world, "text").expect("it is made");
    let writes = world.writes();
    let [Effect::Exec(exec)] = writes.as_slice() else { panic!("one program: {writes:?}") };
    let description = format!("ci {MARKER}");
    let expected = [
        "influxctl",
        "--config",
        "~/.config/influxctl/config.toml",
        "--profile",
        "admin",
        "management",
        "create",
        "--description",
        &description,
    ];
    assert_eq!(exec.argv, expected);
    assert_eq!(exec.paths, [2]);
}

#[test]
fn undo_revokes_what_the_list_does_not_show_yet_by_its_id() {
    let world = World::new();
    let params = filled(CREATE, [("profile", "admin".into()), ("description", "ci".into())]);
    let asked = Asked { world: &world, step: CREATE, params: &params, marker: MARKER };
    asked.run().expect("it is made");
    let done = [("id".to_owned(), Value::from("id-unlisted"))].into_iter().collect();
    asked.undo(&done).expect("not found, and the list answers");
    let now = world.state().now;
    assert_eq!(world.state().provider.live(now), ["id-admin", "id-old"]);
}

#[test]
fn the_list_filters_and_a_token_that_never_expires_counts_as_expiring_first() {
    let world = World::new();
    let now = world.state().now;
    let hour = Duration::seconds(3600);
    let token = |id: &str, expires_at: Timestamp| Token {
        expires_at: Some(expires_at),
        ..Token::live(id, &format!("M.V1.{id}fakefakefakefakefakefakefake"))
    };
    let revoked = Token { revoked_at: Some(now - hour), ..token("gone", now + hour) };
    let more =
        [token("dead", now - hour), token("soon", now + hour), token("late", now + hour + hour)];
    world.state().provider.tokens.extend(more.into_iter().chain([revoked]));
    let ask = |active: bool, before: Option<Timestamp>| {
        let params = filled(
            LIST,
            [
                ("profile", "admin".into()),
                ("active", active.into()),
                ("expires_before", before.into()),
            ],
        );
        listed(&world, &params).join(" ")
    };
    assert_eq!(ask(false, None), "id-admin id-old dead soon late gone");
    assert_eq!(ask(true, None), "id-admin id-old soon late");
    assert_eq!(ask(true, Some(now + hour)), "id-admin id-old");
    assert_eq!(ask(true, Some(now + hour + hour)), "id-admin id-old soon");
}

#[test]
fn a_list_with_a_token_logs_in_by_that_value_alone() {
    let world = World::new();
    let ask = |value: &str| {
        let params =
            filled(LIST, [("profile", "admin".into()), ("mgmt_token", world.secret(value))]);
        run(&world, LIST, &params)
    };
    assert!(ask(crate::world::OLD_TOKEN).is_ok());
    let error = ask("M.V1.NONEfakefakefakefakefakefakefakefake").expect_err("nobody knows it");
    assert!(error.denied, "a step that verifies takes it as not yet: {error:?}");
    assert_eq!(world.state().files.len(), 1, "the copy is no file of ours");
}

#[test]
fn a_revoke_waits_until_the_list_shows_it() {
    let world = World::new();
    world.state().provider.lag = 3;
    let outputs = revoke(&world, "admin", "id-old").expect("it is revoked");
    assert!(!outputs["revoked_at"].is_null());
    world.state().provider.tokens[1].revoked_at = None;
    world.state().provider.lag = 1000;
    let error = revoke(&world, "admin", "id-old").expect_err("the list never shows it");
    assert_eq!((error.code.as_str(), error.fate), ("not_yet", Fate::Lost));
}

#[test]
fn a_list_that_lags_behind_a_revoke_is_given_half_a_minute_also_by_the_next_try() {
    let world = World::new();
    world.state().provider.lag = 12;
    revoke(&world, "admin", "id-old").expect("it shows after 24 seconds");
    // A try ended before the list showed it; to the next one the provider refuses it.
    world.state().provider.lag = 9;
    let outputs = revoke(&world, "admin", "id-old").expect("it is revoked already");
    assert!(!outputs["revoked_at"].is_null());
    world.state().provider.lag = 1000;
    let error = revoke(&world, "admin", "id-old").expect_err("the list shows it live for ever");
    assert_eq!(error.code, "not_found");
}

#[test]
fn a_revoked_token_is_not_revoked_again() {
    let world = World::new();
    let first = revoke(&world, "admin", "id-old").expect("it is revoked");
    let writes = world.writes().len();
    assert_eq!(revoke(&world, "admin", "id-old").expect("it is revoked"), first);
    assert_eq!(world.writes().len(), writes);
}

#[test]
fn a_token_that_nobody_knows_counts_as_gone_where_the_list_answers() {
    let world = World::new();
    let outputs = revoke(&world, "admin", "id-none").expect("it is not there");
    assert_eq!(outputs["revoked_at"], Value::Null);
    let now = world.state().now;
    assert_eq!(world.state().provider.live(now), ["id-admin", "id-old"]);
}

#[test]
fn an_empty_list_is_no_proof_that_a_token_is_gone() {
    let world = World::new();
    world.state().provider.shows = Shows::Nothing;
    let error = revoke(&world, "admin", "id-none").expect_err("the list shows nothing");
    assert_eq!(error.code, "not_found");
}

#[test]
fn a_list_that_does_not_show_the_one_in_use_is_no_proof_that_a_token_is_gone() {
    let world = World::new();
    world.state().current = Some("id-of-another-account".to_owned());
    let error = revoke(&world, "admin", "id-none").expect_err("the list is not the right one");
    assert_eq!(error.code, "not_found");
    let help = "the list does not show id-of-another-account either, which is in use: is it that \
                of the right account?";
    assert_eq!(error.help, help);
    world.state().current = Some("id-old".to_owned());
    revoke(&world, "admin", "id-none").expect("the list is the right one");
}

#[test]
fn a_profile_does_not_revoke_the_token_it_logs_in_with() {
    let world = World::new();
    let error = revoke(&world, "ci", "id-old").expect_err("it would cut off its own branch");
    assert_eq!(error.code, "own_login");
    assert_eq!(world.writes(), []);
}

#[test]
fn a_dead_login_is_denied_and_a_missing_profile_is_not() {
    let world = World::new();
    revoke(&world, "admin", "id-old").expect("it is revoked");
    let ask = |profile: &str| run(&world, LIST, &filled(LIST, [("profile", profile.into())]));
    assert!(ask("ci").expect_err("its token is revoked").denied);
    let missing = ask("nobody").expect_err("there is no such profile");
    assert_eq!((missing.denied, missing.code.as_str()), (false, "config"));
}
