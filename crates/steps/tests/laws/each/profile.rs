//! Profiles of the configuration file.

use cutover_engine::step::StepError;
use cutover_engine::value::{Map, Value};

use crate::world::{ADMIN_TOKEN, Asked, CONFIG, MARKER, OLD_TOKEN, Token, World, filled};

const SET: &str = "influxctl.profile.set";
const NEW: &str = "M.V1.NEWxfakefakefakefakefakefakefakefake";

fn run(world: &World, step: &str, params: &Map) -> Result<Map, StepError> {
    Asked { world, step, params, marker: MARKER }.run()
}

fn set(world: &World, profile: &str, copy_from: Value) -> Map {
    let token = world.secret(NEW);
    filled(SET, [("profile", profile.into()), ("mgmt_token", token), ("copy_from", copy_from)])
}

fn which(world: &World, profile: &str, login: &str) -> Result<Map, StepError> {
    let params =
        filled("influxctl.profile.token", [("profile", profile.into()), ("login", login.into())]);
    run(world, "influxctl.profile.token", &params)
}

#[test]
fn only_the_token_of_the_profile_changes() {
    let world = World::new();
    let before = world.state().files[CONFIG].clone();
    let outputs = run(&world, SET, &set(&world, "ci", Value::Null)).expect("it is written");
    assert_eq!(outputs["prefix"], "M.V1.NEWx".into());
    assert_eq!(world.state().files[CONFIG], before.replace(OLD_TOKEN, NEW));
}

#[test]
fn a_new_profile_is_made_from_another_and_else_refused() {
    let world = World::new();
    let before = world.state().files[CONFIG].clone();
    for copy_from in [Value::Null, "nobody".into()] {
        let error = run(&world, SET, &set(&world, "fresh", copy_from)).expect_err("no profile");
        assert_eq!(error.code, "not_found");
    }
    assert_eq!((world.writes().len(), &world.state().files[CONFIG]), (0, &before));
    let params = set(&world, "fresh", "admin".into());
    run(&world, SET, &params).expect("it is made");
    let get = filled("influxctl.profile.get", [("profile", "fresh".into())]);
    let outputs = run(&world, "influxctl.profile.get", &get).expect("it is there");
    assert_eq!(world.open(&outputs["mgmt_token"]), NEW);
    assert_eq!(outputs["account_id"], "acc".into());
    let asked = Asked { world: &world, step: SET, params: &params, marker: MARKER };
    asked.undo(&Map::new()).expect("it is still ours");
    assert_eq!(world.state().files[CONFIG], before);
}

#[test]
fn undo_leaves_a_profile_alone_that_somebody_else_has_changed() {
    let world = World::new();
    let params = set(&world, "ci", Value::Null);
    run(&world, SET, &params).expect("it is written");
    let theirs = world.state().files[CONFIG].replace(NEW, "M.V1.ELSEfakefakefake");
    world.state().files.insert(CONFIG.to_owned(), theirs.clone());
    let asked = Asked { world: &world, step: SET, params: &params, marker: MARKER };
    asked.undo(&Map::new()).expect_err("it is not ours any more");
    assert_eq!(world.state().files[CONFIG], theirs);
}

#[test]
fn a_profile_that_is_not_there_or_holds_no_token_is_an_error() {
    let world = World::new();
    let bare = "[[profile]]\nname = \"bare\"\n";
    world.state().files.insert("/bare".to_owned(), bare.to_owned());
    for (config, profile) in [("/bare", "bare"), ("/bare", "nobody"), ("/none", "ci")] {
        let params = filled(
            "influxctl.profile.get",
            [("config", config.into()), ("profile", profile.into())],
        );
        let error = run(&world, "influxctl.profile.get", &params).expect_err("no token");
        assert_eq!(error.code, "not_found", "{config} {profile}");
    }
}

#[test]
fn two_profiles_of_one_name_are_an_error() {
    let world = World::new();
    let twice = "[[profile]]\nname = \"a\"\n[[profile]]\nname = \"a\"\n";
    world.state().files.insert("/twice".to_owned(), twice.to_owned());
    let params =
        filled("influxctl.profile.get", [("config", "/twice".into()), ("profile", "a".into())]);
    let error = run(&world, "influxctl.profile.get", &params).expect_err("which one");
    assert_eq!(error.code, "config");
}

#[test]
fn the_token_of_a_profile_is_found_by_its_prefix_under_another_login() {
    let world = World::new();
    assert_eq!(which(&world, "ci", "admin").expect("it is listed")["id"], "id-old".into());
    let now = world.state().now;
    world.state().provider.tokens[1].revoked_at = Some(now);
    assert_eq!(
        which(&world, "ci", "admin").expect("a dead one is found too")["id"],
        "id-old".into()
    );
    assert!(which(&world, "ci", "ci").expect_err("it cannot log in itself").denied);
}

#[test]
fn no_profile_or_no_token_in_it_is_all_null_and_asks_nobody() {
    let world = World::new();
    let outputs = which(&world, "nobody", "admin").expect("it is not there");
    assert!(outputs.values().all(Value::is_null));
    assert_eq!(outputs.len(), 5);
    assert_eq!(world.state().calls.len(), 1, "the file alone");
}

#[test]
fn a_live_token_wins_over_a_dead_one_and_two_live_ones_are_an_error() {
    let world = World::new();
    let now = world.state().now;
    let twin = Token { revoked_at: Some(now), ..Token::live("twin", OLD_TOKEN) };
    world.state().provider.tokens.push(twin);
    assert_eq!(which(&world, "ci", "admin").expect("one works")["id"], "id-old".into());
    world.state().provider.tokens[2].revoked_at = None;
    assert_eq!(which(&world, "ci", "admin").expect_err("two work").code, "ambiguous");
}

#[test]
fn of_several_dead_ones_the_newest_is_meant() {
    let world = World::new();
    let now = world.state().now;
    let twin = |id: &str, created_at| Token {
        revoked_at: Some(now),
        created_at,
        ..Token::live(id, OLD_TOKEN)
    };
    let day = cutover_engine::time::Duration::seconds(86_400);
    world.state().provider.tokens[1].revoked_at = Some(now);
    let twins = [twin("newest", now - day), twin("older", now - day - day)];
    world.state().provider.tokens.extend(twins);
    assert_eq!(which(&world, "ci", "admin").expect("it is listed")["id"], "newest".into());
}

#[test]
fn a_token_that_is_not_listed_is_an_error_and_not_null() {
    let world = World::new();
    world.state().provider.tokens.retain(|token| token.value == ADMIN_TOKEN);
    assert_eq!(which(&world, "ci", "admin").expect_err("it is not listed").code, "not_found");
}
