//! `inputs`: types, defaults, and where secrets come from.

use super::{accepted, each_finds, with_top};
use crate::time::Duration;
use crate::types::Type;
use crate::value::Value;
use crate::workflow::{From, Input};

fn input(of: &str) -> Input {
    let workflow = accepted(&with_top(&format!("inputs: {{x: {of}}}")));
    workflow.inputs["x"].clone()
}

#[test]
fn every_type_is_read_with_a_default() {
    let cases = [
        ("{type: string, default: a}", Type::String, Value::from("a")),
        ("{type: string, default: \"1e5\"}", Type::String, "1e5".into()),
        ("{type: string, default: 012}", Type::String, "012".into()),
        ("{type: string, default: no}", Type::String, "no".into()),
        ("{type: integer, default: 0o14}", Type::Integer, 12.into()),
        ("{type: number, default: 2}", Type::Number, 2.into()),
        ("{type: number, default: 1.5}", Type::Number, Value::Float(1.5)),
        ("{type: boolean, default: false}", Type::Boolean, false.into()),
        (
            "{type: duration, default: 1d12h}",
            Type::Duration,
            Value::Duration(Duration::seconds(129_600)),
        ),
        ("{type: path, default: ~/x}", Type::Path, "~/x".into()),
        (
            "{type: list(integer), default: [1, 2]}",
            Type::list(Type::Integer),
            Value::List(vec![1.into(), 2.into()]),
        ),
        (
            "{type: \"map( list(string) )\", default: {a: [b]}}",
            Type::map(Type::list(Type::String)),
            Value::map([("a", Value::List(vec!["b".into()]))]),
        ),
        ("{type: string, default: null}", Type::String, Value::Null),
    ];
    for (text, ty, default) in cases {
        let input = input(text);
        assert_eq!(input.ty, ty, "{text}");
        assert_eq!(input.default.map(|default| default.value), Some(default), "{text}");
        assert!(!input.required, "{text}");
    }
    let moment = input("{type: timestamp, default: 2026-01-31T12:00:00+01:00}");
    assert_eq!(
        moment.default.expect("it has one").value,
        Value::Timestamp(crate::time::Timestamp(1_769_857_200_000))
    );
}

#[test]
fn an_input_is_required_unless_it_has_a_default_or_says_so() {
    assert!(input("{type: string}").required);
    assert!(!input("{type: string, required: false}").required);
    assert!(input("{type: string, required: true}").required);
    assert!(input("{type: secret}").required);
}

#[test]
fn a_secret_comes_from_one_of_three_places_or_a_prompt() {
    assert_eq!(input("{type: secret}").from, None);
    assert_eq!(input("{type: secret, from: {env: A_1}}").from, Some(From::Env("A_1".to_owned())));
    assert_eq!(input("{type: secret, from: {file: ~/a}}").from, Some(From::File("~/a".to_owned())));
    let argv = vec!["pass".to_owned(), "show".to_owned()];
    assert_eq!(
        input("{type: secret, from: {command: [pass, show]}}").from,
        Some(From::Command(argv))
    );
}

#[test]
fn choices_and_patterns_are_kept() {
    let input = input("{type: integer, enum: [1, 2], default: 2}");
    assert_eq!(input.choices, [Value::Int(1), Value::Int(2)]);
    let workflow =
        accepted(&with_top("inputs:\n  x: {type: string, pattern: '[a-z]+\\d', default: ab1}"));
    assert_eq!(workflow.inputs["x"].pattern.as_ref().expect("it has one").value, "[a-z]+\\d");
}

/// What stands there, and how its one finding begins.
const WRONG_INPUTS: &[(&str, &str)] = &[
    ("string", "K03 3:13 the input `x` is a mapping, and this is text (write `x: {type: string}`)"),
    ("", "K03 3:10 the input `x` is a mapping, and this is nothing"),
    ("[a]", "K03 3:13 an input is a mapping"),
    ("{}", "K02 3:13 an input needs `type`"),
    ("{type: str}", "K16 3:20 `str` is not a type (it is called `string` here)"),
    ("{type: integr}", "K16 3:20 `integr` is not a type (did you mean `integer`?)"),
    ("{type: 'list(strng)'}", "K16 3:20 `strng` is not a type (did you mean `string`?)"),
    (
        "{type: 'list(secret)'}",
        "K16 3:20 `list(secret)` is not a type (a secret is an input of its own)",
    ),
    ("{type: 'string[]'}", "K16 3:20 `string[]` is not a type (write `list(string)`)"),
    ("{type: any}", "K16 3:20 `any` is not a type (it is one of"),
    ("{type: 'list(list(list(list(list(string)))))'}", "K16 3:20 `list(string)` is not"),
    (
        "{type: string, default: 5}",
        "K04 3:37 `default` is text, and `5` without quotes is a number (quote it: \"5\")",
    ),
    (
        "{type: string, default: 1e5}",
        "K04 3:37 `default` is text, and `1e5` without quotes is the number 100000",
    ),
    (
        "{type: string, default: true}",
        "K04 3:37 `default` is text, and `true` without quotes is a boolean",
    ),
    ("{type: string, default: [a]}", "K17 3:37 `default` is of type `string`, and a list is not"),
    ("{type: string, default: \"{{ inputs.y }}\"}", "K10 3:37 `default` is literal"),
    ("{type: integer, default: \"5\"}", "K17 3:38 `default` is of type `integer`, and `5` is not"),
    ("{type: integer, default: 1.5}", "K17 3:38"),
    ("{type: boolean, default: yes}", "K17 3:38 `default` is of type `boolean`, and `yes` is not"),
    ("{type: duration, default: 30 days}", "K17 3:39"),
    ("{type: timestamp, default: 2026-01-31}", "K17 3:40"),
    (
        "{type: list(integer), default: [1, a]}",
        "K17 3:48 an item of `default` is of type `integer`",
    ),
    ("{type: list(integer), default: 1}", "K17 3:44 `default` is of type `list(integer)`"),
    ("{type: map(integer), default: {a: b}}", "K17 3:47 an entry of `default`"),
    ("{type: string, enum: a}", "K03 3:34 `enum` is a list"),
    ("{type: string, enum: []}", "K05 3:28 `enum` holds nothing"),
    ("{type: string, enum: [a, 1]}", "K04 3:38 a value of `enum` is text"),
    ("{type: string, enum: [a], default: b}", "K17 3:48 the default is none of the values"),
    ("{type: string, pattern: \"[\"}", "K19 3:37 this is not a regular expression"),
    ("{type: string, pattern: a+, default: b}", "K17 3:50 the default does not match"),
    ("{type: string, pattern: a, default: aa}", "K17 3:49 the default does not match"),
    ("{type: integer, pattern: a}", "K18 3:29 only text has a `pattern`"),
    ("{type: string, required: yes}", "K03 3:38 `required` is a boolean, and this is text"),
    (
        "{type: string, required: true, default: a}",
        "K18 3:28 an input with a default is not required",
    ),
    ("{type: string, from: {env: A}}", "K18 3:28 only a `secret` has `from`"),
    (
        "{type: string, options: [a]}",
        "K01 3:28 `options` is not a key of an input (the allowed values are under `enum`)",
    ),
    ("{type: secret, default: a}", "K18 3:28 a secret has no `default`"),
    ("{type: secret, enum: [a]}", "K18 3:28 a secret has no `enum`"),
    ("{type: secret, required: false}", "K18 3:28 a secret is always required"),
    ("{type: secret, from: {}}", "K20 3:28 `from` does not say where"),
    (
        "{type: secret, from: {env: A, file: b}}",
        "K20 3:28 a secret comes from one place, and this names `env` and `file`",
    ),
    (
        "{type: secret, from: {env: $A}}",
        "K20 3:40 `$A` is not the name of an environment variable (write the name alone: `A`)",
    ),
    ("{type: secret, from: {env: a-b}}", "K20 3:40 `a-b` is not the name"),
    ("{type: secret, from: {env: 1A}}", "K20 3:40 `1A` is not the name"),
    ("{type: secret, from: {env: 1}}", "K04 3:40 `env` is text"),
    ("{type: secret, from: {env: }}", "K05 3:35 `env` holds nothing"),
    ("{type: secret, from: {file: \"\"}}", "K20 3:41 `file` is empty"),
    (
        "{type: secret, from: {command: pass show}}",
        "K20 3:44 `command` is a list: a program and its arguments, no shell (write `command: [pass, show]`)",
    ),
    ("{type: secret, from: {command: []}}", "K20 3:44 `command` names no program"),
    ("{type: secret, from: {command: [a, 1]}}", "K04 3:48 an item of `command` is text"),
    ("{type: secret, from: {vault: a}}", "K01 3:35 `vault` is not a key of `from`"),
];

#[test]
fn what_is_wrong_with_an_input_is_said_in_one_finding() {
    each_finds(WRONG_INPUTS, |of| with_top(&format!("inputs: {{x: {of} }}")));
    each_finds(
        &[
            ("inputs: [a]", "K03 3:9 `inputs` is a mapping"),
            (
                "inputs: {a b: {type: path}}",
                "K06 3:10 `a b` is no name for an input (letters, digits",
            ),
        ],
        with_top,
    );
}
