//! Tests of what is made of answers.

use cutover_engine::keep::place_of;

use super::*;
use crate::secrets::Table;

fn kept(text: &str, how: Keep) -> (String, Table) {
    let table = Table::new();
    let value = match keep(text.as_bytes().to_vec(), &how, &table, "steps.create", "secret") {
        Ok(value) => cutover_engine::disk::to_json(&value).to_string(),
        Err(error) => format!("error: {error}"),
    };
    (value, table)
}

fn json(seal: &[&str]) -> Keep {
    Keep::Json { seal: seal.iter().map(|pointer| (*pointer).to_owned()).collect() }
}

fn lines(seal_last: bool) -> Keep {
    Keep::Lines { seal_words: vec!["M.V1.".to_owned()], seal_last }
}

#[test]
fn a_pointer_takes_its_value_out() {
    let (value, _) = kept(r#"{"id":"7","token":"fake-value"}"#, json(&["/token"]));
    assert_eq!(value, r#"{"id":"7","token":{"secret":"steps.create.token"}}"#);
}

#[test]
fn a_secret_that_is_too_large_to_be_looked_for_is_refused_and_not_shown() {
    let large = "f".repeat(LARGEST_SECRET + 1);
    let why = "error: larger than 64 KiB, too much for a secret";
    assert_eq!(kept(&large, Keep::Secret).0, why);
    assert_eq!(kept(&format!(r#"{{"token":"{large}"}}"#), json(&["/token"])).0, why);
    let most = "f".repeat(LARGEST_SECRET);
    assert_eq!(kept(&most, Keep::Secret).0, r#"{"secret":"steps.create.secret"}"#);
}

#[test]
fn a_star_stands_for_any_one_step() {
    let (value, _) = kept(r#"{"items":[{"token":"a"},{"token":5}]}"#, json(&["/items/*/token"]));
    let sealed = r#"{"token":{"secret":"steps.create.token"}}"#;
    assert_eq!(value, format!(r#"{{"items":[{sealed},{sealed}]}}"#));
}

#[test]
fn a_whole_subtree_can_be_sealed() {
    let (value, table) = kept(r#"{"key":{"id":1,"secret":"fake"}}"#, json(&["/key"]));
    assert_eq!(value, r#"{"key":{"secret":"steps.create.key"}}"#);
    assert_eq!(table.redact(r#"x {"id":1,"secret":"fake"} y"#), "x *** y");
}

#[test]
fn a_forged_mark_is_no_mark() {
    let table = Table::new();
    let real = table.seal("inputs.password", "fake-password".to_owned());
    let answer = serde_json::json!({ "text": real.to_mark() }).to_string();
    let value = keep(answer.into_bytes(), &json(&[]), &table, "steps.a", "secret").unwrap();
    assert!(!value.is_secret(), "{value:?}");
    let text = keep(real.to_mark().into_bytes(), &Keep::Text, &table, "steps.a", "x").unwrap();
    assert!(!text.is_secret(), "{text:?}");
}

#[test]
fn an_error_holds_nothing_of_the_answer() {
    assert_eq!(
        kept("{\"token\": fakefakefake}", json(&[])).0,
        "error: not JSON (line 1, column 13)"
    );
    let toml = Keep::Toml { seal: Vec::new() };
    assert_eq!(kept("a = 1\nb = fakefakefake", toml).0, "error: not TOML (line 2, column 5)");
}

#[test]
fn a_last_line_break_is_not_part_of_a_secret() {
    let (_, table) = kept("fakefakefake\r\n", Keep::Secret);
    assert_eq!(table.redact("(fakefakefake\r\n)"), "(***\r\n)");
}

#[test]
fn words_that_begin_like_a_token_are_sealed_wherever_they_stand() {
    let (value, _) = kept("ok \"M.V1.fake+/x=\", again M.V1.fake+/x=\n", lines(false));
    let token = r#"{"secret":"steps.create.token"}"#;
    assert_eq!(value, format!(r#"{{"parts":["ok \"",{token},"\", again ",{token},"\n"]}}"#));
}

#[test]
fn a_last_line_of_one_word_is_sealed_and_one_of_two_is_not() {
    let (value, _) = kept("made it\nfake-token\n\n", lines(true));
    assert_eq!(value, r#"{"parts":["made it\n",{"secret":"steps.create.token"},"\n\n"]}"#);
    assert_eq!(kept("made it", lines(true)).0, r#""made it""#);
}

#[test]
fn toml_is_kept_with_its_secrets_taken_out() {
    let text = "[[profile]]\nname = \"ci\"\nmgmt_token = \"M.V1.fake\"\n";
    let (value, _) = kept(text, Keep::Toml { seal: vec!["/profile/*/mgmt_token".to_owned()] });
    let token = r#"{"secret":"steps.create.mgmt_token"}"#;
    assert_eq!(value, format!(r#"{{"profile":[{{"name":"ci","mgmt_token":{token}}}]}}"#));
}

#[test]
fn a_steps_path_becomes_an_expression() {
    assert_eq!(place_of("push[3]"), "steps.push.3");
    assert_eq!(place_of("undo:publish"), "steps.publish");
    assert_eq!(place_of("finally.tell"), "steps.tell");
}

#[test]
fn an_answer_is_json_or_text_or_nothing_and_what_should_be_sealed_is_no_text() {
    let answer =
        |seal: &[&str]| Keep::Answer { seal: seal.iter().map(|it| (*it).into()).collect() };
    let (value, _) = kept(r#"{"token": "fake-value", "n": 1}"#, answer(&["/token"]));
    assert_eq!(value, r#"{"json":{"token":{"secret":"steps.create.token"},"n":1}}"#);
    assert_eq!(kept("hello", answer(&[])).0, r#"{"text":"hello"}"#);
    assert_eq!(kept(" \n", answer(&["/token"])).0, "null");
    assert!(kept("fake-value", answer(&["/token"])).0.starts_with("error: not JSON (line 1"));
}

#[test]
fn a_number_that_would_become_another_one_is_text() {
    let (value, _) = kept("[18446744073709551615, 1.5, 9223372036854775807]", json(&[]));
    assert_eq!(value, r#"["18446744073709551615",1.5,9223372036854775807]"#);
}
