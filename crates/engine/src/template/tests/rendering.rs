//! From a template to a value: types kept, text made, null refused.

use crate::template::tests::world::{STARTED, World, render, render_in};
use crate::time::Duration;
use crate::value::Value;

fn text(text: &str) -> Value {
    Value::from(text)
}

#[test]
fn a_scalar_that_is_one_expression_keeps_the_type() {
    assert_eq!(render("{{ steps.create.count }}"), Value::Int(3));
    assert_eq!(render("{{steps.create.ratio}}"), Value::Float(0.5));
    assert_eq!(render("{{ steps.create.none }}"), Value::Null);
    assert_eq!(render("{{ steps.create.ok }}"), Value::Bool(true));
    assert_eq!(render("{{ run.started_at }}"), Value::Timestamp(STARTED));
    assert_eq!(
        render("{{ credential.lifetime }}"),
        Value::Duration(Duration::seconds(30 * 86_400))
    );
    assert_eq!(render("{{ inputs.hosts }}"), Value::List(vec![text("a"), text("b")]));
}

#[test]
fn anything_else_is_text() {
    assert_eq!(render("{{ steps.create.count }} "), text("3 "));
    assert_eq!(render("{{ steps.create.count }}{{ steps.create.ratio }}"), text("30.5"));
    assert_eq!(render("{{#if true}}{{ steps.create.count }}{{/if}}"), text("3"));
    assert_eq!(render("{{#if false}}x{{/if}}"), text(""));
    assert_eq!(render("in {{ credential.lifetime }}"), text("in 30d"));
    assert_eq!(render("at {{ run.started_at }}"), text("at 2026-01-31T12:00:00Z"));
    assert_eq!(render("{{ steps.create.ok }}!"), text("true!"));
    assert_eq!(render("{{ default null 100000.0 }}|"), text("100000|"));
}

#[test]
fn nothing_is_escaped() {
    assert_eq!(render("{{ concat \"<a href='x'>&\" }} "), text("<a href='x'>& "));
}

#[test]
fn null_a_list_and_a_map_cannot_stand_in_text() {
    assert_eq!(
        render("a {{ steps.create.none }}"),
        text("error: `steps.create.none` is null, and cannot stand in text [steps.create.none]")
    );
    assert_eq!(
        render("a {{ inputs.hosts }}"),
        text("error: `inputs.hosts` is a list, and cannot stand in text [inputs.hosts]")
    );
    assert_eq!(
        render("a {{ steps.create.any }}"),
        text("error: `steps.create.any` is a map, and cannot stand in text [steps.create.any]")
    );
}

#[test]
fn in_hooks_null_in_text_is_empty() {
    let world = World { hooks: true, ..World::new() };
    assert_eq!(render_in(&world, "a{{ steps.create.none }}b"), text("ab"));
    assert_eq!(render_in(&world, "{{ concat \"a\" steps.create.none \"b\" }}"), text("ab"));
    assert_eq!(render_in(&world, "{{ lower steps.create.none }}"), text(""));
    assert_eq!(render_in(&world, "{{ steps.create.none }}"), Value::Null);
    assert_eq!(
        render_in(&world, "{{ time_add steps.create.none \"1d\" }}"),
        text("error: `time_add` is given null where a timestamp is wanted [steps.create.none]")
    );
}

#[test]
fn a_path_through_null_or_past_the_end_is_null() {
    for path in
        ["credential.old.id", "steps.create.none.a.b", "steps.push.9.path", "steps.push.path"]
    {
        assert_eq!(render(&format!("{{{{ {path} }}}}")), Value::Null, "{path}");
    }
}

#[test]
fn each_goes_through_a_list_and_takes_null_for_an_empty_one() {
    assert_eq!(
        render("{{#each steps.list.tokens}}{{ this.id }}={{ default this.age \"?\" }};{{/each}}"),
        text("a=3;b=?;c=1;")
    );
    assert_eq!(render("{{#each steps.list.none}}x{{else}}none{{/each}}"), text("none"));
    assert_eq!(
        render("{{#each steps.create.any}}x{{/each}}"),
        text("error: `each` is given a map where a list is wanted [steps.create.any]")
    );
}

#[test]
fn an_error_names_the_item_that_it_is_about() {
    assert_eq!(
        render("{{#each steps.list.tokens}}{{ this.age }}{{/each}}"),
        text("error: `this.age` is null, and cannot stand in text [this.age]")
    );
}
