//! Habits from elsewhere, each with its own way out.

use crate::template::tests::world::{expression_fails, template_fails};

fn template_says(text: &str, wanted: &str) {
    let found = template_fails(text);
    assert!(found.starts_with(wanted), "{text}\nwanted {wanted}\nfound  {found}");
    assert_eq!(found.lines().count(), 1, "{found}");
}

fn expression_says(text: &str, wanted: &str) {
    let found = expression_fails(text);
    assert!(found.starts_with(wanted), "{text}\nwanted {wanted}\nfound  {found}");
    assert_eq!(found.lines().count(), 1, "{found}");
}

#[test]
fn a_dollar_sign_before_the_braces() {
    template_says("a ${{ item }}", "T20 1:3 `${{ }}` is not how a value is put in here (write");
    let found = template_fails("a ${{ item }}");
    assert!(found.ends_with("[${{ item }}]\n"), "{found}");
}

#[test]
fn comparisons_with_signs_show_the_helper_with_both_sides() {
    for (sign, helper) in [
        ("==", "eq"),
        ("===", "eq"),
        ("!=", "ne"),
        ("<", "lt"),
        ("<=", "lte"),
        (">", "gt"),
        (">=", "gte"),
    ] {
        let wanted = format!("T21 1:6 `{sign}` compares nothing here (write `{helper} a.b \"c\"`)");
        expression_says(&format!("a.b  {sign} \"c\""), &wanted);
        template_says(&format!("{{{{ a.b {sign} \"c\" }}}}"), &format!("T21 1:8 `{sign}`"));
        template_says(
            &format!("{{{{#if a.b {sign} 3}}}}x{{{{/if}}}}"),
            &format!("T21 1:11 `{sign}` compares nothing here (write `{helper} a.b 3`)"),
        );
    }
    expression_says("a.b = 3", "T21 1:5 `=` compares nothing here (write `eq a.b 3`)");
    expression_says("a.b=3", "T21 1:4 `=` compares nothing here");
    expression_says("(lower a.b) == \"c\"", "T21 1:13 `==` compares nothing here (write `eq A B`)");
}

#[test]
fn named_arguments_are_no_comparison() {
    let found = expression_fails("find a.b c=1 == 2");
    assert!(found.starts_with("T21 1:14"), "{found}");
}

#[test]
fn logic_with_signs_or_words_in_between() {
    expression_says("a.b && c.d", "T22 1:5 `&&` joins nothing here (write `and a.b c.d`)");
    expression_says("a.b || c.d", "T22 1:5 `||` joins nothing here (write `or a.b c.d`)");
    expression_says("!a.b", "T22 1:1 `!` is not known here (write `not a.b`)");
    expression_says("eq a.b !c.d", "T22 1:8 `!` is not known here (write `not c.d`)");
    expression_says("!(eq a.b 1)", "T22 1:1 `!` is not known here (write `not X`)");
    expression_says(
        "a.b and c.d",
        "T22 1:5 `and` stands before what it joins (write `and a.b c.d`)",
    );
    expression_says("(eq a.b 1) or (eq a.b 2)", "T22 1:12 `or` stands before what it joins");
}

#[test]
fn pipes_show_the_helper_in_front() {
    template_says("{{ a.b | upper }}", "T23 1:8 `|` pipes nothing here (write `upper a.b`)");
    template_says("{{ a.b | default \"x\" }}", "T23 1:8 `|` pipes nothing here (a helper stands");
}

#[test]
fn question_marks() {
    template_says("{{ a.b ? \"x\" : \"y\" }}", "T24 1:8 `?` is not known here (write `{{#if X}}Y");
    template_says(
        "{{ a.b ?? \"x\" }}",
        "T24 1:8 `??` is not known here (write `default a.b \"x\"`)",
    );
    template_says("{{ a?.b }}", "T24 1:5 `?` is not known here (write just a dot");
}

#[test]
fn calls_with_parentheses_and_commas() {
    template_says(
        "{{ len(a.b) }}",
        "T25 1:4 `len(..)` calls nothing here (write `len X`, with a space",
    );
    template_says(
        "{{ a.b.trim() }}",
        "T25 1:4 `a.b.trim(..)` calls nothing here (write `trim a.b`)",
    );
    template_says("{{ concat \"a\", \"b\" }}", "T25 1:14 arguments are not separated by commas");
}

#[test]
fn brackets_and_arithmetic() {
    template_says("{{ a.b[0] }}", "T27 1:4 brackets do not index anything here (write `a.b.0`)");
    template_says(
        "{{ a[\"x y\"] }}",
        "T27 1:4 brackets do not index anything here (write `lookup a KEY`)",
    );
    template_says("{{ a.b + 1 }}", "T28 1:8 `+` computes nothing here");
    template_says("{{ a.b - 1 }}", "T28 1:8 `-` computes nothing here");
    template_says("{{ a.b / 2 }}", "T28 1:8 `/` computes nothing here");
    template_says("{{ a.b * 2 }}", "T28 1:8 `*` computes nothing here");
}

#[test]
fn signs_in_quotes_and_comments_are_just_text() {
    use crate::template::Template;
    use crate::template::tests::world::placed;
    for text in ["{{ eq a.b \"x == y && !z | w ? (v\" }}", "{{!-- a == b | c --}}", "a == b | c"] {
        assert!(Template::parse(text, placed(text)).is_ok(), "{text}");
    }
}
