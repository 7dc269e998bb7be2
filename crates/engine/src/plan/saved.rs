//! A plan on paper: what was reviewed, so that exactly this is run or nothing.
//!
//! A disk format: fields are only ever added.

mod differences;
#[cfg(test)]
mod tests;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use crate::check::Node;
use crate::effect::Access;
use crate::event::DebtState;
use crate::plan::Plan;
use crate::plan::preview::{EffectPreview, Preview, Reads, StepPreview};
use crate::spec::Role;
use crate::value::{Map, Piece, Value, pieces, shown};

pub use self::differences::{Difference, differences};

/// The version of this format.
const FORMAT: u32 = 1;

/// A saved plan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SavedPlan {
    /// The version of this format.
    pub format: u32,
    /// The engine's version.
    pub engine: String,
    /// The workflow's name.
    pub workflow: String,
    /// Its whole text.
    pub text: String,
    /// SHA-256 of the text, in hex.
    pub digest: String,
    /// The digests of its plugins, by name.
    #[serde(default)]
    pub plugins: IndexMap<String, String>,
    /// The texts of the workflow files that its steps run, by path.
    #[serde(default)]
    pub files: IndexMap<String, String>,
    /// The inputs; secret ones by where they come from.
    pub inputs: Map,
    /// Whether reading steps were asked.
    pub refreshed: bool,
    /// Whether not even files were read: the world was not made yet.
    #[serde(default)]
    pub unread: bool,
    /// The id that is in use, where it is known.
    pub old: Option<String>,
    /// What is owed and not paid, by id.
    pub debts: Vec<String>,
    /// The steps in running order.
    pub steps: Vec<SavedStep>,
}

/// A step of a saved plan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SavedStep {
    /// Its id.
    pub id: String,
    /// Its kind.
    pub uses: String,
    /// Of a reading step, what it gave, less what differs from one look to the next.
    pub gave: Map,
    /// What it writes.
    pub writes: Vec<SavedEffect>,
}

/// A write of a saved plan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SavedEffect {
    /// `http`, `exec`, `write_file`, ..
    pub kind: String,
    /// One line, for people.
    pub summary: String,
    /// The canonical form, with holes for what only a run knows.
    pub detail: Value,
}

/// A plan that cannot be saved: it would leave open what is touched.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{step}` has a {part} that only a run knows: {what}")]
pub struct Hole {
    /// The step.
    pub step: String,
    /// `host`, `program`, `path` or `place`.
    pub part: &'static str,
    /// The text with the hole.
    pub what: String,
}

impl SavedPlan {
    /// Returns how the plan was made, and has to be made again before it is run.
    pub fn reads(&self) -> Reads {
        match (self.unread, self.refreshed) {
            (true, _) => Reads::Nothing,
            (false, true) => Reads::Refresh,
            (false, false) => Reads::Offline,
        }
    }
}

/// Saves a plan as it was previewed. A hole may stand in what is written, never in what is
/// touched: a host, a program, a path, a place.
pub fn save(plan: &Plan, preview: &Preview, reads: Reads) -> Result<SavedPlan, Vec<Hole>> {
    let holes: Vec<Hole> = preview.steps.iter().flat_map(|step| holes(plan, step)).collect();
    if !holes.is_empty() {
        return Err(holes);
    }
    Ok(on_paper(plan, preview, reads))
}

fn on_paper(plan: &Plan, preview: &Preview, reads: Reads) -> SavedPlan {
    let open = preview.debts.iter().filter(|debt| match debt.state {
        DebtState::Held | DebtState::Owed | DebtState::Paying => true,
        DebtState::Paid | DebtState::Cancelled | DebtState::Forgiven => false,
    });
    SavedPlan {
        format: FORMAT,
        engine: env!("CARGO_PKG_VERSION").to_owned(),
        workflow: preview.workflow.clone(),
        text: plan.checked().workflow().source.text.clone(),
        digest: preview.digest.clone(),
        plugins: plan.checked().plugins().clone(),
        files: plan.checked().files().clone(),
        inputs: plan.inputs().clone(),
        refreshed: reads == Reads::Refresh,
        unread: reads == Reads::Nothing,
        old: preview.old.as_ref().map(|old| old.id.clone()),
        debts: open.map(|debt| debt.id.clone()).collect(),
        steps: preview.steps.iter().map(|step| saved_step(plan, step)).collect(),
    }
}

fn saved_step(plan: &Plan, step: &StepPreview) -> SavedStep {
    let volatile = |name: &String| {
        node(plan, &step.id).is_some_and(|node| node.step.spec().volatile.contains(name))
    };
    let gave = step.outputs.iter().filter(|(name, _)| step.role == Role::Read && !volatile(name));
    SavedStep {
        id: step.id.clone(),
        uses: step.uses.clone(),
        gave: gave.map(|(name, value)| (name.clone(), value.clone())).collect(),
        writes: writes(step).map(saved_effect).collect(),
    }
}

fn saved_effect(effect: &EffectPreview) -> SavedEffect {
    SavedEffect {
        kind: effect.kind.to_owned(),
        summary: effect.summary.clone(),
        detail: effect.detail.clone(),
    }
}

fn writes(step: &StepPreview) -> impl Iterator<Item = &EffectPreview> {
    step.effects.iter().filter(|effect| effect.access == Access::Write)
}

fn node<'a>(plan: &'a Plan, id: &str) -> Option<&'a Node> {
    let checked = plan.checked();
    match id.strip_prefix("finally.") {
        Some(id) => checked.finally().iter().find(|node| node.decl.id.value == id),
        None => checked.index(id).map(|at| &checked.nodes()[at]),
    }
}

fn holes(plan: &Plan, step: &StepPreview) -> Vec<Hole> {
    let of = |effect| touched(plan, &step.id, effect);
    let open = writes(step).flat_map(of).filter(|(_, text)| !is_plain(text));
    open.map(|(part, text)| Hole { step: step.id.clone(), part, what: shown(&text) }).collect()
}

/// Returns what a write touches: each part with its text.
fn touched(plan: &Plan, id: &str, effect: &EffectPreview) -> Vec<(&'static str, String)> {
    let text = |value: &Value| value.as_text().unwrap_or_default().to_owned();
    match effect.kind {
        "http" => vec![("host", host_of(&text(effect.detail.get("url"))))],
        "exec" => vec![("program", text(&effect.detail.get("argv").items()[0]))],
        "write_file" | "restore_file" | "remove_file" => {
            vec![("path", text(effect.detail.get("path")))]
        }
        _ => touched_by_spec(plan, id, effect),
    }
}

fn touched_by_spec(plan: &Plan, id: &str, effect: &EffectPreview) -> Vec<(&'static str, String)> {
    let Some(node) = node(plan, id) else { return Vec::new() };
    let spec = node.step.spec();
    let place = spec.stores_at.as_ref().or(spec.publishes_to.as_ref());
    let params = effect.detail.get("params");
    let args = place.map_or(&[][..], |place| &place.args);
    let of = |arg: &String| match params.get(arg) {
        Value::Unknown(of) => of.to_mark(),
        other => other.as_text().unwrap_or_default().to_owned(),
    };
    args.iter().map(|arg| ("place", of(arg))).collect()
}

/// Returns scheme and host of an address, up to the first slash after them.
fn host_of(url: &str) -> String {
    let after = url.find("://").map_or(0, |at| at + "://".len());
    let end = url[after..].find(['/', '?', '#']).map_or(url.len(), |at| after + at);
    url[..end].to_owned()
}

fn is_plain(text: &str) -> bool {
    pieces(text).iter().all(|piece| matches!(piece, Piece::Plain(_)))
}
