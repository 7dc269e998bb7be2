//! Makes equal what differs each time: ids, moments, lengths of time, prefixes of values.

/// Replaces what differs, and folds blanks so that columns may move with it.
pub(crate) fn scrub(text: &str) -> String {
    let lines = text.lines().map(|line| {
        // How many details follow from a difference depends on whether a second has passed.
        if line.ends_with("more that follow from it (all of it with -v)") {
            return "<more>".to_owned();
        }
        let words: Vec<String> = line.split_whitespace().map(word).collect();
        words.join(" ")
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn word(word: &str) -> String {
    let mut scrubbed = String::new();
    let mut run = String::new();
    for c in word.chars() {
        if is_part(c) {
            run.push(c);
        } else {
            scrubbed.push_str(&piece(&run));
            run.clear();
            scrubbed.push(c);
        }
    }
    scrubbed.push_str(&piece(&run));
    scrubbed
}

fn is_part(c: char) -> bool {
    c.is_ascii_alphanumeric() || "-+/_:….".contains(c)
}

/// Replaces a piece of a word by what kind it is, where that differs each time.
fn piece(whole: &str) -> String {
    let piece = whole.trim_end_matches('.');
    kind(piece).map_or_else(|| whole.to_owned(), |kind| format!("{kind}{}", &whole[piece.len()..]))
}

fn kind(piece: &str) -> Option<&'static str> {
    let digits = piece.chars().any(|c| c.is_ascii_digit());
    let only = |more: &str| piece.chars().all(|c| c.is_ascii_digit() || more.contains(c));
    let hex = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_hexdigit());
    if digits && only("-:.TZ") && piece.len() >= 2 {
        return Some("<time>");
    }
    if digits && piece.ends_with(['s', 'm', 'h', 'd']) && only(".smhd") {
        return Some("<length>");
    }
    if piece.strip_suffix('…').is_some_and(hex) {
        return Some("<id>");
    }
    if piece.len() == 36 && piece.split('-').count() == 5 && piece.split('-').all(hex) {
        return Some("<uuid>");
    }
    if piece.starts_with("cutover-") && piece.matches('-').count() == 3 {
        return Some("<marker>");
    }
    let first = piece.split('.').next().unwrap_or("");
    let lower = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    if first.len() == 7 && first.chars().all(lower) && first.contains(|c: char| c.is_ascii_digit())
    {
        return Some("<run>");
    }
    piece.starts_with("M.V1.").then_some("<prefix>")
}

#[test]
fn what_differs_is_made_equal_and_nothing_else() {
    let one = "create done 0.4s id=b71c… prefix=M.V1.9qTz at 2026-12-24T14:02:31Z run a3v5jab";
    let two = "create done   1.2s id=0aaa… prefix=M.V1.+/Ab at 2027-01-01T00:00:00Z run a9999ab";
    assert_eq!(scrub(one), scrub(two));
    assert_ne!(scrub(one), scrub(&one.replace("create", "verify")));
    assert_ne!(scrub("1 makes, 2 changes"), scrub("1 makes, 3 changes"));
}
