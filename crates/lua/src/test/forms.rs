//! The forms that a secret takes in text: what a search for one has to know.

/// Shorter values are no secrets that could be told from ordinary words.
pub(crate) const SHORTEST: usize = 6;
/// Shorter pieces of a form are found by accident.
const FORM_FLOOR: usize = 8;

/// Returns a value in every form that is searched for, each with its name.
pub(crate) fn of(plain: &str) -> Vec<(&'static str, String)> {
    let json = serde_json::Value::String(plain.to_owned()).to_string();
    let bytes = plain.as_bytes();
    let mut forms = vec![
        ("as it is", plain.to_owned()),
        ("escaped for JSON", json[1..json.len() - 1].to_owned()),
        ("escaped for an address", percent(bytes)),
        ("in hex", bytes.iter().map(|byte| format!("{byte:02x}")).collect()),
        ("in hex", bytes.iter().map(|byte| format!("{byte:02X}")).collect()),
        ("reversed", plain.chars().rev().collect()),
    ];
    for offset in 0..3 {
        let mut padded = vec![0; offset];
        padded.extend_from_slice(bytes);
        let encoded = base64(&padded);
        let (first, last) = ((offset * 8).div_ceil(6), padded.len() * 8 / 6);
        let inner = encoded.get(first..last).unwrap_or_default().to_owned();
        forms.push(("in base64", inner.replace('+', "-").replace('/', "_")));
        forms.push(("in base64", inner));
    }
    forms.retain(|(name, form)| *name == "as it is" || form.len() >= FORM_FLOOR);
    forms
}

fn percent(bytes: &[u8]) -> String {
    let escaped = bytes.iter().map(|byte| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
            char::from(*byte).to_string()
        }
        other => format!("%{other:02X}"),
    });
    escaped.collect()
}

/// Returns bytes in base64, with padding.
pub(crate) fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let whole = chunk.iter().fold(0_usize, |whole, byte| whole << 8 | usize::from(*byte));
        let whole = whole << (8 * (3 - chunk.len()));
        for at in 0..4 {
            let letter = char::from(LETTERS[whole >> (18 - 6 * at) & 63]);
            text.push(if at <= chunk.len() { letter } else { '=' });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_what_everybody_calls_that() {
        for (plain, encoded) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v")] {
            assert_eq!(base64(plain.as_bytes()), encoded);
        }
    }

    #[test]
    fn a_secret_is_found_wherever_it_lies_in_a_longer_base64_text() {
        for before in ["", "a", "ab", "abc"] {
            let text = base64(format!("{before}:s3cr3t-value:after").as_bytes());
            let found = of("s3cr3t-value").into_iter().any(|(_, form)| text.contains(&form));
            assert!(found, "{before}");
        }
    }
}
