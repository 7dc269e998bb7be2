//! What a rehearsal found: for people, and as JSON.

use cutover_engine::event::Status;
use serde_json::{Value as Json, json};

use super::json::{outcome, status};
use super::timeline;
use crate::rehearse::{Crashes, Failed, FirstRun, Leaks};
use crate::style::Paint;
use crate::text::{self, count};
use crate::typed::Typed;

/// As many crashes that did not end right are told at length.
const MOST_TOLD: usize = 3;

/// What a rehearsal found.
pub(crate) struct Report {
    /// The run without a crash.
    pub(crate) first: FirstRun,
    /// The crashes, where they were asked for.
    pub(crate) crashes: Option<Crashes>,
    /// The leaks, where they were asked for.
    pub(crate) leaks: Option<Leaks>,
}

impl Report {
    /// Says whether everything so far was right.
    pub(crate) fn is_right(&self) -> bool {
        let first = self.first.faults.is_empty() && self.first.outcome.status == Status::Succeeded;
        let crashes = self.crashes.as_ref().is_none_or(|all| all.failed.is_empty());
        let reached = self.crashes.as_ref().is_none_or(|all| all.reached == all.asked);
        let leaks = self.leaks.as_ref().is_none_or(|leaks| leaks.found.is_empty());
        first && crashes && reached && leaks
    }
}

/// Returns it for people. `again` is the command without what it asks for.
pub(crate) fn drawing(report: &Report, again: &str, columns: usize) -> String {
    let workflow = Paint::Strong.on(&report.first.outcome.workflow);
    let mut drawn =
        format!("{workflow}   rehearsed in worlds of its own: no provider was reached\n\n");
    drawn.push_str(&first(&report.first, columns));
    if let Some(all) = &report.crashes {
        drawn.push_str(&crashes(all, again, columns));
    }
    if let Some(found) = &report.leaks {
        drawn.push_str(&leaks(found, columns));
    }
    drawn
}

fn line(right: bool, what: &str, words: &str, columns: usize) -> String {
    let sign = if right { Paint::Good.on("done  ") } else { Paint::Bad.on("failed") };
    let words = text::hanging(words, 20, columns);
    format!("  {sign}   {what:<9}{}\n", words.trim())
}

fn first(first: &FirstRun, columns: usize) -> String {
    let right = first.faults.is_empty() && first.outcome.status == Status::Succeeded;
    let points = count(first.points, "point");
    let words = format!("{}; its process can end at {points}", status(first.outcome.status));
    let mut drawn = line(right, "run", &words, columns);
    if !right {
        if let Some(error) = &first.outcome.error {
            drawn.push_str(&format!("    `{}`: {}\n", error.step, text::tame(&error.message)));
        }
        drawn.push_str(&faults(&first.faults));
        drawn.push_str(&history(&first.outcome.run, &first.history, columns));
    }
    drawn
}

fn crashes(all: &Crashes, again: &str, columns: usize) -> String {
    let right = all.failed.is_empty() && all.reached == all.asked;
    let ended = all.reached - all.failed.len();
    let words = if right {
        format!(
            "{} of {} reached, {} gone on with, {} begun anew: no lock-out, no orphan, no double, \
             nothing forgotten",
            all.reached,
            count(all.asked, "point"),
            all.resumed,
            all.begun_anew
        )
    } else {
        format!("{ended} of {} ended right, {} reached", count(all.asked, "point"), all.reached)
    };
    let mut drawn = line(right, "crashes", &words, columns);
    for failed in all.failed.iter().take(MOST_TOLD) {
        drawn.push_str(&one(failed, again, columns));
    }
    let more = all.failed.len().saturating_sub(MOST_TOLD);
    if more > 0 {
        drawn.push_str(&format!("\n  and {more} more\n"));
    }
    drawn
}

fn one(failed: &Failed, again: &str, columns: usize) -> String {
    let head = format!("point {}: killed {}", failed.point, failed.words);
    format!(
        "\n  {}\n{}{}  Once more: {again} --crash-at {}\n",
        Paint::Bad.on(&head),
        faults(&failed.faults),
        history(&failed.run, &failed.history, columns),
        failed.point
    )
}

fn faults(faults: &[String]) -> String {
    faults.iter().map(|fault| format!("    {}\n", text::tame(fault))).collect()
}

fn history(run: &str, entries: &[cutover_engine::event::Entry], columns: usize) -> String {
    if entries.is_empty() {
        return String::new();
    }
    let drawn = timeline::drawing(run, entries, false, &Typed::new(false, None), columns);
    drawn.lines().map(|line| format!("    {line}\n")).collect()
}

fn leaks(found: &Leaks, columns: usize) -> String {
    let looked = format!(
        "{} in {} forms each, in {} and {}",
        count(found.secrets, "secret"),
        found.forms,
        count(found.files, "file"),
        count(found.texts, "text")
    );
    let right = found.found.is_empty();
    let words = if right { format!("none of {looked}") } else { format!("looked for {looked}") };
    let mut drawn = line(right, "leaks", &words, columns);
    for leak in &found.found {
        drawn.push_str(&format!("    {}: {}\n", text::tame(&leak.place), leak.form));
    }
    drawn
}

/// Returns it for programs.
pub(crate) fn json(report: &Report) -> Json {
    let failed = |failed: &Failed| json!({ "point": failed.point, "at": failed.words, "faults": failed.faults });
    let crashes = report.crashes.as_ref().map(|all| {
        json!({
            "points": all.asked,
            "reached": all.reached,
            "resumed": all.resumed,
            "begun_anew": all.begun_anew,
            "failed": all.failed.iter().map(failed).collect::<Vec<_>>(),
        })
    });
    let leaks = report.leaks.as_ref().map(|leaks| {
        let found = leaks.found.iter().map(|leak| json!({ "in": leak.place, "form": leak.form }));
        json!({
            "secrets": leaks.secrets,
            "forms": leaks.forms,
            "files": leaks.files,
            "texts": leaks.texts,
            "found": found.collect::<Vec<_>>(),
        })
    });
    json!({
        "workflow": report.first.outcome.workflow,
        "right": report.is_right(),
        "run": outcome(&report.first.outcome),
        "faults": report.first.faults,
        "points": report.first.points,
        "crashes": crashes,
        "leaks": leaks,
    })
}
