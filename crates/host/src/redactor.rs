//! The second net: finds every live secret in text that leaves, in the forms that text takes.
//!
//! Steps are built so that nothing has to be caught here. What a program prints on its standard
//! error, or a server puts into a header, is caught all the same.

use std::borrow::Cow;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

/// What stands where a secret was.
const REDACTED: &str = "***";
/// Shorter forms are left alone: they would blot out ordinary words.
const PATTERN_FLOOR: usize = 8;
/// Shorter values do not stop a record: an event may well hold the word `telegraf` by itself.
const RECORD_FLOOR: usize = 12;

/// All live secrets as searchable patterns. New ones wait until the next search; then they become
/// a segment of their own, and segments of like size are merged, so that a run that makes many
/// secrets does not build everything anew for each.
#[derive(Default)]
pub(crate) struct Redactor {
    fresh: Vec<Pattern>,
    segments: Vec<Segment>,
}

struct Segment {
    patterns: Vec<Pattern>,
    machine: AhoCorasick,
}

struct Pattern {
    form: Vec<u8>,
    origin: String,
    stops_record: bool,
}

impl Redactor {
    /// Adds a secret.
    pub(crate) fn add(&mut self, origin: &str, plain: &str) {
        let stops_record = plain.len() >= RECORD_FLOOR;
        let patterns = forms(plain)
            .into_iter()
            .filter(|form| form.len() >= PATTERN_FLOOR)
            .map(|form| Pattern { form, origin: origin.to_owned(), stops_record });
        self.fresh.extend(patterns);
    }

    /// Returns a text with every secret in it replaced.
    pub(crate) fn redact<'a>(&mut self, text: &'a str) -> Cow<'a, str> {
        self.build();
        let mut hits: Vec<(usize, usize)> = Vec::new();
        for segment in &self.segments {
            hits.extend(segment.machine.find_iter(text).map(|hit| (hit.start(), hit.end())));
        }
        if hits.is_empty() {
            return Cow::Borrowed(text);
        }
        hits.sort_unstable();
        let mut safe = String::with_capacity(text.len());
        let mut end_of_last = 0;
        for (start, end) in hits {
            if start >= end_of_last {
                safe.push_str(&text[end_of_last..start]);
                safe.push_str(REDACTED);
            }
            end_of_last = end_of_last.max(end);
        }
        safe.push_str(&text[end_of_last..]);
        Cow::Owned(safe)
    }

    /// Returns where the first secret in a text came from that is long enough to be no accident.
    pub(crate) fn find(&mut self, text: &str) -> Option<String> {
        self.build();
        let found = self.segments.iter().find_map(|segment| {
            let hits = segment.machine.find_iter(text);
            hits.map(|hit| &segment.patterns[hit.pattern().as_usize()])
                .find(|pattern| pattern.stops_record)
        });
        found.map(|pattern| pattern.origin.clone())
    }

    fn build(&mut self) {
        if self.fresh.is_empty() {
            return;
        }
        let mut patterns = std::mem::take(&mut self.fresh);
        while let Some(last) = self.segments.pop_if(|last| last.patterns.len() <= patterns.len()) {
            patterns.extend(last.patterns);
        }
        // Texts are short and secrets come one by one: what is built quickly wins over what is
        // searched quickly.
        let machine = AhoCorasick::builder()
            .kind(Some(AhoCorasickKind::ContiguousNFA))
            .match_kind(MatchKind::LeftmostLongest)
            .build(patterns.iter().map(|pattern| &pattern.form))
            .expect("the patterns of live secrets are far fewer than a search machine can hold");
        self.segments.push(Segment { patterns, machine });
    }
}

/// Returns the forms that a secret takes in text: raw, JSON-escaped, URL-encoded, hexadecimal and
/// base64, in the three ways that it can lie in a longer base64 text.
fn forms(plain: &str) -> Vec<Vec<u8>> {
    let mut all = vec![
        plain.as_bytes().to_vec(),
        json(plain),
        json_ascii(plain),
        percent(plain, false).into_bytes(),
        lower_escapes(percent(plain, false)),
        percent(plain, true).into_bytes(),
        hex(plain, false),
        hex(plain, true),
    ];
    for offset in 0..3 {
        all.push(base64_at(plain.as_bytes(), offset, &STANDARD_NO_PAD));
        all.push(base64_at(plain.as_bytes(), offset, &URL_SAFE_NO_PAD));
    }
    all.sort_unstable();
    all.dedup();
    all
}

fn json(plain: &str) -> Vec<u8> {
    let quoted = serde_json::to_string(plain).expect("text is always JSON");
    quoted.as_bytes()[1..quoted.len() - 1].to_vec()
}

fn json_ascii(plain: &str) -> Vec<u8> {
    let escaped = String::from_utf8(json(plain)).expect("JSON is UTF-8");
    let mut ascii = String::with_capacity(escaped.len());
    for character in escaped.chars() {
        if character.is_ascii() {
            ascii.push(character);
        } else {
            let mut units = [0; 2];
            for unit in character.encode_utf16(&mut units) {
                ascii.push_str(&format!("\\u{unit:04x}"));
            }
        }
    }
    ascii.into_bytes()
}

fn percent(plain: &str, plus: bool) -> String {
    plain
        .bytes()
        .map(|byte| match byte {
            b' ' if plus => "+".to_owned(),
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                char::from(byte).to_string()
            }
            other => format!("%{other:02X}"),
        })
        .collect()
}

fn lower_escapes(encoded: String) -> Vec<u8> {
    let mut bytes = encoded.into_bytes();
    let mut left = 0;
    for byte in &mut bytes {
        match *byte {
            b'%' => left = 2,
            _ if left > 0 => {
                byte.make_ascii_lowercase();
                left -= 1;
            }
            _ => {}
        }
    }
    bytes
}

fn hex(plain: &str, upper: bool) -> Vec<u8> {
    let digits = if upper { b"0123456789ABCDEF" } else { b"0123456789abcdef" };
    plain
        .bytes()
        .flat_map(|byte| [digits[usize::from(byte >> 4)], digits[usize::from(byte & 15)]])
        .collect()
}

/// Returns the characters that every base64 text shares which holds the value after so many other
/// bytes (modulo 3), whatever stands before and after it.
fn base64_at(value: &[u8], offset: usize, engine: &impl Engine) -> Vec<u8> {
    let mut padded = vec![0; offset];
    padded.extend_from_slice(value);
    let encoded = engine.encode(&padded);
    let first = (offset * 8).div_ceil(6);
    let last = padded.len() * 8 / 6;
    encoded.as_bytes().get(first..last).unwrap_or_default().to_vec()
}

#[cfg(test)]
mod tests;
