//! Findings about a document: place, line, caret, the way out.

use std::ops::Range;
use std::path::Path;

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};
use cutover_engine::diagnostic::{Diagnostic, Severity};
use cutover_engine::source::{Source, Span};
use serde_json::{Value as Json, json};

use crate::exit::Problem;
use crate::style::Paint;
use crate::text;

/// Returns one finding as it is drawn.
pub(crate) fn drawing(found: &Diagnostic, source: &Source, columns: usize) -> String {
    let window = window(found, source);
    let place = |span: Span| -> Range<usize> {
        let shown = first_line(source, span);
        shown.start - window.range.start..shown.end - window.range.start
    };
    let text = &source.text[window.range.clone()];
    let primary = AnnotationKind::Primary.span(place(found.span));
    let primary =
        if found.label.is_empty() { primary } else { primary.label(text::tame(&found.label)) };
    let mut snippet =
        Snippet::source(text).line_start(window.line).path(&*source.name).annotation(primary);
    for (span, words) in &found.related {
        let other = AnnotationKind::Context.span(place(*span)).label(text::tame(words));
        snippet = snippet.annotation(other);
    }
    let level = match found.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let title = level.primary_title(text::tame(&found.message)).id(found.code);
    let report = [title.element(snippet)];
    let renderer = Renderer::styled().hyperlink(false).term_width(columns);
    let drawn = renderer.render(&report);
    format!("{}\n{}", drawn.trim_end(), help(found, &window))
}

/// Returns the last line: how many, and where to read more.
pub(crate) fn summary(files: &[(&str, &[Diagnostic])]) -> String {
    let counts: Vec<String> = files
        .iter()
        .filter(|(_, list)| !list.is_empty())
        .map(|(name, list)| format!("{} in {name}", counted(list)))
        .collect();
    let code = files.iter().flat_map(|(_, list)| list.iter()).map(|found| found.code).next();
    let Some(code) = code else { return String::new() };
    format!("{}; `cutover explain {code}` tells more", counts.join(", "))
}

/// Returns the findings as `--output json` has them.
pub(crate) fn json(files: &[(&Source, &[Diagnostic])]) -> Json {
    let list: Vec<Json> = files
        .iter()
        .flat_map(|(source, list)| list.iter().map(|found| json_of(found, source)))
        .collect();
    json!({ "diagnostics": list })
}

fn json_of(found: &Diagnostic, source: &Source) -> Json {
    let at = source.position(found.span.start);
    json!({
        "code": found.code,
        "severity": match found.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        },
        "file": source.name,
        "line": at.line,
        "column": at.column,
        "message": found.message,
        "help": found.help,
    })
}

/// Returns a file that cannot be read as one of the findings: it has no code and no place.
pub(crate) fn unread_json(file: &Path, problem: &Problem) -> Json {
    json!({
        "code": null,
        "severity": "error",
        "file": file,
        "line": null,
        "column": null,
        "message": problem.message,
        "help": null,
    })
}

fn counted(list: &[Diagnostic]) -> String {
    let errors = list.iter().filter(|found| found.severity == Severity::Error).count();
    match (errors, list.len() - errors) {
        (errors, 0) => text::count(errors, "error"),
        (0, warnings) => text::count(warnings, "warning"),
        (errors, warnings) => {
            format!("{} and {}", text::count(errors, "error"), text::count(warnings, "warning"))
        }
    }
}

fn help(found: &Diagnostic, window: &Window) -> String {
    let Some(help) = found.help.as_ref().filter(|help| **help != found.label) else {
        return String::new();
    };
    let gutter = " ".repeat(window.last_line.to_string().len());
    let mut drawn = format!("{gutter} {}\n", Paint::Look.on("|"));
    for (at, line) in help.trim_end().lines().enumerate() {
        let line = text::tame(line);
        match at {
            0 => drawn.push_str(&format!("  {} {line}\n", Paint::Look.on("help:"))),
            _ => drawn.push_str(&format!("        {line}\n")),
        }
    }
    drawn
}

/// The lines that are drawn: only these are handed to the renderer, so that the cost of a finding
/// does not grow with the file.
struct Window {
    range: Range<usize>,
    line: usize,
    last_line: usize,
}

fn window(found: &Diagnostic, source: &Source) -> Window {
    let spans = found.related.iter().map(|(span, _)| *span).chain([found.span]);
    let (start, end) = spans
        .map(|span| first_line(source, span))
        .fold((source.text.len(), 0), |(start, end), shown| {
            (start.min(shown.start), end.max(shown.end))
        });
    let start = source.text[..start].rfind('\n').map_or(0, |at| at + 1);
    let end = source.text[end..].find('\n').map_or(source.text.len(), |at| end + at);
    let line = source.position(start).line;
    let last_line = line + source.text[start..end].matches('\n').count();
    Window { range: start..end, line, last_line }
}

/// Cuts a span to its first line, inside the text, on whole characters.
fn first_line(source: &Source, span: Span) -> Range<usize> {
    let text = &source.text;
    let start = text.floor_char_boundary(span.start.min(text.len()));
    let end = text.ceil_char_boundary(span.end.clamp(start, text.len()));
    let end = text[start..end].find('\n').map_or(end, |at| start + at);
    start..start + text[start..end].trim_end().len()
}

#[cfg(test)]
mod tests;
