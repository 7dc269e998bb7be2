//! Characters that a person who reviews a file does not see, or that readers of YAML take for
//! different things.

use crate::diagnostic::Diagnostic;
use crate::source::Span;

/// What is wrong with a character; none where nothing is.
fn reason(c: char) -> Option<&'static str> {
    match c {
        '\t' | '\n' | '\r' => None,
        '\u{85}' | '\u{2028}' | '\u{2029}' => Some("is a line break to some readers only"),
        '\u{FEFF}' => Some("is a byte order mark, and not at the beginning"),
        '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' => {
            Some("changes the direction of the text, so that it reads as something else")
        }
        c if c.is_control() => Some("can't be seen"),
        _ => None,
    }
}

/// Finds them all, a run of the same one as one.
pub(super) fn find(text: &str) -> Vec<Diagnostic> {
    let mut found: Vec<(Span, char)> = Vec::new();
    for (at, c) in text.char_indices().filter(|(at, c)| !(*at == 0 && *c == '\u{FEFF}')) {
        if reason(c).is_none() {
            continue;
        }
        match found.last_mut() {
            Some((span, last)) if *last == c && span.end == at => span.end += c.len_utf8(),
            Some(_) | None => found.push((Span::new(at, at + c.len_utf8()), c)),
        }
    }
    found.into_iter().map(|(span, c)| finding(span, c)).collect()
}

fn finding(span: Span, c: char) -> Diagnostic {
    let code = u32::from(c);
    let message = format!("the character U+{code:04X} {}", reason(c).unwrap_or_default());
    let escape = if code < 0x100 { format!("\\x{code:02x}") } else { format!("\\u{code:04x}") };
    Diagnostic::error("Y12", span, message)
        .help(format!("take it out; where it is meant, write `{escape}` in double quotes"))
}
