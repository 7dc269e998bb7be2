//! What came of a plugin's tests: for people, and as JSON.

use std::collections::HashSet;

use cutover_lua::test::{At, CaseReport, Failure, Law, Report};
use serde_json::{Value as Json, json};

use crate::style::Paint;
use crate::text::{self, count, tame};

/// As many lines of a trail are shown, the last ones.
const TRAIL: usize = 12;
/// Longer names of cases are cut.
const WIDEST_NAME: usize = 60;

/// Whose tests they are.
pub(crate) struct Tested<'a> {
    /// The plugin.
    pub(crate) plugin: &'a str,
    /// Its version.
    pub(crate) version: &'a str,
    /// The command that was typed, without what it picks.
    pub(crate) again: &'a str,
}

/// Returns it for people.
pub(crate) fn drawing(tested: &Tested<'_>, report: &Report, columns: usize) -> String {
    let name = Paint::Strong.on(&format!("{} {}", tested.plugin, tested.version));
    let mut drawn =
        format!("{name}   tested against its own stand-ins: nothing outside was reached\n\n");
    let names = report.cases.iter().map(|case| text::width(&case.name));
    let wide = names.max().unwrap_or(0).min(WIDEST_NAME);
    let mut told = HashSet::new();
    let mut after_failure = false;
    for case in &report.cases {
        if after_failure {
            drawn.push('\n');
        }
        after_failure = !case.failures.is_empty();
        drawn.push_str(&case_line(case, wide));
        for failure in &case.failures {
            drawn.push('\n');
            match told.insert((failure.law, &failure.step, &failure.message)) {
                true => drawn.push_str(&failed(failure, 4, columns)),
                false => drawn.push_str(&format!("    {}: as above\n", heading(failure))),
            }
        }
    }
    for unread in &report.unread {
        drawn.push_str(&format!("  {}   cannot be run\n\n", Paint::Bad.on("failed")));
        drawn.push_str(&failed(unread, 4, columns));
        drawn.push('\n');
    }
    drawn.push_str(&last_lines(tested, report, columns));
    drawn
}

fn case_line(case: &CaseReport, wide: usize) -> String {
    let right = case.failures.is_empty();
    let sign = if right { Paint::Good.on("done  ") } else { Paint::Bad.on("failed") };
    let name = text::cut(&tame(&case.name), wide);
    let runs = Paint::Dim.on(&count(case.runs, "run"));
    format!("  {sign}   {}  {runs}\n", text::pad(&name, wide))
}

fn failed(failure: &Failure, indent: usize, columns: usize) -> String {
    let blank = " ".repeat(indent);
    let mut drawn = String::new();
    let what = heading(failure);
    if !what.is_empty() {
        drawn.push_str(&format!("{blank}{}\n", Paint::Bad.on(&what)));
    }
    drawn.push_str(&text::hanging(&tame(&failure.message), indent, columns));
    if let Some(at) = &failure.at {
        drawn.push_str(&frame(at, indent, columns));
    }
    for line in failure.help.lines() {
        drawn.push_str(&text::hanging(&format!("help: {}", tame(line)), indent, columns));
    }
    let from = failure.trail.len().saturating_sub(TRAIL);
    if from > 0 {
        drawn.push_str(&format!("{blank}  .. {from} before\n"));
    }
    for line in &failure.trail[from..] {
        let line = text::cut(&tame(line), columns.saturating_sub(indent + 2));
        drawn.push_str(&format!("{blank}  {}\n", Paint::Dim.on(&line)));
    }
    drawn
}

/// Which step it was, and under which law.
fn heading(failure: &Failure) -> String {
    let law = failure.law.words();
    let law = match failure.write {
        Some(write) => format!("write {write} {law}"),
        None => law.to_owned(),
    };
    match (&failure.step, failure.law) {
        (Some(step), _) => format!("`{step}`, {law}"),
        (None, Law::Case) => String::new(),
        (None, _) => law,
    }
}

fn frame(at: &At, indent: usize, columns: usize) -> String {
    let blank = " ".repeat(indent);
    let mut drawn = format!("{blank}  {} {}:{}\n", Paint::Look.on("-->"), tame(&at.file), at.line);
    let gutter = at.frame.iter().map(|(line, _)| line.to_string().len()).max().unwrap_or(1);
    for (line, text) in &at.frame {
        let sign = if *line == at.line { '>' } else { ' ' };
        let text = text::cut(&tame(text), columns.saturating_sub(indent + gutter + 7));
        let line = format!("{blank}  {sign} {line:>gutter$} | {text}");
        drawn.push_str(&format!("{}\n", line.trim_end()));
    }
    drawn
}

fn last_lines(tested: &Tested<'_>, report: &Report, columns: usize) -> String {
    let runs = count(report.cases.iter().map(|case| case.runs).sum(), "run");
    let cases = count(report.cases.len(), "case");
    let failed: Vec<&CaseReport> =
        report.cases.iter().filter(|case| !case.failures.is_empty()).collect();
    match (failed.first(), report.unread.is_empty()) {
        (None, true) => {
            let words = format!(
                "{cases}, {runs}: as previews, with each write refused, with each answer lost, \
                 undone twice, searched for secrets. All laws hold."
            );
            format!("\n{}", text::hanging(&words, 0, columns))
        }
        (None, false) => format!("\n{cases} held, and a test file cannot be run\n"),
        (Some(first), _) => format!(
            "\n{} of {cases} failed. Once more: {} --only '{}'\n",
            failed.len(),
            tested.again,
            tame(&first.name).replace('\'', "'\\''")
        ),
    }
}

/// Returns it for programs.
pub(crate) fn json(tested: &Tested<'_>, report: &Report) -> Json {
    let cases = report.cases.iter().map(|case| {
        json!({
            "file": case.file,
            "line": case.line,
            "name": case.name,
            "right": case.failures.is_empty(),
            "runs": case.runs,
            "failures": case.failures.iter().map(failure_json).collect::<Vec<_>>(),
        })
    });
    json!({
        "plugin": tested.plugin,
        "version": tested.version,
        "right": report.is_right(),
        "cases": cases.collect::<Vec<_>>(),
        "unread": report.unread.iter().map(failure_json).collect::<Vec<_>>(),
    })
}

fn failure_json(failure: &Failure) -> Json {
    let at = failure.at.as_ref().map(|at| json!({ "file": at.file, "line": at.line }));
    json!({
        "law": failure.law.as_str(),
        "step": failure.step,
        "write": failure.write,
        "message": failure.message,
        "help": (!failure.help.is_empty()).then_some(&failure.help),
        "at": at,
        "trail": failure.trail,
    })
}
