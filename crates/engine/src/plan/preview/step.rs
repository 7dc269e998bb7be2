//! The preview of one step: its own code runs until its first write.

use crate::check::{Checked, Node};
use crate::ctx::{Ctx, Mode};
use crate::effect::Access;
use crate::execute::{render, sha256};
use crate::host::Host;
use crate::plan::preview::host::{Halt, PreviewHost, Seen};
use crate::plan::preview::known::{Known, unknown};
use crate::plan::preview::places::{self, Spot};
use crate::plan::preview::reading::{keeps_from_beginning, oversteps, scope};
use crate::plan::preview::words;
use crate::plan::preview::{EffectPreview, Reads, StepPreview};
use crate::run::retry;
use crate::run::view::place_line;
use crate::spec::Role;
use crate::step::{Fate, Park, StepError};
use crate::template::Expr;
use crate::time::{Duration, Timestamp};
use crate::types::Type;
use crate::value::{Map, Value, shown};
use crate::workflow::ForEach;

/// The most items that are shown one by one.
const MAX_ITEMS: usize = 1000;

/// A step with whether everything about it was asked.
pub(super) struct Shown {
    pub(super) step: StepPreview,
    pub(super) complete: bool,
}

/// What a step gives in a preview: one time, or once for each item.
struct Look {
    effects: Vec<EffectPreview>,
    outputs: Map,
    notes: Vec<String>,
    words: Vec<String>,
    written: Vec<Spot>,
    halt: Option<Halt>,
    complete: bool,
}

/// Whether a condition holds, as far as can be known.
enum Holds {
    Yes,
    No,
    Perhaps,
}

/// Previews a step and remembers what it gives.
pub(super) async fn preview(
    node: &Node,
    path: &str,
    known: &mut Known<'_>,
    host: &dyn Host,
    reads: Reads,
) -> Shown {
    let (look, value) = match &node.decl.for_each {
        None => {
            let look = look(node, path, known, host, reads).await;
            let value = Value::Map(look.outputs.clone());
            (look, value)
        }
        Some(items) => for_each(node, path, items, known, host, reads).await,
    };
    known.steps.insert(node.decl.id.value.clone(), value);
    if let Some(at) = known.plan.checked().index(node.id()) {
        known.written.extend(look.written.into_iter().map(|spot| (at, spot)));
    }
    let mut notes = look.notes;
    notes.extend(words_of(node, path));
    let step = StepPreview {
        id: path.to_owned(),
        uses: node.decl.uses.value.clone(),
        role: node.role,
        effects: look.effects,
        outputs: look.outputs,
        words: look.words,
        brief: words::brief(node, &notes),
        note: notes.join("; "),
    };
    Shown { step, complete: look.complete }
}

async fn for_each(
    node: &Node,
    path: &str,
    items: &ForEach,
    known: &mut Known<'_>,
    host: &dyn Host,
    reads: Reads,
) -> (Look, Value) {
    let list = match items {
        ForEach::List(list) => render::tree(list, known, host.secrets()),
        ForEach::Expr(list) => list.eval(known, host.secrets()),
    };
    let mut whole = Look::empty();
    let items = match list {
        Ok(Value::List(items)) => items,
        Ok(Value::Null) => Vec::new(),
        Ok(_) | Err(_) => {
            whole.notes.push("for each item that a run finds".to_owned());
            known.item = Some((unknown("item", Type::Any), unknown("index", Type::Integer)));
            let look = look(node, path, known, host, reads).await;
            known.item = None;
            whole.add(look);
            return (whole, unknown(&format!("steps.{path}"), Type::list(Type::Any)));
        }
    };
    whole.notes.push(format!("{} items", items.len()));
    if items.len() > MAX_ITEMS {
        whole.notes.push(format!("the first {MAX_ITEMS} are shown"));
        whole.complete = false;
    }
    let mut values = Vec::new();
    for (item, index) in items.into_iter().take(MAX_ITEMS).zip(0_i64..) {
        known.item = Some((item, index.into()));
        let look = look(node, &format!("{path}[{index}]"), known, host, reads).await;
        values.push(Value::Map(look.outputs.clone()));
        whole.add(look);
    }
    known.item = None;
    (whole, Value::List(values))
}

async fn look(node: &Node, path: &str, known: &Known<'_>, host: &dyn Host, reads: Reads) -> Look {
    let mut notes = Vec::new();
    match node.decl.when.as_ref().map(|when| holds(when, known, host)) {
        None | Some(Holds::Yes) => {}
        Some(Holds::No) => {
            let outputs = node.step.spec().outputs_with(&node.literals);
            let outputs = outputs.map(|output| (output.name.clone(), Value::Null)).collect();
            let notes = vec!["skipped: its `when` is false".to_owned()];
            return Look { outputs, notes, ..Look::empty() };
        }
        Some(Holds::Perhaps) => notes.push(format!("only if {}", condition(node, known))),
    }
    let params = match render::params(node, known, host.secrets()) {
        Ok(params) => params,
        Err(fault) => {
            notes.push(format!("cannot be computed: {}", fault.message));
            let outputs = unknowns(node, path);
            return Look { outputs, notes, complete: false, ..Look::empty() };
        }
    };
    let mut look = if node.role == Role::Promote {
        Look::empty()
    } else {
        let writer = places::writer(known, node, path, &params, host);
        act(node, path, &params, host, (reads, writer)).await
    };
    look.written.extend(places::written(node, &params, host));
    notes.append(&mut look.notes);
    look.notes = notes;
    look.words.extend(Some(words::of(node, &params)).filter(|words| !words.is_empty()));
    look
}

/// Runs the step's own code until its first write, or a read that is not asked for: `writer` is the
/// step that writes what it would read.
async fn act(
    node: &Node,
    path: &str,
    params: &Map,
    host: &dyn Host,
    (reads, writer): (Reads, Option<&str>),
) -> Look {
    if let Some(child) = node.step.child() {
        let effects = vec![whole(child, params)];
        return Look { effects, outputs: unknowns(node, path), ..Look::empty() };
    }
    let door = PreviewHost::new(host, reads, writer.is_some());
    let scope = scope(node, path, host, Mode::Run);
    let result = match keeps_from_beginning(host, reads, node, params, &scope).await {
        Some(error) => Err(error),
        None => node.step.run(params, &Ctx::new(&door, scope)).await,
    };
    let mut look = judge(node, path, params, result, (door.into_seen(), host.now()));
    if let Some(wrong) = oversteps(node, path, params, host, (reads, writer.is_some())).await {
        look.complete = false;
        look.notes.push(wrong);
    }
    if let (Some(writer), Some(Halt::Early)) = (writer, look.halt) {
        look.notes.push(format!("not asked: `{writer}` writes it first"));
    }
    look
}

fn judge(
    node: &Node,
    path: &str,
    params: &Map,
    result: Result<Map, StepError>,
    (seen, now): (Seen, Timestamp),
) -> Look {
    let mut look = Look { effects: seen.effects, halt: seen.halt, ..Look::empty() };
    match (result, seen.halt) {
        (Ok(outputs), None) => {
            look.outputs = outputs;
            return look;
        }
        (_, Some(Halt::Write | Halt::Random)) => {}
        (_, Some(halt @ (Halt::Nowhere | Halt::Offline | Halt::Unknown | Halt::Early))) => {
            // What is not there yet cannot be asked for: nothing was left out.
            look.complete = halt == Halt::Early;
            match halt {
                Halt::Nowhere => look.notes.push("not asked".to_owned()),
                Halt::Offline => look.notes.push("not asked: --refresh".to_owned()),
                Halt::Unknown | Halt::Early | Halt::Write | Halt::Random => {}
            }
            if node.role != Role::Read && !node.step.spec().pure {
                look.effects.push(from_spec(node, params));
            }
        }
        // Its code came to where only a run knows more.
        (Err(error), None) if error.fate == Fate::Previewed => {
            look.complete = false;
            look.notes.push(error.message);
            if node.role != Role::Read && !node.step.spec().pure {
                look.effects.push(from_spec(node, params));
            }
        }
        (Err(StepError { park: Some(park), .. }), None) => {
            look.notes.extend(waits(&park, now));
        }
        (Err(error), None) => {
            look.complete = false;
            look.notes.push(format!("as things are it fails: {}", error.message));
        }
    }
    look.outputs = unknowns(node, path);
    look
}

/// What a step waits for, for people.
fn waits(park: &Park, now: Timestamp) -> Option<String> {
    let ask = park.ask.as_ref().map(|ask| format!("waits for a person: {}", shown(ask)));
    let seconds = |until: Timestamp| Duration::seconds(until.since(now).0.div_ceil(1000));
    ask.or_else(|| park.until.map(|until| format!("waits {}", seconds(until))))
}

/// What a step would write, by its own description, where its code did not get that far.
fn from_spec(node: &Node, params: &Map) -> EffectPreview {
    let spec = node.step.spec();
    let place = spec.stores_at.as_ref().or(spec.publishes_to.as_ref());
    let place = place.map(|place| place_line(place, params));
    let written = params
        .iter()
        .filter(|(name, value)| node.decl.with.contains_key(*name) && !value.is_null());
    let words: Vec<String> =
        written.clone().map(|(name, value)| format!("{name}={}", one_word(value))).collect();
    let target = spec.revokes.as_ref().and_then(|name| params.get(name));
    let summary = match (target, &place) {
        (Some(target), _) => one_word(target),
        (None, Some(place)) => {
            let secrets = written.filter(|(_, value)| value.is_secret());
            let secrets: Vec<String> = secrets.map(|(_, value)| one_word(value)).collect();
            format!("{place}  ‹old› -> {}", secrets.join(", "))
        }
        (None, None) => words.join(" "),
    };
    let detail = Value::map([
        ("uses", spec.name.as_str().into()),
        ("role", node.role.as_str().into()),
        ("place", place.into()),
        ("params", Value::Map(params.clone())),
    ]);
    EffectPreview { kind: "step", access: Access::Write, summary, detail }
}

/// What a step would do that runs a whole workflow: how many of its steps do what.
fn whole(child: &Checked, params: &Map) -> EffectPreview {
    let name = &child.workflow().name.value;
    let count = |role: Role| child.nodes().iter().filter(|node| node.role == role).count();
    let changes = count(Role::Store) + count(Role::Publish);
    let other = child.nodes().iter().filter(|node| node.role == Role::Other && node.writes());
    let parts = [
        (count(Role::Create), "makes", "make"),
        (changes, "changes", "change"),
        (count(Role::Revoke), "removes", "remove"),
        (other.count(), "does something else", "do something else"),
    ];
    let told = parts.into_iter().filter(|(count, ..)| *count > 0);
    let told: Vec<String> = told
        .map(|(count, one, many)| format!("{count} {}", if count == 1 { one } else { many }))
        .collect();
    let steps = match (child.nodes().len(), told.is_empty()) {
        (1, true) => "1 step that only looks".to_owned(),
        (steps, true) => format!("{steps} steps that only look"),
        (1, false) => format!("1 step, {}", told.join(", ")),
        (steps, false) => format!("{steps} steps, {}", told.join(", ")),
    };
    let source = &child.workflow().source;
    let detail = Value::map([
        ("workflow", name.as_str().into()),
        ("digest", sha256(&source.text).into()),
        ("files", Value::map(child.files().iter().map(|(path, text)| (path, sha256(text).into())))),
        ("inputs", params.get("inputs").cloned().unwrap_or_default()),
    ]);
    let summary = format!("runs {name}: {steps}");
    EffectPreview { kind: "workflow", access: Access::Write, summary, detail }
}

fn one_word(value: &Value) -> String {
    match value {
        Value::Text(text) => shown(text),
        Value::Unknown(of) => format!("‹{}›", of.from),
        other => crate::disk::to_json(other).to_string(),
    }
}

fn unknowns(node: &Node, path: &str) -> Map {
    let outputs = node.step.spec().outputs_with(&node.literals);
    let of = |name: &str, ty: &Type| unknown(&format!("steps.{path}.{name}"), ty.clone());
    outputs.map(|output| (output.name.clone(), of(&output.name, &output.ty))).collect()
}

fn holds(when: &Expr, known: &Known<'_>, host: &dyn Host) -> Holds {
    match when.eval(known, host.secrets()) {
        Ok(Value::Null | Value::Bool(false)) => Holds::No,
        Ok(value) if value.is_unknown() => Holds::Perhaps,
        Ok(_) => Holds::Yes,
        Err(_) => Holds::Perhaps,
    }
}

fn condition(node: &Node, known: &Known<'_>) -> String {
    let source = &known.plan.checked().workflow().source;
    let written = node.decl.when.as_ref().map(|when| source.slice(when.span));
    written.unwrap_or_default().to_owned()
}

/// What a person should know of a step beside its effects.
fn words_of(node: &Node, path: &str) -> Vec<String> {
    let mut words = Vec::new();
    if node.role == Role::Promote {
        words.push("after this only forward".to_owned());
    }
    match node.debt {
        Some(after) if after > Duration::default() => {
            words.push(format!("due {after} after promotion"));
        }
        Some(_) => words.push("due as soon as it is promoted".to_owned()),
        None => {}
    }
    let waits = !node.decl.verifies.is_empty() || node.decl.until.is_some();
    if waits && node.retry.max_attempts > 1 {
        let tries = node.retry.max_attempts;
        let whole = (1..tries).map(|attempt| retry::longest(&node.retry, attempt).0);
        let whole = Duration(whole.fold(0, u64::saturating_add));
        words.push(format!("up to {tries} times over {whole}"));
    }
    if matches!(node.role, Role::Store | Role::Publish) && node.step.spec().has_undo {
        words.push("undo: put the old one back".to_owned());
    }
    if path.starts_with("finally.") {
        words.push("at the end, whatever happened".to_owned());
    }
    words
}

impl Look {
    fn empty() -> Self {
        Self {
            effects: Vec::new(),
            outputs: Map::new(),
            notes: Vec::new(),
            words: Vec::new(),
            written: Vec::new(),
            halt: None,
            complete: true,
        }
    }

    /// Adds one item's look to that of its step.
    fn add(&mut self, item: Self) {
        self.effects.extend(item.effects);
        self.written.extend(item.written);
        self.complete &= item.complete;
        self.words.extend(item.words);
        for note in item.notes {
            if !self.notes.contains(&note) {
                self.notes.push(note);
            }
        }
    }
}
