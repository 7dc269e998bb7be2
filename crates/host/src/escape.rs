//! Text that is not ours, made harmless for terminals and logs.

use std::borrow::Cow;

use cutover_engine::value::{MARK_CLOSE, MARK_OPEN};

/// Replaces control characters (line breaks and tabs excepted), escape sequences, characters that
/// turn the direction of writing, and the delimiters of marks.
pub fn escape(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_harmful) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            MARK_OPEN | MARK_CLOSE => safe.push('\u{FFFD}'),
            other if is_harmful(other) => safe.extend(other.escape_unicode()),
            other => safe.push(other),
        }
    }
    Cow::Owned(safe)
}

fn is_harmful(character: char) -> bool {
    match character {
        '\n' | '\t' => false,
        MARK_OPEN | MARK_CLOSE => true,
        '\u{200E}' | '\u{200F}' | '\u{061C}' | '\u{2028}' | '\u{2029}' => true,
        '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' => true,
        other => other.is_control(),
    }
}

/// Returns the last lines of a program's output as one short harmless text.
pub(crate) fn last_lines(text: &str, lines: usize, characters: usize) -> String {
    let harmless = escape(text.trim_end());
    let all: Vec<&str> =
        harmless.lines().map(str::trim_end).filter(|line| !line.is_empty()).collect();
    let kept = all[all.len().saturating_sub(lines)..].join("\n");
    let surplus = kept.chars().count().saturating_sub(characters);
    kept.chars().skip(surplus).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terminal_sequences_lose_their_power() {
        let shown = escape("a\u{1b}[2Jb\r\u{9b}31m\u{202e}c");
        assert_eq!(shown, "a\\u{1b}[2Jb\\u{d}\\u{9b}31m\\u{202e}c");
    }

    #[test]
    fn plain_text_stays_as_it_is() {
        assert!(matches!(escape("zwölf\tKatzen\n"), Cow::Borrowed(_)));
    }

    #[test]
    fn delimiters_of_marks_are_replaced() {
        assert_eq!(escape(&format!("{MARK_OPEN}s{MARK_CLOSE}")), "\u{FFFD}s\u{FFFD}");
    }

    #[test]
    fn only_the_last_lines_are_kept() {
        assert_eq!(last_lines("a\n\nb\nc\n", 2, 10), "b\nc");
        assert_eq!(last_lines("abcdef", 2, 3), "def");
    }
}
