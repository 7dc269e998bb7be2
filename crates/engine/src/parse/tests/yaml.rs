//! What is wrong with a text as YAML, and what is right.

use super::{accepted, each_finds, found, with_step, with_top};
use crate::value::Value;
use crate::workflow::Workflow;

fn with(workflow: &Workflow, key: &str) -> Value {
    workflow.steps[0].with[key].node.literal().expect("it is literal")
}

#[test]
fn anchors_aliases_and_merges_work() {
    let text = "x-a: &a {m: 1, n: 2}\nx-b: &b {n: 3, o: 4}\nversion: 1\nname: a\nsteps:\n- id: a\n  uses: log\n  with:\n    <<: [*a, *b]\n    m: 0\n    list: [*a, *a]\n";
    let workflow = accepted(text);
    let keys: Vec<&str> = workflow.steps[0].with.keys().map(String::as_str).collect();
    assert_eq!(keys, ["m", "list", "n", "o"]);
    assert_eq!(
        (with(&workflow, "m"), with(&workflow, "n"), with(&workflow, "o")),
        (0.into(), 2.into(), 4.into())
    );
    assert_eq!(with(&workflow, "list").items().len(), 2);
    let nested = "x-a: &a {m: 1}\nx-b: &b {<<: *a, n: 2}\nversion: 1\nname: a\nsteps:\n- {id: a, uses: log, with: {<<: *b}}\n";
    assert_eq!(with(&accepted(nested), "m"), 1.into());
}

#[test]
fn blocks_quotes_and_folds_are_read() {
    let workflow = accepted(&with_step(
        "with:\n    a: |\n      one\n        two\n    b: >-\n      one\n      two\n    c: 'it''s'\n    d: \"a\\tb\\u00e9\"\n    e: one\n      two\n    f: no",
    ));
    let expected = [
        ("a", "one\n  two\n"),
        ("b", "one two"),
        ("c", "it's"),
        ("d", "a\tbé"),
        ("e", "one two"),
        ("f", "no"),
    ];
    for (key, text) in expected {
        assert_eq!(with(&workflow, key), text.into(), "{key}");
    }
}

#[test]
fn a_byte_order_mark_and_windows_lines_are_fine() {
    let text = "\u{FEFF}version: 1\r\nname: a\r\nsteps:\r\n- {id: a, uses: log, with: {é: ü}}\r\n";
    assert_eq!(with(&accepted(text), "é"), "ü".into());
}

#[test]
fn marks_in_the_text_are_replaced() {
    let workflow =
        accepted(&with_step("with: {\"a\u{F5C1}\": \"\u{F5C1}s0\u{F5C2}\", b: \u{F5C1}}"));
    assert_eq!(with(&workflow, "a\u{FFFD}"), "\u{FFFD}s0\u{FFFD}".into());
    assert_eq!(with(&workflow, "b"), "\u{FFFD}".into());
}

/// What stands there, and how its one finding begins.
const NO_YAML: &[(&str, &str)] = &[
    ("with: {a: b", "Y01 7:1 a mapping in braces is not closed"),
    ("needs: [a", "Y01 7:1 a list in brackets is not closed"),
    ("name: a: b", "Y01 6:10 a `: ` stands inside a value"),
    ("name: \"a", "Y01 6:9 the text ends inside quotes"),
    ("name: \"\\d\"", "Y01 6:9 this backslash means nothing in double quotes"),
    ("name: @a", "Y01 6:9 a value can't begin with this character (put the value in quotes"),
    ("name: `a`", "Y01 6:9 a value can't begin with this character"),
    ("\tname: a", "Y01 6:3 a tab stands where YAML wants spaces"),
    (" name: a\n  uses: b", "Y01 6:8 a `: ` stands inside a value"),
    ("name: !!str a", "Y04 6:9 the tag `!!str` is refused (write the text in quotes instead)"),
    ("name: !Ref a", "Y04 6:9 the tag `!Ref` is refused"),
    ("with: !x {a: 1}", "Y04 6:9 the tag `!x` is refused"),
    ("name: a\n---\nb: c", "Y05 7:1 a second document begins here"),
    ("with: {1: a}", "Y06 6:10 a key is text, and this is the number `1` (quote it: `\"1\":`)"),
    ("with: {true: a}", "Y06 6:10 a key is text, and this is the boolean `true`"),
    ("with: {[a]: b}", "Y06 6:10 a key is text, and this is a list"),
    ("with: {: b}", "Y06 6:10 a key is text, and this is nothing"),
    ("needs: *a", "Y07 6:10 no anchor `&a` stands above this alias"),
    ("with: {a: &a [*a]}", "Y07 6:17 this alias stands inside its own anchor"),
    ("with: {<<: 1}", "Y08 6:14 `<<` takes in a mapping, and this is the number `1`"),
    ("with: {<<: [1, {a: b}]}", "Y08 6:15 `<<` takes in a mapping"),
    (
        "with: {a: 99999999999999999999}",
        "Y11 6:13 the number `99999999999999999999` does not fit into 64 bits",
    ),
    ("with: {a: .inf}", "Y11 6:13 `.inf` is not a number that can be worked with"),
    ("name: a\u{202E}b", "Y12 6:10 the character U+202E changes the direction of the text"),
    (
        "name: a\u{0}b",
        "Y12 6:10 the character U+0000 can't be seen (take it out; where it is meant, write `\\x00` in double quotes)",
    ),
    ("with: {a: 1, a: 2}", "Y03 6:16 `a` is written twice (keep one of the two)"),
    ("with: {a: [|b]}", "Y01 6:14 this is not YAML: "),
];

#[test]
fn what_is_no_yaml_is_said_once_and_in_words_that_help() {
    each_finds(NO_YAML, with_step);
}

#[test]
fn a_run_of_one_hidden_character_is_one_finding() {
    let text = with_step("name: a\u{2028}\u{2028}\u{85}b\u{2028}");
    let (_, found, _) = super::parsed(&text);
    let places: Vec<&str> = found.list.iter().map(|found| &text[found.span.range()]).collect();
    assert_eq!(places, ["\u{2028}\u{2028}", "\u{85}", "\u{2028}"]);
}

#[test]
fn an_alias_is_told_the_nearest_anchor() {
    each_finds(
        &[(
            "x-a: &often 1\nmax_parallel: *oftn",
            "Y07 4:15 no anchor `&oftn` stands above this alias (did you mean `*often`?)",
        )],
        with_top,
    );
}

#[test]
fn both_places_of_a_key_are_shown() {
    let text = with_step("with: {a: 1, a: 2}");
    let (_, found, _) = super::parsed(&text);
    let places: Vec<&str> =
        found.list[0].related.iter().map(|(span, _)| &text[span.range()]).collect();
    assert_eq!(places, ["a"]);
    assert!(found.list[0].related[0].0 < found.list[0].span);
}

#[test]
fn both_values_of_a_key_are_checked_and_the_first_counts() {
    let text = with_step("timeout: 5\n  timeout: 6\n  max_parallel: 2\n  name: one\n  name: two");
    let lines = found(&text);
    for mistake in ["K07 6:12", "Y03 7:3", "K07 7:12", "K13 8:3", "Y03 10:3"] {
        assert!(lines.contains(mistake), "{mistake} in\n{lines}");
    }
    assert_eq!(lines.lines().count(), 5, "{lines}");
    let (workflow, _, _) = super::parsed(&text);
    assert_eq!(workflow.expect("there is enough of it").steps[0].name.as_deref(), Some("one"));
}

#[test]
fn templates_without_quotes_are_found_wherever_they_stand() {
    let help = |keys: &str| {
        let lines = found(&with_step(keys));
        let quoted = lines.lines().filter(|line| line.starts_with("Y09"));
        quoted
            .map(|line| {
                line.split_once("(write ").expect("it says what").1.trim_end_matches(')').to_owned()
            })
            .collect::<Vec<_>>()
    };
    assert_eq!(help("with: {a: {{ inputs.b }}}"), ["\"{{ inputs.b }}\""]);
    assert_eq!(
        help("with: {a: {{ inputs.b }}, c: {{ inputs.d }}}"),
        ["\"{{ inputs.b }}\"", "\"{{ inputs.d }}\""]
    );
    assert_eq!(help("with:\n    a: {{ inputs.b }}"), ["\"{{ inputs.b }}\""]);
    assert_eq!(help("with:\n    a: {{ inputs.b }}/c # why"), ["\"{{ inputs.b }}/c\""]);
    assert_eq!(
        help("with:\n    a: {{ default inputs.b \"c\" }}"),
        ["'{{ default inputs.b \"c\" }}'"]
    );
    assert_eq!(help("with: {a: https://{{ inputs.b }}/c}"), ["\"https://{{ inputs.b }}/c\""]);
    assert_eq!(help("with: {a: b, c: d{{ inputs.e }}}"), ["\"d{{ inputs.e }}\""]);
    assert_eq!(help("with: {a: [x, {{ inputs.b }}]}"), ["\"{{ inputs.b }}\""]);
    assert_eq!(
        help("with:\n    - {{ inputs.b }} c\n    - {{ inputs.d }} e"),
        ["\"{{ inputs.b }} c\"", "\"{{ inputs.d }} e\""]
    );
    assert_eq!(help("with: {a: \"{{ inputs.b }}\", c: 'x {{ y }}'}"), Vec::<String>::new());
    assert_eq!(help("with:\n    a: https://{{ inputs.b }}/c"), Vec::<String>::new());
}

#[test]
fn a_template_without_quotes_is_read_as_if_it_had_them() {
    let text = with_step("with: {a: {{ inputs.b }}}");
    let (workflow, _, _) = super::parsed(&text);
    let step = workflow.expect("there is enough of it").steps.remove(0);
    assert!(step.with["a"].node.sole_expr().is_some());
}
