//! Tests of the second net: every form of a secret is found, ordinary words are not.

use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use proptest::prelude::*;

use super::*;

const SECRET: &str = "M.V1.fake/+\"ä\\ token=1";

fn net() -> Redactor {
    let mut net = Redactor::default();
    net.add("steps.create.token", SECRET);
    net
}

#[track_caller]
fn is_caught(text: &str) {
    let mut net = net();
    let safe = net.redact(text).into_owned();
    assert!(safe.contains("***"), "not caught: {text}");
    let raw: Vec<char> = text.chars().collect();
    let longest = raw.windows(12).map(|part| part.iter().collect::<String>());
    let left = longest.filter(|part| safe.contains(part)).count();
    let around = raw.len().saturating_sub(forms(SECRET).iter().map(Vec::len).min().unwrap());
    assert!(left <= around, "too much is left of {text}: {safe}");
}

#[test]
fn every_form_is_caught() {
    is_caught(SECRET);
    is_caught(&serde_json::json!({ "a": SECRET }).to_string());
    is_caught(&format!("{SECRET:?}"));
    is_caught("M.V1.fake%2F%2B%22%C3%A4%5C%20token%3D1");
    is_caught("M.V1.fake%2f%2b%22%c3%a4%5c%20token%3d1");
    is_caught("q=M.V1.fake%2F%2B%22%C3%A4%5C+token%3D1&b=1");
    is_caught("M.V1.fake/+\\\"\\u00e4\\\\ token=1");
    is_caught(&String::from_utf8(hex(SECRET, false)).unwrap());
    is_caught(&String::from_utf8(hex(SECRET, true)).unwrap());
}

#[test]
fn base64_is_caught_in_every_alignment_and_alphabet() {
    for before in ["", "u", "us", "use", "user:"] {
        for after in ["", "!", "!!"] {
            let whole = format!("{before}{SECRET}{after}");
            is_caught(&STANDARD.encode(&whole));
            is_caught(&URL_SAFE.encode(&whole));
        }
    }
}

#[test]
fn short_values_do_not_blot_out_words() {
    let mut net = Redactor::default();
    net.add("inputs.short", "secret");
    assert_eq!(net.redact("a secret is kept"), "a secret is kept");
}

#[test]
fn a_record_is_stopped_by_long_values_only() {
    let mut net = Redactor::default();
    net.add("inputs.user", "telegraf");
    net.add("inputs.token", "fakefakefake");
    assert_eq!(net.find("user telegraf"), None);
    assert_eq!(net.find("token fakefakefake"), Some("inputs.token".to_owned()));
    assert_eq!(net.redact("telegraf fakefakefake"), "*** ***");
}

#[test]
fn secrets_added_between_searches_are_found() {
    let mut net = Redactor::default();
    for number in 0..200 {
        net.add("x", &format!("fake-secret-{number:04}-end"));
        let text = format!("<fake-secret-{number:04}-end|fake-secret-0000-end>");
        assert_eq!(net.redact(&text), "<***|***>");
    }
    assert!(net.segments.len() < 12, "{} segments", net.segments.len());
}

#[test]
fn the_longer_of_two_overlapping_secrets_goes_whole() {
    let mut net = Redactor::default();
    net.add("a", "fakefake");
    assert_eq!(net.redact("fakefake"), "***");
    net.add("b", "fakefakelonger");
    assert_eq!(net.redact("[fakefakelonger]"), "[***]");
}

#[test]
fn clean_text_is_not_copied() {
    assert!(matches!(net().redact("nothing here"), Cow::Borrowed(_)));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_form_of_any_secret_gets_through(secret in "\\PC{8,40}", before in "\\PC{0,5}", after in "\\PC{0,5}") {
        let mut net = Redactor::default();
        net.add("x", &secret);
        let whole = format!("{before}{secret}{after}");
        let texts = [
            whole.clone(),
            serde_json::json!([whole]).to_string(),
            STANDARD.encode(&whole),
            URL_SAFE.encode(&whole),
            percent(&whole, false),
            percent(&whole, true),
        ];
        for text in texts {
            prop_assert!(net.redact(&text).contains(REDACTED), "{text}");
            prop_assert!(!net.redact(&text).contains(&secret) || REDACTED.contains(&secret));
        }
    }

    #[test]
    fn text_without_a_secret_stays_as_it_is(text in "\\PC{0,200}") {
        let mut net = Redactor::default();
        net.add("x", "fake-secret-\u{1}-that-no-text-holds");
        prop_assert_eq!(net.redact(&text).into_owned(), text);
    }
}
