//! Every workflow that ships, run by the real binary in a sandbox of its own.
//!
//! `rotate-influxdb1-user.yaml` needs a server: `tests/real` runs it.

#![expect(clippy::unwrap_used, reason = "a test stops where something is not as it must be")]

mod plugins;
mod sandbox;

use sandbox::Sandbox;

#[test]
fn rotate_management_token_replaces_the_token_of_the_profile() {
    let sandbox = Sandbox::new();
    let old = sandbox.token_of("ci");
    let run = sandbox.run("rotate-management-token.yaml", &[]);
    assert_eq!(run["status"], "succeeded", "{run:#}");
    let new = sandbox.token_of("ci");
    assert_ne!(old, new);
    assert_eq!(sandbox.file("ci.token"), new, "the file for other programs holds it too");
    assert!(sandbox.logs_in("ci"), "the profile works");
    assert_eq!(run["debts"][0]["state"], "owed", "the old one is valid for another day");
    assert_eq!(run["debts"].as_array().unwrap().len(), 1);
    assert_eq!(sandbox.live(), 3, "the admin's, the old and the new one");
}

#[test]
fn rotate_management_token_again_replaces_what_the_first_run_made() {
    let sandbox = Sandbox::new();
    let first = sandbox.run("rotate-management-token.yaml", &[]);
    let second = sandbox.run("rotate-management-token.yaml", &[]);
    assert_eq!(second["status"], "succeeded", "{second:#}");
    let made = first["outputs"]["token_id"].as_str().unwrap();
    let before = second["steps"][0]["outputs"]["id"].as_str().unwrap();
    assert_eq!(made, before);
}

#[test]
fn create_management_token_keeps_a_token_that_works() {
    let sandbox = Sandbox::new();
    let run = sandbox.run("create-management-token.yaml", &["description=nightly backup"]);
    assert_eq!(run["status"], "succeeded", "{run:#}");
    let token = sandbox.file("new.token");
    assert_eq!(run["outputs"]["prefix"], token[..9]);
    assert_eq!(sandbox.mode("new.token"), 0o600);
    sandbox.give("ci", &token);
    assert!(sandbox.logs_in("ci"));
}

#[test]
fn list_management_tokens_gives_them_and_changes_nothing() {
    let sandbox = Sandbox::new();
    let run = sandbox.run("list-management-tokens.yaml", &[]);
    let tokens = run["outputs"]["tokens"].as_array().unwrap();
    let words: Vec<&str> =
        tokens.iter().map(|token| token["description"].as_str().unwrap()).collect();
    assert_eq!(words, ["made by hand for Cutover", "ci, made by hand"]);
    assert_eq!(sandbox.live(), 2);
}

#[test]
fn revoke_management_token_ends_one_by_its_id() {
    let sandbox = Sandbox::new();
    let made = sandbox.run("create-management-token.yaml", &["description=short"]);
    let id = format!("token_id={}", made["outputs"]["token_id"].as_str().unwrap());
    let run = sandbox.run("revoke-management-token.yaml", &[&id]);
    assert_eq!(run["status"], "succeeded", "{run:#}");
    assert!(run["outputs"]["revoked_at"].is_string());
    assert_eq!(sandbox.live(), 2);
}

#[test]
fn revoke_management_token_stops_at_an_id_that_nobody_knows() {
    let sandbox = Sandbox::new();
    let run = sandbox
        .run("revoke-management-token.yaml", &["token_id=00000000-0000-4000-8000-000000000000"]);
    assert_eq!(run["status"], "failed", "{run:#}");
    assert_eq!(run["error"]["step"], "known");
    assert_eq!(sandbox.live(), 2);
}

#[test]
fn audit_management_tokens_reports_what_ends_soon_or_never() {
    let sandbox = Sandbox::new();
    sandbox.run("create-management-token.yaml", &["description=a month"]);
    sandbox.run("create-management-token.yaml", &["description=a week", "lifetime=7d"]);
    let run = sandbox.run("audit-management-tokens.yaml", &[]);
    assert_eq!(run["outputs"]["count"], 3, "two that never end and one of a week: {run:#}");
}
