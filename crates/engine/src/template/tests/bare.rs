//! Bare expressions, as in `when`.

use crate::template::tests::world::{eval, expression_fails};
use crate::value::Value;

#[test]
fn a_bare_expression_is_a_path_a_literal_or_a_call() {
    assert_eq!(eval("credential.old"), Value::Null);
    assert_eq!(eval(" steps.create.ok "), Value::Bool(true));
    assert_eq!(eval("true"), Value::Bool(true));
    assert_eq!(eval("3"), Value::Int(3));
    assert_eq!(eval("\"a\""), Value::from("a"));
    assert_eq!(eval("not credential.old"), Value::Bool(true));
    assert_eq!(eval("len (filter steps.list.tokens live=true)"), Value::Int(2));
    assert_eq!(eval("(eq 1 1)"), Value::Bool(true));
    assert_eq!(eval("and (eq 1 1) (not (eq 1 2))"), Value::Bool(true));
    assert_eq!(eval("eq\n  steps.create.id\n  \"b71c\""), Value::Bool(true));
}

#[test]
fn braces_around_a_bare_expression_are_dropped() {
    assert_eq!(
        expression_fails("{{ steps.create.ok }}"),
        "T26 1:1 this is an expression already and takes no braces \
         (drop the braces: `steps.create.ok`) [{{ steps.create.ok }}]\n"
    );
    let found = expression_fails("${{ steps.create.ok }}");
    assert!(found.starts_with("T20 1:1"), "{found}");
    assert!(found.contains("drop the braces: `steps.create.ok`"), "{found}");
}

#[test]
fn what_is_wrong_between_the_braces_is_told_too() {
    let found = expression_fails("{{ a.b == 'x' }}");
    let codes: Vec<&str> = found.lines().map(|line| &line[..3]).collect();
    assert_eq!(codes, ["T26", "T21"], "{found}");
    assert!(found.contains("T21 1:8 "), "{found}");
}

#[test]
fn a_broken_expression_says_where_it_breaks() {
    let cases = [
        ("", "T01 1:1 an expression is missing here"),
        ("steps.a.b c", "T01 1:1 `steps.a.b` is a value, and takes no arguments"),
        ("a.b) (c.d", "T01 1:4 `)` closes nothing"),
        ("lower (a.b", "T01 1:7 `(` is never closed"),
        ("nope a.b", "T07 1:1 `nope` is no helper"),
        ("and a.b (lower c.d e.f)", "T08 1:10 `lower` is given 2 values"),
        ("this.x", "T02 1:1 `this` stands outside of an `each`"),
        ("a == b", "T21 1:3 `==` compares nothing here (write `eq a b`)"),
        ("!a.b", "T22 1:1 `!` is not known here (write `not a.b`)"),
        ("lookup steps \"x\"", "T02 1:8 `steps` stands alone"),
    ];
    for (text, wanted) in cases {
        let found = expression_fails(text);
        assert!(found.starts_with(wanted), "{text}\n{found}");
    }
}
