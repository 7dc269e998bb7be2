//! A saved plan: what was reviewed, so that a run does exactly that or nothing.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use cutover_engine::disk::to_disk;
use cutover_engine::effect::Access;
use cutover_engine::event::{Debt, Identity};
use cutover_engine::plan::Plan;
use cutover_engine::plan::preview::{EffectPreview, Preview, StepPreview};
use cutover_engine::spec::Role;
use cutover_engine::value::{Map, Value};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::exit::Problem;
use crate::render::value::{inline, short_id};

/// The version of the format. It only grows.
const FORMAT: u32 = 1;
/// Where an effect goes: never a hole in a saved plan.
const TARGETS: [&str; 2] = ["url", "path"];

/// What is in the file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Saved {
    /// The version of the format.
    pub(crate) format: u32,
    /// The engine's version.
    pub(crate) engine: String,
    /// The workflow's name.
    pub(crate) workflow: String,
    /// The file that it was read from.
    pub(crate) file: String,
    /// The workflow's text.
    pub(crate) text: String,
    /// SHA-256 of the text, in hex.
    pub(crate) digest: String,
    /// The inputs; secret ones by where they come from.
    pub(crate) inputs: Map,
    /// Whether reading steps were asked.
    pub(crate) refreshed: bool,
    /// What was in use.
    pub(crate) old: Option<Identity>,
    /// What was owed.
    pub(crate) debts: Vec<Debt>,
    /// What each step does.
    pub(crate) steps: Vec<SavedStep>,
}

/// One step of a saved plan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct SavedStep {
    /// Its id.
    pub(crate) id: String,
    /// Its kind.
    pub(crate) uses: String,
    /// What it gave, where it only reads: less what differs from one look to the next.
    pub(crate) read: Json,
    /// Its writes in canonical form.
    pub(crate) writes: Vec<Json>,
}

impl Saved {
    /// Makes it of a plan and its preview.
    pub(crate) fn of(plan: &Plan, preview: &Preview, refreshed: bool) -> Self {
        let source = &plan.checked().workflow().source;
        Self {
            format: FORMAT,
            engine: env!("CARGO_PKG_VERSION").to_owned(),
            workflow: preview.workflow.clone(),
            file: source.name.clone(),
            text: source.text.clone(),
            digest: preview.digest.clone(),
            inputs: plan.inputs().clone(),
            refreshed,
            old: preview.old.clone(),
            debts: preview.debts.clone(),
            steps: preview.steps.iter().map(|step| saved_step(plan, step)).collect(),
        }
    }

    /// Returns the inputs that a run is given again: all but those that come from elsewhere.
    pub(crate) fn given(&self) -> Map {
        let known = self
            .inputs
            .iter()
            .filter(|(_, value)| !value.is_secret() && !value.is_unknown() && !value.is_null());
        known.map(|(name, value)| (name.clone(), value.clone())).collect()
    }

    /// Returns everything in which another plan differs, in words.
    pub(crate) fn differences(&self, now: &Self) -> Vec<String> {
        let mut found = Vec::new();
        if self.text != now.text {
            found.push(format!("the workflow file `{}` has changed", now.file));
        }
        found.extend(differing_inputs(&self.inputs, &now.inputs));
        if self.old.as_ref().map(|old| &old.id) != now.old.as_ref().map(|old| &old.id) {
            let id = |old: &Option<Identity>| {
                old.as_ref().map_or("none".to_owned(), |old| short_id(&old.id))
            };
            found.push(format!("in use was {}, is {}", id(&self.old), id(&now.old)));
        }
        let ids = |debts: &[Debt]| debts.iter().map(|debt| debt.id.clone()).collect::<Vec<_>>();
        if ids(&self.debts) != ids(&now.debts) {
            found.push(format!("{} were owed, {} are", self.debts.len(), now.debts.len()));
        }
        found.extend(differing_steps(&self.steps, &now.steps));
        found
    }
}

/// Says why a plan cannot be saved: the host, the program or the path of a write is not known.
pub(crate) fn cannot_be_saved(preview: &Preview) -> Option<String> {
    preview.steps.iter().find_map(|step| {
        let writes = step.effects.iter().filter(|effect| effect.access == Access::Write);
        let mut unknown = writes.filter(|effect| has_unknown_target(effect));
        unknown.next().map(|effect| format!("`{}`: {}", step.id, effect.summary))
    })
}

/// Writes a plan; one that is there is replaced whole.
///
/// # Errors
/// Where the file cannot be written.
pub(crate) fn write(saved: &Saved, file: &Path) -> Result<(), Problem> {
    let text = serde_json::to_string_pretty(saved).expect("a plan is JSON by its types") + "\n";
    let fresh = file.with_extension(format!("new-{}", std::process::id()));
    let write = || -> io::Result<()> {
        let mut opened =
            OpenOptions::new().write(true).create_new(true).mode(0o600).open(&fresh)?;
        opened.write_all(text.as_bytes())?;
        opened.sync_all()?;
        fs::rename(&fresh, file)
    };
    write().map_err(|error| {
        drop(fs::remove_file(&fresh));
        Problem::edge(format!("the plan `{}` cannot be written: {error}", file.display()))
    })
}

/// Reads a plan.
///
/// # Errors
/// Where it cannot be read or is no plan of this format.
pub(crate) fn read(file: &Path) -> Result<Saved, Problem> {
    let cannot = |why: String| Problem::wrong(format!("the plan `{}`: {why}", file.display()));
    let text = fs::read_to_string(file).map_err(|error| cannot(error.to_string()))?;
    let saved: Saved = serde_json::from_str(&text)
        .map_err(|_| cannot("it is no saved plan".to_owned()).help("Make one: plan FILE --out"))?;
    if saved.format != FORMAT {
        return Err(cannot(format!("it has the format {}, not {FORMAT}", saved.format)));
    }
    Ok(saved)
}

fn saved_step(plan: &Plan, step: &StepPreview) -> SavedStep {
    let checked = plan.checked();
    let node = checked.index(&step.id).map(|at| &checked.nodes()[at]);
    let volatile = node.map(|node| node.step.spec().volatile.clone()).unwrap_or_default();
    let read: Map = step
        .outputs
        .iter()
        .filter(|(name, _)| step.role == Role::Read && !volatile.contains(name))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    let writes = step.effects.iter().filter(|effect| effect.access == Access::Write);
    SavedStep {
        id: step.id.clone(),
        uses: step.uses.clone(),
        read: to_disk(&Value::Map(read)),
        writes: writes
            .map(|effect| serde_json::json!([effect.kind, to_disk(&effect.detail)]))
            .collect(),
    }
}

fn has_unknown_target(effect: &EffectPreview) -> bool {
    let targets = TARGETS.iter().map(|name| effect.detail.get(name));
    let program = effect.detail.get("argv").items().first();
    targets.chain(program).any(Value::is_unknown)
}

fn differing_inputs(was: &Map, is: &Map) -> Vec<String> {
    let names = was.keys().chain(is.keys().filter(|name| !was.contains_key(*name)));
    let shown = |value: Option<&Value>| value.map_or("not there".to_owned(), inline);
    names
        .filter(|name| was.get(*name).map(to_disk) != is.get(*name).map(to_disk))
        .map(|name| {
            format!("input `{name}` was {}, is {}", shown(was.get(name)), shown(is.get(name)))
        })
        .collect()
}

fn differing_steps(was: &[SavedStep], is: &[SavedStep]) -> Vec<String> {
    let mut found = Vec::new();
    for before in was {
        let Some(now) = is.iter().find(|step| step.id == before.id) else {
            found.push(format!("the step `{}` is gone", before.id));
            continue;
        };
        if before.uses != now.uses {
            found.push(format!("`{}` was {}, is {}", before.id, before.uses, now.uses));
        } else if before.writes != now.writes {
            found.push(format!("`{}` would write something else", before.id));
        } else if before.read != now.read {
            found.push(format!("`{}` finds something else", before.id));
        }
    }
    let new = is.iter().filter(|step| !was.iter().any(|before| before.id == step.id));
    found.extend(new.map(|step| format!("the step `{}` is new", step.id)));
    found
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn saved() -> Saved {
        Saved {
            format: FORMAT,
            engine: "0".to_owned(),
            workflow: "rotate".to_owned(),
            file: "rotate.yaml".to_owned(),
            text: "version: 1\n".to_owned(),
            digest: "00".to_owned(),
            inputs: [("environment".to_owned(), Value::from("prod"))].into_iter().collect(),
            refreshed: false,
            old: Some(Identity { id: "8d3f".to_owned(), ..Identity::default() }),
            debts: Vec::new(),
            steps: vec![SavedStep {
                id: "publish".to_owned(),
                uses: "file.write".to_owned(),
                read: json!({}),
                writes: vec![json!(["write_file", {"path": "/a"}])],
            }],
        }
    }

    #[test]
    fn the_same_plan_does_not_differ_and_comes_back_from_the_disk() {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let file = folder.path().join("plan.json");
        write(&saved(), &file).expect("it can be written");
        write(&saved(), &file).expect("it can be written again");
        let back = read(&file).expect("it can be read");
        assert_eq!(back, saved());
        assert_eq!(saved().differences(&back), Vec::<String>::new());
        assert_eq!(fs::read_dir(folder.path()).expect("it is there").count(), 1);
    }

    #[test]
    fn everything_that_differs_is_told() {
        let mut now = saved();
        now.text.push_str("name: x\n");
        now.inputs.insert("environment".to_owned(), Value::from("staging"));
        now.old = None;
        now.steps[0].writes = vec![json!(["write_file", {"path": "/b"}])];
        let new = SavedStep { id: "more".to_owned(), ..now.steps[0].clone() };
        now.steps.push(new);
        assert_eq!(
            saved().differences(&now),
            [
                "the workflow file `rotate.yaml` has changed",
                "input `environment` was prod, is staging",
                "in use was 8d3f, is none",
                "`publish` would write something else",
                "the step `more` is new",
            ]
        );
        assert_eq!(
            now.differences(&saved()).last().map(String::as_str),
            Some("the step `more` is gone")
        );
    }

    #[test]
    fn what_is_no_plan_is_refused() {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let file = folder.path().join("plan.json");
        fs::write(&file, "{}").expect("it can be written");
        assert_eq!(read(&file).expect_err("it is no plan").exit.code(), 2);
        write(&Saved { format: 9, ..saved() }, &file).expect("it can be written");
        let problem = read(&file).expect_err("it is of another format");
        assert!(problem.message.contains("format 9"), "{problem:?}");
    }
}
