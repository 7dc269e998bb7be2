//! The stand-in, call by call.

use std::fs;
use std::path::Path;

use serde_json::Value;

use super::{Streams, call};
use crate::World;

struct Answer {
    code: u8,
    out: String,
    err: String,
}

fn world() -> (tempfile::TempDir, World) {
    let folder = tempfile::tempdir().unwrap();
    let world = World::at(folder.path());
    world.make(Path::new("/bin/true")).unwrap();
    (folder, world)
}

fn say(world: &World, words: &str, typed: &str) -> Answer {
    let args: Vec<String> = words.split(' ').map(str::to_owned).collect();
    let (mut out, mut err, mut input) = (Vec::new(), Vec::new(), typed.as_bytes());
    let mut streams = Streams { out: &mut out, err: &mut err, input: &mut input };
    let code = call(&args, &world.home(), &mut streams).unwrap();
    Answer { code, out: String::from_utf8(out).unwrap(), err: String::from_utf8(err).unwrap() }
}

fn faults(world: &World, text: &str) {
    fs::write(world.cloud().join("faults.toml"), text).unwrap();
}

fn listed(world: &World) -> Vec<Value> {
    let answer = say(world, "--profile admin management list --format json", "");
    assert_eq!(answer.code, 0, "{}", answer.err);
    serde_json::from_str(&answer.out).unwrap()
}

fn create(world: &World) -> Answer {
    say(world, "--profile admin management create --description new", "")
}

/// Writes a value into profile `ci`.
fn hand_to_ci(world: &World, value: &str) {
    let text = fs::read_to_string(world.config()).unwrap();
    let old = text.rsplit("mgmt_token = ").next().unwrap().trim().to_owned();
    fs::write(world.config(), text.replace(&old, &format!("{value:?}"))).unwrap();
}

#[test]
fn since_2_11_a_table_with_the_id_stands_before_the_token() {
    let (_folder, world) = world();
    let answer = create(&world);
    assert_eq!(answer.code, 0);
    assert!(answer.out.contains("| id          | "), "{}", answer.out);
    assert!(answer.out.lines().last().unwrap().starts_with("M.V1."));
    assert!(answer.err.starts_with("warn\t"), "warnings go to standard error");
}

#[test]
fn before_2_11_the_token_stands_alone() {
    let (_folder, world) = world();
    faults(&world, "version = \"2.10.4\"");
    let answer = create(&world);
    assert_eq!(answer.out.lines().count(), 1);
    assert!(answer.out.starts_with("M.V1."));
    assert!(say(&world, "version", "").out.contains("2.10.4"));
}

#[test]
fn json_has_the_fields_of_the_list_and_the_token() {
    let (_folder, world) = world();
    let words = "--profile admin management create --description x --format json \
                 --expires-at 2030-01-01T00:00:00Z";
    let made: Value = serde_json::from_str(&say(&world, words, "").out).unwrap();
    assert!(made["token"].as_str().unwrap().starts_with(made["token_prefix"].as_str().unwrap()));
    assert_eq!(made["expires_at"]["seconds"], 1_893_456_000);
    assert!(made["expires_at"].get("nanos").is_none(), "nanos of 0 are left out");
}

#[test]
fn a_revoked_token_stays_in_the_list_and_is_refused() {
    let (_folder, world) = world();
    let value = create(&world).out.lines().last().unwrap().to_owned();
    hand_to_ci(&world, &value);
    assert_eq!(say(&world, "--profile ci management list", "").code, 0);
    let id = listed(&world).last().unwrap()["id"].as_str().unwrap().to_owned();
    let words = format!("--profile admin management revoke --force {id}");
    assert_eq!(say(&world, &words, "").code, 0);
    assert!(listed(&world).last().unwrap().get("revoked_at").is_some());
    let refused = say(&world, "--profile ci management list", "");
    assert_eq!(refused.code, 1);
    assert!(refused.err.contains("unauthorized"));
    assert_eq!(say(&world, &words, "").code, 1, "a second revoke is an error");
}

#[test]
fn a_revoke_without_force_asks_and_without_an_answer_does_nothing() {
    let (_folder, world) = world();
    create(&world);
    let id = listed(&world).last().unwrap()["id"].as_str().unwrap().to_owned();
    let words = format!("--profile admin management revoke {id}");
    let asked = say(&world, &words, "");
    assert_eq!(asked.code, 1);
    assert!(asked.out.contains("[y/N]"));
    assert!(listed(&world).last().unwrap().get("revoked_at").is_none());
    assert_eq!(say(&world, &words, "y\n").code, 0);
}

#[test]
fn a_revoke_of_several_goes_on_after_one_that_fails() {
    let (_folder, world) = world();
    create(&world);
    let id = listed(&world).last().unwrap()["id"].as_str().unwrap().to_owned();
    let words = format!("--profile admin management revoke --force nope {id}");
    assert_eq!(say(&world, &words, "").code, 1);
    assert!(listed(&world).last().unwrap().get("revoked_at").is_some());
}

#[test]
fn an_unknown_key_in_the_configuration_is_refused() {
    let (_folder, world) = world();
    let text = fs::read_to_string(world.config()).unwrap();
    fs::write(world.config(), text.replace("product =", "produkt =")).unwrap();
    let answer = say(&world, "--profile admin management list", "");
    assert_eq!(answer.code, 1);
    assert!(answer.err.contains("unknown option in config file: profile.produkt"));
}

#[test]
fn a_new_token_may_be_refused_and_unlisted_for_a_while() {
    let (_folder, world) = world();
    faults(&world, "activation_ms = 60000\nlist_lag_ms = 60000");
    let before = listed(&world).len();
    let value = create(&world).out.lines().last().unwrap().to_owned();
    assert_eq!(listed(&world).len(), before);
    hand_to_ci(&world, &value);
    assert!(say(&world, "--profile ci management list", "").err.contains("unauthorized"));
}

#[test]
fn a_lost_answer_leaves_a_token_and_a_late_one_is_not_there_yet() {
    let (_folder, world) = world();
    faults(&world, "late_ms = 60000\ncreate = [\"lost\", \"late\", \"fail\"]");
    let before = listed(&world).len();
    let lost = create(&world);
    assert_eq!((lost.code, lost.out.as_str()), (1, ""));
    assert_eq!(listed(&world).len(), before + 1);
    assert!(create(&world).err.contains("DeadlineExceeded"));
    assert!(create(&world).err.contains("Internal"));
    assert_eq!(listed(&world).len(), before + 1);
    assert_eq!(create(&world).code, 0, "then all is well");
}

#[test]
fn global_flags_come_first_and_a_description_is_needed() {
    let (_folder, world) = world();
    assert_eq!(say(&world, "management list --profile admin", "").code, 1);
    assert!(say(&world, "--profile admin management create", "").err.contains("description"));
    assert!(say(&world, "--profile nope management list", "").err.contains("not found"));
}

#[test]
fn an_odd_failure_makes_a_token_or_none_and_tells_neither() {
    for (fault, made) in [("odd", 3), ("odd_before", 2)] {
        let (_folder, world) = world();
        faults(&world, &format!("create = [{fault:?}]"));
        let answer = create(&world);
        assert_eq!((answer.code, answer.out.as_str()), (1, ""), "{fault}");
        assert_eq!(answer.err, "error\tsomething went wrong: %!s(<nil>)\n");
        assert_eq!(listed(&world).len(), made, "{fault}");
    }
}

#[test]
fn a_create_can_print_two_values() {
    let (_folder, world) = world();
    faults(&world, "create = [\"twice\"]");
    let answer = create(&world);
    assert_eq!(answer.out.matches("M.V1.").count(), 2, "{}", answer.out);
    assert_eq!(listed(&world).len(), 3);
}
