//! Secrets in templates: marks travel, helpers open them in the table, nothing else looks.

use crate::template::tests::world::{TOKEN, World, eval_in, render_in, typed};
use crate::value::{Value, shown};

/// What a template gives, opened, with its origins.
fn opened(text: &str) -> (String, Vec<String>) {
    let world = World::new();
    let value = render_in(&world, text);
    let text = value.as_text().unwrap_or_else(|| panic!("{value:?}"));
    let origins = value.handles().into_iter().map(|handle| handle.origin).collect();
    (world.table.open(text), origins)
}

fn gives(text: &str, plain: &str, origin: &str) {
    let (found, origins) = opened(text);
    assert_eq!(found, plain, "{text}");
    assert_eq!(origins, [origin], "{text}");
}

#[test]
fn text_made_with_a_secret_holds_its_mark() {
    gives("Bearer {{ steps.create.token }}", "Bearer fake token / 1", "steps.create.token");
    gives("{{ concat \"a\" steps.create.token }}", "afake token / 1", "steps.create.token");
    gives("{{ default steps.create.none steps.create.token }}", TOKEN, "steps.create.token");
    gives(
        "{{#each inputs.hosts}}{{#if (eq this \"a\")}}{{ steps.create.token }}{{/if}}{{/each}}",
        TOKEN,
        "steps.create.token",
    );
}

#[test]
fn helpers_that_open_a_secret_seal_what_they_make_of_it() {
    gives(
        "{{ base64_encode steps.create.token }}",
        "ZmFrZSB0b2tlbiAvIDE=",
        "base64_encode steps.create.token",
    );
    gives(
        "{{ url_encode steps.create.token }}",
        "fake%20token%20%2F%201",
        "url_encode steps.create.token",
    );
    gives("{{ upper steps.create.token }}", "FAKE TOKEN / 1", "upper steps.create.token");
    gives("{{ lower steps.create.token }}", TOKEN, "lower steps.create.token");
    gives("{{ trim steps.create.token }}", TOKEN, "trim steps.create.token");
    gives("{{ substr steps.create.token 5 5 }}", "token", "substr steps.create.token 5 5");
    gives(
        "{{ replace steps.create.token \" \" \"\" }}",
        "faketoken/1",
        "replace steps.create.token \" \" \"\"",
    );
    gives("{{ json steps.create.token }}", "\"fake token / 1\"", "json steps.create.token");
    gives(
        "{{ json steps.create.held }}",
        r#"{"name":"x","value":"fake token / 1"}"#,
        "json steps.create.held",
    );
    let (hash, _) = opened("{{ sha256 steps.create.token }}");
    assert_eq!(hash.len(), 64);
    let (mac, origins) = opened("{{ hmac_sha256 steps.create.token \"a\" }}");
    assert_eq!(mac.len(), 64);
    assert_eq!(origins, ["hmac_sha256 steps.create.token \"a\""]);
}

#[test]
fn the_origin_of_what_is_made_is_an_expression_that_gives_it_again() {
    let text = "{{ base64_encode (concat \"ci:\" steps.create.token) }}";
    let (plain, origins) = opened(text);
    assert_eq!(origins, ["base64_encode (concat \"ci:\" steps.create.token)"]);
    let world = World::new();
    let again = eval_in(&world, &origins[0]);
    assert_eq!(world.table.open(again.as_text().unwrap()), plain);

    let nested = "{{ sha256 (base64_encode (upper steps.create.bearer)) }}";
    let (plain, origins) = opened(nested);
    assert_eq!(origins, ["sha256 (base64_encode (upper (concat \"Bearer \" steps.create.token)))"]);
    let again = eval_in(&world, &origins[0]);
    assert_eq!(world.table.open(again.as_text().unwrap()), plain);
}

#[test]
fn joining_keeps_the_marks() {
    let world = World::new();
    let value = eval_in(
        &world,
        "join (map (filter steps.list.tokens live=true) \"id\") steps.create.token",
    );
    assert_eq!(world.table.open(value.as_text().unwrap()), "afake token / 1c");
    assert_eq!(*world.table.opened.lock().unwrap(), 0);
}

#[test]
fn everything_else_refuses_to_look_into_a_secret() {
    let world = World::new();
    for text in [
        "eq steps.create.token \"x\"",
        "ne \"x\" steps.create.bearer",
        "eq steps.create.held steps.create.held",
        "eq steps.create.held null",
        "and steps.create.token true",
        "or false steps.create.token",
        "not steps.create.token",
        "len steps.create.token",
        "contains steps.create.bearer \"Bearer\"",
        "split steps.create.bearer \" \"",
        "base64_decode steps.create.token",
        "time_add steps.create.token \"1d\"",
        "time_format run.started_at steps.create.token",
        "gt steps.create.token 1",
        "find steps.list.tokens id=steps.create.token",
        "lookup steps.create.any steps.create.token",
    ] {
        let found = eval_in(&world, text);
        let found = found.as_text().unwrap_or("no error").to_owned();
        assert!(found.contains("would look into"), "{text}: {found}");
        assert!(!shown(&found).contains("fake"), "{found}");
    }
    assert_eq!(*world.table.opened.lock().unwrap(), 0);
}

#[test]
fn blocks_refuse_to_look_into_a_secret() {
    let world = World::new();
    for text in [
        "{{#if steps.create.token}}x{{/if}}",
        "{{#unless steps.create.token}}x{{/unless}}",
        "{{#each steps.create.token}}x{{/each}}",
    ] {
        let found = render_in(&world, text);
        assert!(found.as_text().unwrap().contains("would look into"), "{text}: {found:?}");
        assert!(typed(text).starts_with("T10"), "{text}: {}", typed(text));
    }
}

#[test]
fn lists_and_maps_with_a_secret_in_them_are_taken_apart_by_structure() {
    let world = World::new();
    assert_eq!(eval_in(&world, "len steps.create.held"), Value::Int(2));
    assert_eq!(eval_in(&world, "lookup steps.create.held \"name\""), Value::from("x"));
    assert!(eval_in(&world, "lookup steps.create.held \"value\"").is_secret());
    assert_eq!(typed("{{ lookup steps.create.held \"name\" }}"), "string or null");
    assert_eq!(typed("{{ lookup steps.create.held \"value\" }}"), "secret or null, secret");
    assert_eq!(typed("{{ lookup steps.create.held inputs.name }}"), "secret or null, secret");
    assert_eq!(typed("{{ len steps.create.held }}"), "integer");
}

#[test]
fn the_type_of_what_is_made_of_a_secret_is_secret() {
    for text in [
        "Bearer {{ steps.create.token }}",
        "{{ concat \"a\" steps.create.token }}",
        "{{ base64_encode steps.create.token }}",
        "{{ sha256 (concat \"a\" steps.create.token) }}",
        "{{ default steps.create.token \"x\" }}",
        "{{ join inputs.hosts steps.create.token }}",
        "{{ json steps.create.held }}",
        "{{#if steps.create.ok}}{{ steps.create.token }}{{/if}}",
        "{{#each inputs.hosts}}{{ steps.create.token }}{{/each}}",
    ] {
        assert_eq!(typed(text), "secret, secret", "{text}");
    }
    assert_eq!(typed("{{ concat \"a\" steps.create.id }}"), "string");
}

#[test]
fn an_error_of_a_helper_that_opened_a_secret_does_not_hold_it() {
    let world = World::new();
    let found = eval_in(&world, "substr steps.create.token -1 1");
    assert_eq!(
        found,
        Value::from("error: `substr` is given a negative start [substr steps.create.token -1 1]")
    );
    let found = eval_in(&world, "replace \"x\" (substr steps.create.token 0 0) \"y\"");
    assert!(!found.as_text().unwrap().contains("fake"), "{found:?}");
}
