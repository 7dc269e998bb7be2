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
        "---@field read fun(ctx: cutover.Context, p: acme_vault.put.Params): acme_vault.put.Outputs|nil",
        "---@field undo fun(ctx: cutover.Context, p: acme_vault.put.Params, out: acme_vault.put.Outputs)",
    ] {
        assert!(classes.contains(line), "{line}\n{classes}");
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
