//! How long a function is, by the shape that rustfmt gives it.

use crate::{none, rust_files};

const MAX_LINES: usize = 70;

#[test]
fn no_function_is_longer_than_70_lines() {
    let long: Vec<String> = rust_files()
        .iter()
        .flat_map(|file| {
            functions(&file.text)
                .into_iter()
                .filter(|(_, _, lines)| *lines > MAX_LINES)
                .map(|(name, at, lines)| format!("{}:{at}: `{name}` has {lines} lines", file.path))
                .collect::<Vec<_>>()
        })
        .collect();
    none("a function does one thing", &long);
}

#[test]
fn the_measure_sees_a_function_and_its_length() {
    let text = "impl A {\n    pub async fn b(\n        c: D,\n    ) {\n        e();\n    }\n}\nfn f() {}\n";
    assert_eq!(functions(text), [("b".to_owned(), 2, 5), ("f".to_owned(), 8, 1)]);
    let declared = "trait A {\n    fn b(\n        &self,\n    ) -> C;\n\n    fn d();\n}\n";
    assert_eq!(functions(declared), [("b".to_owned(), 2, 3), ("d".to_owned(), 6, 1)]);
}

/// Returns name, first line and number of lines of every function.
fn functions(text: &str) -> Vec<(String, usize, usize)> {
    let lines: Vec<&str> = text.lines().collect();
    let mut found = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let Some(name) = name_of(line) else { continue };
        let indent = line.len() - line.trim_start().len();
        let closing = format!("{}}}", " ".repeat(indent));
        let one_line = line.ends_with('}') || line.ends_with(';');
        let length = if one_line {
            1
        } else {
            let ends = |line: &&str| **line == closing || is_end_without_body(line, indent);
            lines[at..].iter().position(ends).map_or(1, |end| end + 1)
        };
        found.push((name, at + 1, length));
    }
    found
}

/// Says whether a line ends the signature of a function without a body: `) -> Answer;`.
fn is_end_without_body(line: &str, indent: usize) -> bool {
    line.starts_with(&format!("{})", " ".repeat(indent))) && line.ends_with(';')
}

fn name_of(line: &str) -> Option<String> {
    let (before, after) = line.trim_start().split_once("fn ")?;
    let words = ["pub", "pub(crate)", "pub(super)", "async", "const", "unsafe", "extern", "\"C\""];
    if !before.split_whitespace().all(|word| words.contains(&word)) {
        return None;
    }
    let end = after.find(|c: char| !c.is_alphanumeric() && c != '_')?;
    Some(after[..end].to_owned())
}
