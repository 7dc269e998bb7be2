//! Manifests: what they give, and every mistake in them.

use cutover_engine::source::Source;
use cutover_engine::spec::{Mints, Place, Repeat, Role, Secrecy};
use cutover_engine::time::Duration;
use cutover_engine::types::Type;
use cutover_engine::value::Value;
use insta::assert_snapshot;

use super::{Does, MANIFEST, Manifest};

/// The manifest of the contract.
pub(crate) const ACME: &str = include_str!("testdata/acme.yaml");

fn fails(text: &str) -> String {
    let source = Source::new(MANIFEST, text);
    match Manifest::of_source(&source) {
        Ok(_) => "no mistake was found".to_owned(),
        Err(found) => found.to_lines(&source),
    }
}

/// A manifest with one step, whose keys these are.
fn step(keys: &str) -> String {
    format!(
        "api: 1\nname: acme\nversion: 1.0.0\nsummary: A store\nconfig: {{ url: url, key: secret }}\n\
         steps:\n  get: {{ role: read, does: [run], summary: Get, reads_from: kv(path), params: {{ path: string }}, \
         outputs: {{ value: secret }} }}\n  it: {{ {keys} }}\n"
    )
}

#[test]
fn the_manifest_of_the_contract_gives_what_the_engine_asks_for() {
    let manifest = Manifest::of_source(&Source::new(MANIFEST, ACME)).unwrap();
    assert_eq!((manifest.name.as_str(), manifest.version.as_str()), ("acme-vault", "1.2.0"));
    assert_eq!(manifest.needs.http, ["config.url"]);
    let put = &manifest.steps["put"];
    assert_eq!(put.spec.name, "acme-vault.put");
    assert_eq!(put.spec.role, Role::Store);
    assert_eq!(put.does, Does { read: true, run: true, undo: true });
    assert_eq!(put.spec.stores_at, Some(Place::new("acme-vault_kv", &["path"])));
    assert_eq!(put.spec.read_back.as_deref(), Some("acme-vault.get"));
    let names: Vec<&str> = put.spec.params.iter().map(|param| param.name.as_str()).collect();
    assert_eq!(names, ["path", "value", "config.url", "config.admin_token"]);
    let token = put.spec.param("config.admin_token").unwrap();
    assert!(token.hidden && token.secrecy == Secrecy::Must && token.required);
    let issue = &manifest.steps["issue"].spec;
    assert_eq!(issue.mints, Some(Mints::Marker));
    assert_eq!(issue.list.as_deref(), Some("acme-vault.tokens"));
    assert_eq!(issue.revoke.as_deref(), Some("acme-vault.revoke"));
    assert_eq!(issue.logs_in_with, Some(Place::new("value", &["config.admin_token"])));
    assert_eq!((issue.settle, issue.propagation), (Duration::seconds(30), Duration::seconds(120)));
    let ttl = issue.param("ttl").unwrap();
    assert!(!ttl.required);
    assert_eq!(ttl.default, Value::Duration(Duration::seconds(24 * 3600)));
    let items = &manifest.steps["tokens"].spec.outputs[0];
    assert_eq!(items.ty, Type::list(Type::map(Type::Any)));
    assert!(manifest.steps["revoke"].spec.anywhere);
}

#[test]
fn types_are_read_in_one_line_and_in_long_form() {
    let text = step(
        "role: other, does: [run], summary: It, repeat: safe, params: { a: 'enum(x|y) = x', b: 'list(string)? ', c: bytes, \
         d: { type: 'integer = 3', min: 1, max: 5, description: How many }, \
         e: { type: string, pattern: '[a-z]+' }, f: 'string = a = b', g: 'map(any) = {x: 1}' }, \
         outputs: { id: string?, all: 'list({id: string, token: secret})', any: object }",
    );
    let manifest = Manifest::of_source(&Source::new(MANIFEST, text)).unwrap();
    let spec = &manifest.steps["it"].spec;
    assert_eq!(spec.repeat, Repeat::Safe);
    assert_eq!(spec.param("a").unwrap().default, Value::from("x"));
    assert!(!spec.param("b").unwrap().required);
    assert!(spec.param("c").unwrap().limits.pattern.is_some());
    let d = spec.param("d").unwrap();
    assert_eq!((d.limits.min, d.limits.max), (Some(1.0), Some(5.0)));
    assert_eq!((d.summary.as_str(), d.default.clone()), ("How many", Value::Int(3)));
    assert!(spec.param("e").unwrap().required);
    assert_eq!(spec.param("f").unwrap().default, Value::from("a = b"));
    assert_eq!(spec.param("g").unwrap().default.get("x"), &Value::Int(1));
    assert!(spec.outputs[0].nullable);
    assert_eq!(spec.outputs[1].ty.to_string(), "list({id: string, token: secret})");
    assert_eq!(spec.outputs[2].ty.to_string(), "map(any)");
}

#[test]
fn every_mistake_is_told_with_its_place_and_the_way_out() {
    let text = "api: 2\nname: Acme\nversion: latest\nsumary: A store\nneeds: { htp: [x], exec: ['a b'], \
                http: [config.ulr, 'https://a/b'], env: [PATH], fs: ['../x'] }\nconfig: { url: url }\nsteps: {}\n";
    assert_snapshot!(fails(text));
}

#[test]
fn a_wrong_type_a_wrong_default_and_a_wrong_limit_are_told() {
    assert_snapshot!(fails(&step(
        "role: notify, does: [run], summary: It, params: { a: strng, b: 'duration = soon', c: 'secret = x', \
         D: string, e: { type: secret, pattern: x }, f: { type: boolean, min: 1 }, g: [string], \
         h: { type: 'integer = 9', max: 5 }, i: { type: string, pattern: '(' } }, outputs: { x: 'string = y' }"
    )));
}

#[test]
fn a_role_that_says_too_little_is_told_what_is_missing() {
    assert_snapshot!(
        ["store", "publish", "create", "revoke"]
            .map(|role| fails(&step(&format!("role: {role}, does: [run], summary: It"))))
            .concat()
    );
}

#[test]
fn keys_of_another_role_functions_and_parameters_that_are_not_there_are_told() {
    assert_snapshot!(
        fails(&step(
            "role: read, does: [read, run, plan], summary: It, mints: marker, reads_from: kv(pth), logs_in_with: key, \
         params: { path: string }, volatile: [x]"
        )) + &fails(&step("role: revok, does: [read], summary: It"))
    );
}

#[test]
fn steps_that_others_name_have_to_be_there_and_to_fit() {
    assert_snapshot!([
        "role: store, does: [run], summary: It, stores_at: kv(path), read_back: gett, params: { path: string, value: secret }",
        "role: store, does: [run], summary: It, stores_at: kv(name), read_back: get, params: { name: string, value: secret }",
        "role: create, does: [run], summary: It, mints: marker, list: get, revoke: get, outputs: { id: string }",
        "role: create, does: [run], summary: It, mints: chosen, chosen: name, repeat: safe, params: { name: string }, outputs: { id: string }",
        "role: create, does: [run], summary: It, mints: chosen, repeat: safe, outputs: { id: string }",
        "role: create, does: [run], summary: It, mints: blind, chosen: value, repeat: never, params: { value: secret }, outputs: { id: string }",
    ]
    .map(|keys| fails(&step(keys)))
    .concat());
}

#[test]
fn what_others_name_gives_what_they_need() {
    let store = "role: store, does: [run], summary: It, stores_at: kv(path), read_back: two, \
                 params: { path: string, value: secret }";
    let create = "role: create, does: [run], summary: It, mints: marker, list: two, revoke: end, \
                  outputs: { id: string }";
    let read = "role: read, does: [run], summary: Two";
    let revoke =
        "end: { role: revoke, does: [run], summary: End, revokes: id, params: { id: string";
    for (it, two, words) in [
        (
            store,
            "reads_from: kv(path), params: { path: string }, outputs: { a: secret, b: secret }",
            "`acme.two` does not give the secret `value`",
        ),
        (
            store,
            "params: { path: string }, outputs: { value: secret }",
            "`acme.two` does not say `reads_from`",
        ),
        (create, "outputs: { items: object }", "`acme.two` has no output `items` that is a list"),
    ] {
        let found = fails(&step(&format!("{it} }}\n  two: {{ {read}, {two} }}\n  {revoke} }}")));
        assert!(found.contains(words) && found.lines().count() == 1, "{words}: {found}");
    }
    let found = fails(&step(&format!(
        "{create} }}\n  two: {{ {read}, outputs: {{ items: list(object) }} }}\n  {revoke}, why: string }}"
    )));
    assert!(found.contains("`acme.end` needs `why`, which this step has not"), "{found}");
}

#[test]
fn what_needs_a_program_or_a_folder_belongs_to_a_machine() {
    let anywhere = |needs: &str| {
        let text = step("role: notify, does: [run], summary: It");
        let text = text.replace("config:", &format!("needs: {{ {needs} }}\nconfig:"));
        let manifest = Manifest::of_source(&Source::new(MANIFEST, text)).unwrap();
        manifest.steps["it"].spec.anywhere
    };
    assert!(anywhere("http: [config.url]"));
    assert!(!anywhere("exec: [tool]"));
    assert!(!anywhere("fs: [~/x]"));
    let text = step("role: notify, does: [run], summary: It");
    let found = fails(&text.replace("config:", "needs: { http: [config.key] }\nconfig:"));
    assert!(found.contains("`config.key` is of type `secret`"), "{found}");
}

#[test]
fn what_kills_the_old_value_may_be_chosen_too() {
    let keys = "role: create, does: [run], summary: It, mints: chosen+in_place, chosen: value, repeat: safe, \
                params: { value: secret }, outputs: { id: string }";
    let manifest = Manifest::of_source(&Source::new(MANIFEST, step(keys))).unwrap();
    let spec = &manifest.steps["it"].spec;
    assert_eq!((spec.mints, spec.in_place), (Some(Mints::Chosen), true));
}

#[test]
fn what_is_no_manifest_at_all_is_told() {
    assert_snapshot!(
        ["", "[a]", "api: {{ x }}", "api: 1\napi: 1", "a: [", "steps: { a: }"]
            .map(fails)
            .join("--\n")
    );
}

#[test]
fn each_kind_of_mistake_has_a_code_of_its_own() {
    for (code, keys) in [
        ("M01", "role: notify, does: [run], summary: It, params: { No: string }"),
        ("M02", "role: notify, does: [run], summary: It, params: { a: strng }"),
        ("M03", "role: notify, does: [run], summary: It, params: { a: 'secret = x' }"),
        ("M04", "role: notify, does: [run], summary: It, logs_in_with: key"),
        ("M05", "role: notify, does: [run], summary: It, logs_in_with: value(key)"),
        ("M06", "role: revoke, does: [run], summary: It"),
        (
            "M06",
            "role: create, does: [run], summary: It, mints: blind, max_live: 2, repeat: safe, outputs: { id: string }",
        ),
        ("M07", "role: notify, does: [run], summary: It, mints: marker"),
        (
            "M08",
            "role: create, does: [run], summary: It, mints: blind, list: no, repeat: safe, outputs: { id: string }",
        ),
        ("M10", "role: notify, does: [undo], summary: It"),
    ] {
        let found = fails(&step(keys));
        assert!(found.starts_with(code) && found.lines().count() == 1, "{code}: {found}");
    }
    let needs = step("role: notify, does: [run], summary: It");
    let found = fails(&needs.replace("config:", "needs: { env: [PATH] }\nconfig:"));
    assert!(found.starts_with("M09"), "{found}");
}

#[test]
fn where_reading_stopped_nothing_is_said_to_be_missing() {
    let whole = step("role: read, does: [run], summary: It");
    let torn = whole.replace("\nsteps:\n  get:", "\nsteps:\n\tget:");
    let found = fails(&torn);
    assert!(found.starts_with("Y01 7:1 a tab stands where YAML wants spaces"), "{found}");
    assert_eq!(found.lines().filter(|line| !line.starts_with(' ')).count(), 1, "{found}");
}
