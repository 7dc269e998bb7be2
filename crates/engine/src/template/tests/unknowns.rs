//! Unknowns of a plan: they travel, name where they come from, and are never opened.

use crate::template::tests::world::{World, eval_in, render_in};
use crate::types::Type;
use crate::value::{Value, shown};

fn eval(text: &str) -> Value {
    let world = World::new();
    let value = eval_in(&world, text);
    assert_eq!(*world.table.opened.lock().unwrap(), 0, "{text}");
    value
}

fn is_unknown(text: &str, from: &str, ty: &Type) {
    match eval(text) {
        Value::Unknown(unknown) => {
            assert_eq!((unknown.from.as_str(), &unknown.ty), (from, ty), "{text}");
        }
        other => panic!("{text}: {other:?}"),
    }
}

fn shows(text: &str, wanted: &str) -> Value {
    let world = World::new();
    let value = render_in(&world, text);
    assert_eq!(*world.table.opened.lock().unwrap(), 0, "{text}");
    assert_eq!(shown(value.as_text().unwrap()), wanted, "{text}");
    value
}

#[test]
fn a_path_into_an_unknown_says_where_it_leads() {
    is_unknown("steps.later.id", "steps.later.id", &Type::String);
    is_unknown("steps.later.tokens.0.id", "steps.later.tokens.0.id", &Type::String);
    is_unknown("steps.later.tokens.0.live", "steps.later.tokens.0.live", &Type::Boolean);
}

#[test]
fn text_with_an_unknown_in_it_shows_where_it_comes_from() {
    let value = shows("id {{ steps.later.id }}!", "id ‹steps.later.id›!");
    assert!(value.is_unknown() && !value.is_secret());
    let value = shows("{{ concat \"a\" steps.later.token }}", "a‹steps.later.token›");
    assert!(value.is_unknown() && value.is_secret());
}

#[test]
fn a_helper_given_an_unknown_gives_one_of_its_type() {
    is_unknown("upper steps.later.id", "upper steps.later.id", &Type::String);
    is_unknown("eq steps.later.id \"x\"", "eq steps.later.id \"x\"", &Type::Boolean);
    is_unknown(
        "eq (concat \"a\" steps.later.id) \"x\"",
        "eq (concat \"a\" steps.later.id) \"x\"",
        &Type::Boolean,
    );
    is_unknown("not steps.later.id", "not steps.later.id", &Type::Boolean);
    is_unknown("len steps.later.tokens", "len steps.later.tokens", &Type::Integer);
    is_unknown("first steps.later.tokens", "first steps.later.tokens", &token());
    is_unknown("lookup steps.later.tokens 0", "lookup steps.later.tokens 0", &token());
    is_unknown("find steps.later.tokens live=true", "find steps.later.tokens live=true", &token());
    is_unknown(
        "filter steps.later.tokens live=true",
        "filter steps.later.tokens live=true",
        &Type::list(token()),
    );
    is_unknown(
        "map steps.later.tokens \"id\"",
        "map steps.later.tokens \"id\"",
        &Type::list(Type::String),
    );
    is_unknown(
        "contains steps.later.tokens id=\"a\"",
        "contains steps.later.tokens id=\"a\"",
        &Type::Boolean,
    );
    is_unknown(
        "find steps.list.tokens id=steps.later.id",
        "find steps.list.tokens id=steps.later.id",
        &Type::Any,
    );
    is_unknown(
        "contains inputs.hosts steps.later.id",
        "contains inputs.hosts steps.later.id",
        &Type::Boolean,
    );
    is_unknown(
        "time_add steps.later.id \"1d\"",
        "time_add steps.later.id \"1d\"",
        &Type::Timestamp,
    );
    is_unknown(
        "join (map steps.later.tokens \"id\") \",\"",
        "join (map steps.later.tokens \"id\") \",\"",
        &Type::String,
    );
}

fn token() -> Type {
    Type::object([("id", Type::String), ("live", Type::Boolean), ("age", Type::Integer)])
}

#[test]
fn an_unknown_secret_makes_unknown_secrets_and_opens_nothing() {
    is_unknown("sha256 steps.later.token", "sha256 steps.later.token", &Type::Secret);
    is_unknown(
        "upper (concat steps.create.token steps.later.id)",
        "upper (concat steps.create.token steps.later.id)",
        &Type::Secret,
    );
    is_unknown(
        "hmac_sha256 steps.create.token steps.later.id",
        "hmac_sha256 steps.create.token steps.later.id",
        &Type::Secret,
    );
    is_unknown("json steps.later", "json steps.later", &Type::Secret);
    let refused = eval("eq steps.later.token \"x\"");
    assert!(refused.as_text().unwrap().contains("would look into"), "{refused:?}");
}

#[test]
fn a_condition_that_is_settled_without_the_unknown_is_known() {
    assert_eq!(eval("and false steps.later.id"), Value::Bool(false));
    assert_eq!(eval("and steps.later.id false"), Value::Bool(false));
    assert_eq!(eval("or steps.later.id true"), Value::Bool(true));
    assert_eq!(eval("default \"x\" steps.later.id"), Value::from("x"));
    assert_eq!(eval("len (first steps.list.tokens)"), Value::Int(3));
    is_unknown("and true steps.later.id", "and true steps.later.id", &Type::Boolean);
    is_unknown("or false steps.later.id", "or false steps.later.id", &Type::Boolean);
    is_unknown("default steps.later.id \"x\"", "steps.later.id", &Type::String);
}

#[test]
fn a_block_over_an_unknown_is_an_unknown_piece_of_text() {
    let value = shows("a {{#if steps.later.id}}b{{/if}} c", "a ‹if steps.later.id› c");
    assert!(!value.is_secret());
    let value = shows(
        "{{#if steps.later.id}}b{{else}}{{ steps.create.token }}{{/if}}",
        "‹if steps.later.id›",
    );
    assert!(value.is_secret());
    shows("{{#if (eq steps.later.id \"x\")}}b{{/if}}", "‹if (eq steps.later.id \"x\")›");
    let value =
        shows("{{#each steps.later.tokens}}{{ this.id }}{{/each}}", "‹each steps.later.tokens›");
    assert!(value.is_unknown());
    shows("{{#if false}}a{{else if steps.later.id}}b{{/if}}", "‹if steps.later.id›");
    shows("{{#if true}}a{{else if steps.later.id}}b{{/if}}", "a");
}
