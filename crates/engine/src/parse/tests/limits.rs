//! Documents that are too much: each is refused quickly, and says why.

use super::{found, with_top};
use crate::parse::limits;

fn first_line(text: &str) -> String {
    found(text).lines().next().unwrap_or_default().to_owned()
}

#[test]
fn a_file_that_is_too_large_is_not_read() {
    let fits = with_top(&format!("# {}", "x".repeat(limits::FILE_BYTES - 100)));
    assert_eq!(found(&fits), "");
    let large = with_top(&format!("# {}", "x".repeat(limits::FILE_BYTES)));
    assert!(
        first_line(&large).starts_with("Y02 1:1 the file has 256 KiB, and a workflow at most 256")
    );
    assert_eq!(found(&large).lines().count(), 1);
}

#[test]
fn aliases_of_aliases_do_not_become_billions() {
    let level =
        |at: usize| format!("x-{at}: &a{at} [{}]\n", vec![format!("*a{}", at - 1); 9].join(", "));
    let bomb = format!("x-0: &a0 [lol, lol, lol]\n{}", (1..20).map(level).collect::<String>());
    assert!(found(&with_top(&bomb)).contains("the file holds more than 50000 values"));
}

#[test]
fn merges_of_merges_do_not_become_billions() {
    let keys: String = (0..2000).map(|at| format!("k{at}: 1, ")).collect();
    let text = format!("x-a: &a {{{keys}}}\nx-b:\n{}", "- <<: *a\n".repeat(900));
    assert!(found(&with_top(&text)).contains("the file holds more than 50000 values"));
}

#[test]
fn many_aliases_are_too_many() {
    let list =
        |count: usize| with_top(&format!("x-a: &a 1\nx-b: [{}]", vec!["*a"; count].join(", ")));
    assert_eq!(found(&list(limits::ALIASES)), "");
    assert!(found(&list(limits::ALIASES + 1)).contains("the file holds more than 1000 aliases"));
}

#[test]
fn what_is_deep_is_too_deep_however_it_is_written() {
    let nested =
        |depth: usize| with_top(&format!("x-a: {}{}", "[".repeat(depth), "]".repeat(depth)));
    assert_eq!(found(&nested(limits::DEPTH as usize - 1)), "");
    assert!(
        found(&nested(limits::DEPTH as usize)).contains("lists and mappings more than 48 deep")
    );
    let dashes = with_top(&format!("x-a:\n  {}a", "- ".repeat(5000)));
    assert!(found(&dashes).contains("more than 48 deep"));
    let open = with_top(&format!("x-a: {}", "[".repeat(5000)));
    assert!(found(&open).contains("far too deep"));
    let chain: String = (1..60).map(|at| format!("x-{at}: &a{at} [*a{}]\n", at - 1)).collect();
    assert!(found(&with_top(&format!("x-0: &a0 [a]\n{chain}"))).contains("more than 48 deep"));
}

#[test]
fn long_lines_of_anything_are_read_once() {
    let size = limits::FILE_BYTES - 100;
    for piece in [
        "{{ ", "a", "{", "[", "? ", "- ", "\"", "'", "*a ", "&a ", "!x ", "# ", "\u{85}", "\r", "é",
    ] {
        let text = format!("a: {}", piece.repeat(size / piece.len()));
        assert_ne!(found(&text), "", "{piece}");
    }
}

#[test]
fn templates_without_quotes_are_mended_so_often_and_no_more() {
    let lines = found(&with_top(&"x-a: {{ a }} b\n".repeat(limits::MENDED + 5)));
    let mended = lines.lines().filter(|line| line.starts_with("Y09")).count();
    // The reader sees the last one, and stops behind it.
    assert_eq!(mended, limits::MENDED + 1);
    assert_eq!(lines.lines().filter(|line| line.starts_with("Y01")).count(), 1);
}
