//! What editors are given.

use super::{files, schema};
use crate::files::{Files, INIT, MANIFEST};
use crate::manifest::keys;
use crate::plugin::Plugin;

#[test]
fn a_step_has_a_class_with_its_parameters_its_outputs_and_its_functions() {
    let acme = include_str!("../manifest/testdata/acme.yaml");
    let texts = [(MANIFEST, acme), (INIT, "return {}")];
    let files_of = Files::new(texts.map(|(path, text)| (path.to_owned(), text.to_owned())));
    let plugin = Plugin::load(files_of).expect("the manifest is right");
    let made = files(&plugin);
    let (path, classes) = made.last().expect("there are some");
    assert_eq!(path, ".types/plugin.lua");
    for line in [
        "---@class cutover.Config\n---@field url string url\n---@field admin_token cutover.Secret",
        "---@class acme_vault.issue.Params\n---@field service string service\n---@field ttl string ttl",
        "---@field read? fun(ctx: cutover.Context, p: acme_vault.put.Params): acme_vault.put.Outputs|nil",
        "---@field undo? fun(ctx: cutover.Context, p: acme_vault.put.Params, out: acme_vault.put.Outputs)",
    ] {
        assert!(classes.contains(line), "{line}\n{classes}");
    }
}

#[test]
fn a_parameter_with_a_word_of_the_language_of_types_is_a_field_all_the_same() {
    let manifest = "api: 1\nname: acme\nversion: 1.0.0\nsummary: A store\nsteps:\n  get: { role: \
                    read, does: [run], summary: Get, params: { readonly: boolean? } }\n";
    let texts = [(MANIFEST, manifest), (INIT, "return {}")];
    let files_of = Files::new(texts.map(|(path, text)| (path.to_owned(), text.to_owned())));
    let plugin = Plugin::load(files_of).expect("the manifest is right");
    let made = files(&plugin);
    assert!(made[3].1.contains("---@field [\"readonly\"]? boolean"), "{}", made[3].1);
}

#[test]
fn the_types_name_every_word_of_a_test_file_and_every_field_of_an_answer() {
    let tests = include_str!("tests.lua");
    for word in ["test", "fake", "program", "file", "config", "secret", "equal", "reveal"] {
        assert!(tests.contains(&format!("\nfunction {word}(")), "{word}");
    }
    for word in ["step", "fails", "read", "undo", "logs"] {
        assert!(tests.contains(&format!("\nfunction Case.{word}(")), "{word}");
    }
    let host = include_str!("host.lua");
    for field in ["status", "headers", "json", "toml", "text", "secret", "code"] {
        assert!(host.contains(&format!("\n---@field {field} ")), "{field}");
    }
}

#[test]
fn the_schema_has_every_key_of_a_manifest() {
    let schema = schema();
    for key in keys::PLUGIN.names() {
        assert!(schema["properties"].get(key).is_some(), "{key}");
    }
    let step = &schema["properties"]["steps"]["additionalProperties"];
    for key in keys::STEP.names() {
        assert!(step["properties"].get(key).is_some(), "{key}");
    }
    assert_eq!(step["required"], serde_json::json!(["role", "does", "summary"]));
    assert_eq!(step["additionalProperties"], false);
}
