//! Steps: every key of one, and what is wrong with it.

use super::{accepted, each_finds, with_step};
use crate::source::Spanned;
use crate::time::Duration;
use crate::value::Value;
use crate::workflow::{ForEach, OnError, StepDecl, Undo};

fn step(keys: &str) -> StepDecl {
    accepted(&with_step(keys)).steps.remove(0)
}

fn ids(list: &[Spanned<String>]) -> Vec<&str> {
    list.iter().map(|id| id.value.as_str()).collect()
}

#[test]
fn a_step_without_more_has_nothing_more() {
    let step = step("");
    assert_eq!((step.id.value.as_str(), step.uses.value.as_str()), ("a", "log"));
    assert!(step.needs.is_none() && step.when.is_none() && step.for_each.is_none());
    assert!(step.until.is_none() && step.verifies.is_empty() && step.retry.is_none());
    assert!(step.timeout.is_none() && step.after.is_none() && step.on_error.is_none());
    assert!(step.undo.is_none() && step.with.is_empty() && step.name.is_none());
}

#[test]
fn needs_is_not_written_or_a_list_that_may_be_empty() {
    assert_eq!(step("needs: []").needs.map(|needs| needs.len()), Some(0));
    assert_eq!(ids(&step("needs: [b, c]").needs.expect("it is written")), ["b", "c"]);
}

#[test]
fn verifies_is_one_id_or_a_list() {
    assert_eq!(ids(&step("verifies: b").verifies), ["b"]);
    assert_eq!(ids(&step("verifies: [b, c]").verifies), ["b", "c"]);
}

#[test]
fn for_each_is_a_list_or_an_expression() {
    assert!(
        matches!(step("for_each: [1, b]").for_each, Some(ForEach::List(node)) if node.literal() == Some(Value::List(vec![1.into(), "b".into()])))
    );
    assert!(matches!(step("for_each: inputs.a").for_each, Some(ForEach::Expr(_))));
    assert!(matches!(step("for_each: \"inputs.a\"").for_each, Some(ForEach::Expr(_))));
}

#[test]
fn a_retry_has_defaults_for_all_but_its_tries() {
    let retry = step("retry: {max_attempts: 3}").retry.expect("it is written");
    assert_eq!(
        (retry.max_attempts, retry.delay, retry.max_delay),
        (3, Duration::seconds(1), Duration::seconds(60))
    );
    assert!(retry.exponential);
    let retry =
        step("retry: {max_attempts: 3, delay: 2m, backoff: constant}").retry.expect("it is");
    assert_eq!((retry.delay, retry.max_delay), (Duration::seconds(120), Duration::seconds(120)));
    assert!(!retry.exponential);
}

#[test]
fn undo_is_a_step_again_or_a_reason() {
    let undo = |keys: &str| step(keys).undo.expect("it is written").value;
    assert!(matches!(undo("undo: again"), Undo::Again));
    assert!(matches!(undo("undo: {none: no harm}"), Undo::None { reason } if reason == "no harm"));
    let Undo::Step { uses, with } = undo("undo: {uses: x.y, with: {a: 1}}") else {
        panic!("a step")
    };
    assert_eq!((uses.value.as_str(), with["a"].node.literal()), ("x.y", Some(1.into())));
}

#[test]
fn words_and_times_are_read() {
    let step = step("name: Says hi\n  timeout: 90s\n  after: 0s\n  on_error: continue");
    assert_eq!(step.name.as_deref(), Some("Says hi"));
    assert_eq!(step.timeout.expect("it is written").value, Duration::seconds(90));
    assert_eq!(step.after.expect("it is written").value, Duration(0));
    assert_eq!(step.on_error.expect("it is written").value, OnError::Continue);
}

#[test]
fn with_keeps_every_value_in_its_shape_and_place() {
    let text = with_step(
        "with: {a: 1, b: [x, {c: null}], d: '\\{{ x', e: \"{{ inputs.y }}\", uses: free}",
    );
    let step = accepted(&text).steps.remove(0);
    assert_eq!(step.with["a"].node.literal(), Some(1.into()));
    assert_eq!(
        step.with["b"].node.literal(),
        Some(Value::List(vec!["x".into(), Value::map([("c", Value::Null)])]))
    );
    assert_eq!(step.with["d"].node.literal(), Some("{{ x".into()));
    assert_eq!(step.with["e"].node.literal(), None);
    assert!(step.with["e"].node.sole_expr().is_some());
    assert_eq!(step.with.keys().collect::<Vec<_>>(), ["a", "b", "d", "e", "uses"]);
    assert_eq!(&text[step.with["b"].key.range()], "b");
    assert_eq!(&text[step.with["b"].node.span.range()], "[x, {c: null}]");
    assert_eq!(&text[step.with["e"].node.span.range()], "\"{{ inputs.y }}\"");
}

/// What stands there, and how its one finding begins.
const WRONG_STEPS: &[(&str, &str)] = &[
    ("tiemout: 5s", "K01 6:3 `tiemout` is not a key of a step (did you mean `timeout`?)"),
    ("if: a", "K01 6:3 `if` is not a key of a step (it is called `when`"),
    ("run: ls", "K01 6:3 `run` is not a key of a step (a program is run by `uses: exec.run`"),
    ("depends_on: [b]", "K01 6:3 `depends_on` is not a key of a step (it is called `needs`)"),
    ("zzz: 1", "K01 6:3 `zzz` is not a key of a step (its keys are `id`, `name`"),
    ("x-mine: 1", "K01 6:3 `x-mine` is not a key"),
    ("name: 5", "K04 6:9 `name` is text"),
    ("name: \"{{ run.id }}\"", "K10 6:9 `name` is literal"),
    ("with: [a]", "K03 6:9 `with` is a mapping, and this is a list"),
    ("with: {\"{{ a }}\": 1}", "K10 6:10 the key `{{ a }}` holds a template"),
    ("needs: b", "K03 6:10 `needs` is a list, and this is text (write `needs: [b]`"),
    ("needs:", "K05 6:3 `needs` holds nothing"),
    ("needs: [1]", "K04 6:11 an item of `needs` is text"),
    ("needs: [[b]]", "K03 6:11 an item of `needs` is text, and this is a list"),
    ("when:", "K05 6:3 `when` holds nothing"),
    ("when: [a]", "K03 6:9 `when` is one expression, and this is a list"),
    (
        "when: {{ inputs.a }}",
        "Y09 6:9 a template needs quotes: YAML reads the braces as a mapping (write it without braces: `when: inputs.a`)",
    ),
    ("for_each: 3", "K03 6:13 `for_each` is a list or an expression"),
    ("for_each: {a: b}", "K03 6:13 `for_each` is a list or an expression"),
    ("max_parallel: 2", "K13 6:3 `max_parallel` of a step bounds its `for_each`"),
    ("until: result.a", "K13 6:10 `until` has no `retry` beside it"),
    ("verifies: {a: b}", "K03 6:13 `verifies` is text, and this is a mapping"),
    ("verifies: 3", "K04 6:13 `verifies` is text"),
    ("retry: 3", "K03 6:10 `retry` is a mapping"),
    ("retry: {}", "K02 6:10 `retry` needs `max_attempts`"),
    (
        "retry: {attempts: 3, max_attempts: 3}",
        "K01 6:11 `attempts` is not a key of `retry` (it is called `max_attempts`",
    ),
    ("retry: {max_attempts: 0}", "K08 6:25 `max_attempts` is one or more, and this is 0"),
    ("retry: {max_attempts: -1}", "K08 6:25"),
    ("retry: {max_attempts: 10001}", "K08 6:25 `max_attempts` is at most 10000"),
    ("retry: {max_attempts: 1.5}", "K03 6:25 `max_attempts` is a whole number"),
    (
        "retry: {max_attempts: \"3\"}",
        "K03 6:25 `max_attempts` is a whole number, and this is text (write it without quotes",
    ),
    ("retry: {max_attempts: 3, backoff: linear}", "K09 6:37 `backoff` can't be `linear`"),
    (
        "retry: {max_attempts: 3, backoff: constnt}",
        "K09 6:37 `backoff` can't be `constnt` (did you mean `constant`?)",
    ),
    (
        "retry: {max_attempts: 3, delay: 5s, max_delay: 1s}",
        "K13 6:50 `max_delay` 1s is shorter than `delay` 5s",
    ),
    (
        "timeout: 5",
        "K07 6:12 `timeout` is a length of time, and `5` is none (a number needs a unit: `5s`, `5m`",
    ),
    (
        "timeout: 5 minutes",
        "K07 6:12 `timeout` is a length of time, and `5 minutes` is none (did you mean `5m`?)",
    ),
    (
        "timeout: 2w",
        "K07 6:12 `timeout` is a length of time, and `2w` is none (did you mean `14d`?)",
    ),
    (
        "timeout: soon",
        "K07 6:12 `timeout` is a length of time, and `soon` is none (write whole numbers",
    ),
    ("timeout: [5s]", "K03 6:12 `timeout` is a length of time, and this is a list"),
    ("timeout: 0s", "K08 6:12 `timeout` is zero"),
    ("timeout: \"{{ inputs.a }}\"", "K10 6:12 `timeout` is literal"),
    ("on_error: ignore", "K09 6:13 `on_error` can't be `ignore`"),
    ("on_error: true", "K04 6:13 `on_error` is text"),
    ("undo: agian", "K14 6:9 `undo` can't be `agian` (did you mean `again`?)"),
    ("undo: none", "K14 6:9 `undo` can't be `none` (say why that is fine"),
    ("undo: [a]", "K03 6:9 `undo` is `again` or a mapping"),
    ("undo: {}", "K14 6:3 this `undo` says neither"),
    ("undo: {with: {a: 1}}", "K14 6:10 this `undo` says neither"),
    ("undo: {none: a, uses: x.y}", "K14 6:10 `undo` says both"),
    ("undo: {none: }", "K05 6:10 `none` holds nothing"),
];

#[test]
fn what_is_wrong_with_a_step_is_said_in_one_finding() {
    each_finds(WRONG_STEPS, with_step);
}

/// What stands there, and how its one finding begins.
const WRONG_LISTS: &[(&str, &str)] = &[
    ("", "K02 1:1 a workflow needs `steps`"),
    ("[]", "K05 3:1 `steps` holds nothing"),
    ("{a: {uses: log}}", "K03 3:8 `steps` is a list, and this is a mapping"),
    ("[a]", "K03 3:9 a step is a mapping, and this is text"),
    ("[{uses: log}]", "K02 3:10 a step needs `id`"),
    ("[{id: a}]", "K02 3:10 a step needs `uses`"),
    (
        "[{id: a-b, uses: log}]",
        "K06 3:14 `a-b` is no name for a step (lower-case letters, digits and underscores, a letter first: `a_b`)",
    ),
    ("[{id: 1, uses: log}]", "K04 3:14 `id` is text"),
    ("[{id: a, uses: \"\"}]", "K05 3:23 `uses` is empty"),
    ("[{id: a, uses: log}, {id: a, uses: log}]", "K12 3:34 the id `a` is taken"),
];

#[test]
fn what_is_wrong_with_a_list_of_steps_is_said_in_one_finding() {
    let whole = |steps: &str| format!("version: 1\nname: a\nsteps: {steps}\n");
    each_finds(WRONG_LISTS, whole);
    let hooks = |hooks: &str| format!("{}{hooks}\n", whole("[{id: a, uses: log}]"));
    let cases = [
        ("finally: [{id: a, uses: log}]", "K12 4:16 the id `a` is taken"),
        ("on_failure: [{id: b, uses: log, until: result.a}]", "K13 4:40 `until` has no `retry`"),
    ];
    each_finds(&cases, hooks);
    accepted(&hooks("finally:\non_failure: []"));
    accepted(&hooks(
        "defaults: {retry: {max_attempts: 2}}\nfinally: [{id: b, uses: log, until: result.a}]",
    ));
}
