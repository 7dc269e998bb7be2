//! L14: credentials in the text of a workflow. All of them are made up here, at run time.

use crate::check::rules::shapes::{SHAPES, Tail, find};
use crate::check::rules::testing::{ROTATION, accepted, findings, refused, with};

/// Something that has the shape, of letters that say that it is made up.
fn fake(prefix: &str, tail: Tail, length: usize) -> String {
    let letters = match tail {
        Tail::Capital => "FAKE",
        Tail::Hex => "fa0e",
        Tail::Dotted => "fake.fake.",
        Tail::Alphanumeric | Tail::Word | Tail::Path | Tail::Base64 | Tail::Any => "fake",
    };
    format!("{prefix}{}", letters.chars().cycle().take(length).collect::<String>())
}

fn login(password: &str) -> String {
    format!(
        "steps:\n  - {{ id: login, uses: influxdb1.login, with: {{ url: \"http://db\", user: app, password: {password} }} }}\n"
    )
}

#[test]
fn secrets_that_come_from_outside_are_fine() {
    accepted(&login("\"{{ inputs.admin }}\""));
    accepted(ROTATION);
}

#[test]
fn text_about_credentials_is_fine() {
    accepted(&with(
        ROTATION,
        "description: ci",
        "description: tokens that begin with M.V1. or ghp_ are ours",
    ));
    accepted(&with(ROTATION, "description: ci", "description: AKIA is a prefix"));
}

#[test]
fn a_shape_inside_a_word_is_none() {
    assert_eq!(find(&format!("x{}", fake("AKIA", Tail::Capital, 16))), []);
    assert_eq!(find(&format!("my_{}", fake("npm_", Tail::Alphanumeric, 36))), []);
}

#[test]
fn too_short_a_tail_is_none() {
    for shape in SHAPES.iter().filter(|shape| shape.at_least > 0) {
        let short = fake(shape.prefix, shape.tail, shape.at_least - 1);
        assert!(find(&format!("a: {short}")).is_empty(), "{short}");
    }
}

#[test]
fn plain_parameters_may_be_plain() {
    accepted(
        "steps:\n  - { id: run, uses: exec.run, with: { argv: [app], env: { MODE: fast } } }\n",
    );
}

#[test]
fn every_shape_is_found_at_its_place() {
    for shape in SHAPES {
        let made_up = fake(shape.prefix, shape.tail, shape.at_least);
        let text = format!("description: \"{made_up}\"\nname: x\n");
        let found = find(&text);
        let spans: Vec<&str> = found.iter().map(|found| &text[found.span.range()]).collect();
        assert!(spans.contains(&made_up.as_str()), "{made_up}: {spans:?}");
        assert!(shape.source.starts_with("https://"), "{shape:?}");
    }
}

#[test]
fn a_token_is_refused_wherever_it_stands() {
    let token = fake("M.V1.", Tail::Base64, 40);
    let help = "from: { env: NAME }";
    let what = "this looks like an InfluxDB management token";
    refused(&login(&token), "L14", &token, what, help);
    refused(
        &with(ROTATION, "description: ci", &format!("description: {token}")),
        "L14",
        &token,
        what,
        help,
    );
    refused(&format!("# was {token}\n{}", ROTATION.trim_start()), "L14", &token, what, help);
    refused(&format!("x-old: {token}\n{}", ROTATION.trim_start()), "L14", &token, what, help);
}

#[test]
fn a_key_in_several_lines_is_refused() {
    let key = ["-----BEGIN OPENSSH ", "PRIVATE KEY-----"].concat();
    let text = with(ROTATION, "steps:\n", &format!("x-key: |\n  {key}\n  fake\nsteps:\n"));
    refused(&text, "L14", &key, "this looks like a private key", "type: secret");
}

#[test]
fn a_written_out_secret_is_refused() {
    refused(
        &login("fake-password"),
        "L14",
        "fake-password",
        "`password` is a secret, and its value is written out",
        "\"{{ inputs.password }}\"",
    );
}

#[test]
fn a_written_out_secret_of_an_undo_or_a_hook_is_refused() {
    let undo = with(
        ROTATION,
        "{ id: publish,",
        "{ id: publish, undo: { uses: influxctl.profile.set, with: { profile: ci, mgmt_token: fake-old } },",
    );
    refused(&undo, "L14", "fake-old", "`mgmt_token` is a secret", "take it from outside");
    let hook = format!(
        "{ROTATION}on_failure:\n  - {{ id: who, uses: acme.whoami, with: {{ key: fake-key }} }}\n"
    );
    refused(&hook, "L14", "fake-key", "`key` is a secret", "take it from outside");
}

#[test]
fn a_token_as_a_secret_is_told_once() {
    let found = findings(&login(&fake("hvs.", Tail::Word, 24))).0;
    assert_eq!(found.iter().filter(|found| found.code == "L14").count(), 1, "{found:?}");
}
