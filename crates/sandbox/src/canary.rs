//! Canaries: a value in thirty forms in which it could slip through, and the search for them.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

/// The shortest value that is looked for: the parts of a shorter one stand in any text.
pub const SHORTEST: usize = 16;

/// Returns the forms of a value, each with its name. The value is plain ASCII and has at least
/// [`SHORTEST`] characters.
pub fn forms(value: &str) -> Vec<(&'static str, Vec<u8>)> {
    let bytes = value.as_bytes();
    let mut forms: Vec<(&'static str, Vec<u8>)> = vec![
        ("raw", bytes.to_vec()),
        ("without its known prefix", bytes[9..].to_vec()),
        ("first half", bytes[..bytes.len() / 2].to_vec()),
        ("second half", bytes[bytes.len() / 2..].to_vec()),
        ("reversed", bytes.iter().rev().copied().collect()),
        ("lower case", value.to_lowercase().into_bytes()),
        ("upper case", value.to_uppercase().into_bytes()),
        ("rot13", bytes.iter().copied().map(rot13).collect()),
        ("hex", hex(bytes, false)),
        ("hex, upper case", hex(bytes, true)),
        ("percent", percent(bytes, false, false)),
        ("percent, lower case", percent(bytes, true, false)),
        ("percent, every byte", percent(bytes, false, true)),
        ("JSON with escaped slashes", value.replace('/', "\\/").into_bytes()),
        ("JSON with every letter escaped", escaped(bytes, "\\u00")),
        ("C with every letter escaped", escaped(bytes, "\\x")),
        ("HTML", value.replace('+', "&#43;").replace('/', "&#47;").into_bytes()),
        ("XML with every letter as a number", entities(bytes)),
        ("quoted printable", value.replace('=', "=3D").into_bytes()),
        ("octal", octal(bytes)),
        ("UTF-16, little end first", bytes.iter().flat_map(|byte| [*byte, 0]).collect()),
        ("UTF-16, big end first", bytes.iter().flat_map(|byte| [0, *byte]).collect()),
        ("decimal numbers", decimals(bytes)),
        ("with spaces", spaced(bytes, b' ')),
        ("with dots", spaced(bytes, b'.')),
        ("base64 of base64", base64(&base64(bytes, false), false)),
        ("base64 of hex", base64(&hex(bytes, false), false)),
    ];
    let aligned = [("base64", 0), ("base64, one off", 1), ("base64, two off", 2)];
    for (name, offset) in aligned {
        forms.push((name, base64(&bytes[offset..], false)));
        forms.push((name, base64(&bytes[offset..], true)));
    }
    forms
}

fn rot13(byte: u8) -> u8 {
    match byte {
        b'a'..=b'z' => (byte - b'a' + 13) % 26 + b'a',
        b'A'..=b'Z' => (byte - b'A' + 13) % 26 + b'A',
        other => other,
    }
}

fn each(bytes: &[u8], mut form: impl FnMut(&mut String, u8)) -> Vec<u8> {
    let mut text = String::new();
    for byte in bytes {
        form(&mut text, *byte);
    }
    text.into_bytes()
}

fn hex(bytes: &[u8], upper: bool) -> Vec<u8> {
    each(bytes, |text, byte| {
        let written = if upper { write!(text, "{byte:02X}") } else { write!(text, "{byte:02x}") };
        written.expect("a string takes everything");
    })
}

fn percent(bytes: &[u8], lower: bool, all: bool) -> Vec<u8> {
    each(bytes, |text, byte| {
        if !all && (byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)) {
            text.push(char::from(byte));
            return;
        }
        let written = if lower { write!(text, "%{byte:02x}") } else { write!(text, "%{byte:02X}") };
        written.expect("a string takes everything");
    })
}

fn escaped(bytes: &[u8], prefix: &str) -> Vec<u8> {
    each(bytes, |text, byte| {
        write!(text, "{prefix}{byte:02x}").expect("a string takes everything");
    })
}

fn entities(bytes: &[u8]) -> Vec<u8> {
    each(bytes, |text, byte| write!(text, "&#{byte};").expect("a string takes everything"))
}

fn octal(bytes: &[u8]) -> Vec<u8> {
    each(bytes, |text, byte| write!(text, "\\{byte:03o}").expect("a string takes everything"))
}

fn decimals(bytes: &[u8]) -> Vec<u8> {
    let numbers: Vec<String> = bytes.iter().map(u8::to_string).collect();
    numbers.join(", ").into_bytes()
}

fn spaced(bytes: &[u8], between: u8) -> Vec<u8> {
    bytes.iter().flat_map(|byte| [*byte, between]).take(bytes.len() * 2 - 1).collect()
}

/// Encodes without the last, partial group, so that what stands behind does not matter.
fn base64(bytes: &[u8], url_safe: bool) -> Vec<u8> {
    let last = if url_safe { b"-_" } else { b"+/" };
    let letter = |six: u32| match u8::try_from(six & 63).expect("six bits fit") {
        six @ 0..=25 => b'A' + six,
        six @ 26..=51 => b'a' + six - 26,
        six @ 52..=61 => b'0' + six - 52,
        62 => last[0],
        _ => last[1],
    };
    bytes
        .chunks_exact(3)
        .flat_map(|three| {
            let bits = u32::from(three[0]) << 16 | u32::from(three[1]) << 8 | u32::from(three[2]);
            [18, 12, 6, 0].map(|shift| letter(bits >> shift))
        })
        .collect()
}

/// Says whether some bytes hold some others.
pub fn holds(text: &[u8], form: &[u8]) -> bool {
    !form.is_empty() && memchr::memmem::find(text, form).is_some()
}

/// Returns every file below a folder; links are not followed.
pub fn files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut found = Vec::new();
    for path in entries.flatten().map(|entry| entry.path()) {
        if path.is_symlink() {
            continue;
        }
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_thirty_forms_and_each_is_another() {
        let forms = forms("M.V1.fake/canary+value=for-this-test");
        assert!(forms.len() >= 30, "{}", forms.len());
        let mut distinct: Vec<&[u8]> = forms.iter().map(|(_, form)| form.as_slice()).collect();
        distinct.sort_unstable();
        distinct.dedup();
        assert!(distinct.len() >= 30, "{}", distinct.len());
        assert!(forms.iter().any(|(_, form)| form.starts_with(b"TS5WMS5mYWtl")));
    }
}
