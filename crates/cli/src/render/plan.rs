//! A plan as a person reads it before it runs.

use std::collections::HashMap;

use cutover_engine::effect::Access;
use cutover_engine::event::{Debt, DebtState, Identity};
use cutover_engine::plan::preview::{EffectPreview, Preview, Reads, StepPreview};
use cutover_engine::spec::Role;
use serde_json::{Value as Json, json};

use super::json::{debt, identity, map};
use super::time;
use super::value::short_id;
use crate::style::Paint;
use crate::text::{self, pad};

/// The narrowest column of words.
const NARROWEST: usize = 24;
/// How far words are moved in where they stand below their step.
const BELOW: usize = 6;
/// What stands between words and a note beside them.
const BESIDE: &str = "   ";

/// What a plan shows beside its steps.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Head {
    /// The inputs that were given, as words: `environment=prod`.
    pub(crate) inputs: Vec<String>,
    /// What the author calls the steps, by id.
    pub(crate) names: HashMap<String, String>,
    /// The credential.
    pub(crate) credential: Option<String>,
    /// What was read.
    pub(crate) reads: Reads,
    /// The command that runs exactly this; none where it was not saved.
    pub(crate) exactly: Option<String>,
    /// Whether everything is shown: effects as they are, all notes.
    pub(crate) whole: bool,
    /// The steps that are owed rather than done: they are removed later.
    pub(crate) later: Vec<String>,
}

/// Returns the whole picture.
pub(crate) fn drawing(preview: &Preview, head: &Head, columns: usize) -> String {
    let mut drawn = title(preview, head, columns);
    drawn.push_str(&wrapped(&credential(preview, head), columns));
    drawn.push('\n');
    let ids = preview.steps.iter().map(|step| text::width(&step.id)).max().unwrap_or(0);
    let uses = preview.steps.iter().map(|step| text::width(&step.uses)).max().unwrap_or(0);
    for step in &preview.steps {
        let name = head.names.get(&step.id).map(String::as_str);
        let said = if head.whole { whole(step, name) } else { calm(step, name) };
        drawn.push_str(&row(step, &said, (ids, uses), columns));
    }
    drawn.push('\n');
    drawn.push_str(&wrapped(&footer(preview, head), columns));
    if let Some(command) = &head.exactly {
        drawn.push_str(&format!("Run exactly this: {}\n", Paint::Strong.on(command)));
    }
    drawn
}

fn wrapped(lines: &[(String, Paint)], columns: usize) -> String {
    let broken = lines.iter().flat_map(|(line, paint)| {
        text::wrap(line, columns).into_iter().map(|line| paint.on(&line) + "\n")
    });
    broken.collect()
}

/// Returns the shape of `--output json`.
pub(crate) fn json(preview: &Preview, head: &Head) -> Json {
    json!({
        "workflow": preview.workflow,
        "digest": preview.digest,
        "complete": preview.complete,
        "credential": head.credential,
        "old": identity(preview.old.as_ref()),
        "state_read": preview.state_read,
        "debts": preview.debts.iter().map(debt).collect::<Vec<_>>(),
        "steps": preview.steps.iter().map(step_json).collect::<Vec<_>>(),
    })
}

fn step_json(step: &StepPreview) -> Json {
    let effects = step.effects.iter().map(|effect| {
        json!({
            "kind": effect.kind,
            "access": access(effect.access),
            "summary": effect.summary,
            "detail": cutover_engine::disk::to_json(&effect.detail),
        })
    });
    json!({
        "id": step.id,
        "uses": step.uses,
        "role": step.role.as_str(),
        "effects": effects.collect::<Vec<_>>(),
        "outputs": map(&step.outputs),
        "note": step.note,
    })
}

fn access(access: Access) -> &'static str {
    match access {
        Access::Pure => "pure",
        Access::Read => "read",
        Access::Write => "write",
    }
}

fn title(preview: &Preview, head: &Head, columns: usize) -> String {
    let asked = match (head.reads, preview.complete) {
        (Reads::Nothing, _) => "the sandbox is not made yet: the first run makes it",
        (Reads::Offline, _) => "offline: nothing was contacted",
        (Reads::Refresh, true) => "refreshed: everything that can be asked was asked",
        (Reads::Refresh, false) => "refreshed: something could not be asked",
    };
    let left =
        [std::slice::from_ref(&preview.workflow), head.inputs.as_slice()].concat().join("   ");
    let gap = columns.saturating_sub(text::width(&left) + text::width(asked));
    let name = Paint::Strong.on(&preview.workflow);
    let rest = &left[preview.workflow.len()..];
    if gap < 2 {
        return format!("{name}{rest}\n{}\n", Paint::Dim.on(asked));
    }
    format!("{name}{rest}{}{}\n", " ".repeat(gap), Paint::Dim.on(asked))
}

fn credential(preview: &Preview, head: &Head) -> Vec<(String, Paint)> {
    let Some(name) = &head.credential else { return Vec::new() };
    let old = match (&preview.old, preview.state_read) {
        (Some(old), _) => format!("in use {}", known(old)),
        (None, true) => "the state knows none in use".to_owned(),
        (None, false) => "what is in use is not known, there is no state to read".to_owned(),
    };
    let mut lines = vec![(format!("credential {name}: {old}"), Paint::Plain)];
    for debt in preview.debts.iter().filter(|debt| is_open(debt)) {
        let due = debt.due.map_or("held".to_owned(), |due| format!("due {}", time::minute(due)));
        lines.push((format!("owed: revoke {}, {due}", short_id(&debt.target)), Paint::Warn));
    }
    lines
}

fn is_open(debt: &Debt) -> bool {
    match debt.state {
        DebtState::Held | DebtState::Owed | DebtState::Paying => true,
        DebtState::Paid | DebtState::Cancelled | DebtState::Forgiven => false,
    }
}

/// Returns `8d3f… (M.V1.+5Jk, expires 2026-12-01)`.
pub(crate) fn known(identity: &Identity) -> String {
    let prefix = identity.prefix.clone();
    let expires = identity.expires_at.map(|at| format!("expires {}", time::day(at)));
    let more: Vec<String> = prefix.into_iter().chain(expires).collect();
    let id = short_id(&identity.id);
    if more.is_empty() { id } else { format!("{id} ({})", more.join(", ")) }
}

fn row(
    step: &StepPreview,
    said: &(Vec<String>, String),
    (ids, uses): (usize, usize),
    columns: usize,
) -> String {
    let sign = sign_paint(step.role).on(&step.role.sign().to_string());
    let start = 2 + 2 + ids + 2 + uses + 2;
    let head = format!("  {sign} {}  {}", pad(&step.id, ids), pad(&step.uses, uses));
    if columns < start + NARROWEST {
        let below: String = words(said, columns.saturating_sub(BELOW))
            .into_iter()
            .map(|line| format!("{}{line}\n", " ".repeat(BELOW)))
            .collect();
        return format!("{}\n{below}", head.trim_end());
    }
    let mut lines = words(said, columns - start).into_iter();
    let Some(first) = lines.next() else { return format!("{}\n", head.trim_end()) };
    let rest: String = lines.map(|line| format!("{}{line}\n", " ".repeat(start))).collect();
    format!("{head}  {first}\n{rest}")
}

/// Returns what a step does and the note beside it: its own words, or else what it writes in files;
/// where it writes nothing, what the author calls it or the last thing that it reads.
fn calm(step: &StepPreview, name: Option<&str>) -> (Vec<String>, String) {
    let is_said = |kind: &str| matches!(kind, "exec" | "http" | "step");
    let mut writes = writes(step).filter(|effect| !is_said(effect.kind)).peekable();
    let says = !step.words.is_empty() && writes.peek().is_none();
    let mut said: Vec<String> = if says { step.words.clone() } else { lines_of(step) };
    if said.is_empty() {
        said.extend(looks(step, name));
    }
    let brief = text::brief_ids(&text::tame(&step.brief));
    (said.iter().map(|line| text::brief_ids(line)).collect(), brief)
}

/// Returns the same with nothing left out: the effects as they are, all notes.
fn whole(step: &StepPreview, name: Option<&str>) -> (Vec<String>, String) {
    let mut said = lines_of(step);
    if said.is_empty() {
        said.extend(looks(step, name));
    }
    (said, text::tame(&step.note))
}

fn writes(step: &StepPreview) -> impl Iterator<Item = &EffectPreview> {
    step.effects.iter().filter(|effect| effect.access == Access::Write)
}

fn lines_of(step: &StepPreview) -> Vec<String> {
    writes(step).map(|effect| text::tame(&effect.summary)).collect()
}

fn looks(step: &StepPreview, name: Option<&str>) -> Option<String> {
    let read = step.effects.iter().rfind(|effect| effect.access == Access::Read);
    name.or(read.map(|effect| effect.summary.as_str())).map(text::tame)
}

fn words((words, note): &(Vec<String>, String), columns: usize) -> Vec<String> {
    let mut lines: Vec<String> =
        words.iter().flat_map(|words| text::wrap(words, columns)).collect();
    if note.is_empty() {
        return lines;
    }
    let note = format!("({note})");
    let beside = lines.last().map_or(0, |last| text::width(last) + BESIDE.len());
    if let Some(last) = lines.last_mut().filter(|_| beside + text::width(&note) <= columns) {
        last.push_str(&format!("{BESIDE}{}", Paint::Dim.on(&note)));
        return lines;
    }
    lines.extend(text::wrap(&note, columns).iter().map(|line| Paint::Dim.on(line)));
    lines
}

fn sign_paint(role: Role) -> Paint {
    match role {
        Role::Create => Paint::Good,
        Role::Store | Role::Publish => Paint::Warn,
        Role::Revoke => Paint::Bad,
        Role::Promote => Paint::Strong,
        Role::Read => Paint::Look,
        Role::Notify | Role::Other => Paint::Dim,
    }
}

fn footer(preview: &Preview, head: &Head) -> Vec<(String, Paint)> {
    let count = |roles: &[Role]| preview.steps.iter().filter(|s| roles.contains(&s.role)).count();
    let removes = preview.steps.iter().filter(|step| step.role == Role::Revoke);
    let (later, now): (Vec<_>, Vec<_>) = removes.partition(|step| head.later.contains(&step.id));
    let runs = |step: &&StepPreview| step.effects.iter().any(|effect| effect.kind == "workflow");
    let whole = preview.steps.iter().filter(runs).count();
    let counts: Vec<String> = [
        (count(&[Role::Create]), "makes"),
        (count(&[Role::Store, Role::Publish]), "changes"),
        (now.len(), "removes"),
        (later.len(), "removes later"),
        (whole, if whole == 1 { "runs another workflow" } else { "run other workflows" }),
    ]
    .iter()
    .filter(|(number, _)| *number > 0)
    .map(|(number, word)| format!("{number} {word}"))
    .collect();
    let counts = if counts.is_empty() { "only looks".to_owned() } else { counts.join(", ") };
    let steps = text::count(preview.steps.len(), "step");
    vec![(format!("{steps}: {counts}. Rules L01-L16 hold."), Paint::Plain)]
}

#[cfg(test)]
mod tests;
