//! One step of a manifest: its keys, each against its role.

use cutover_engine::diagnostic::Diagnostic;
use cutover_engine::parse::yaml::{Fields, Pair, Reader, listed};
use cutover_engine::source::Span;
use cutover_engine::spec::{Mints, Param, Place, Repeat, Role, Spec};
use cutover_engine::time::Duration;

use super::read::{Spans, Written};
use super::{CONFIG, Does, Manifest, StepDecl, keys, place, types};

/// The keys that only some roles have.
const OF_ROLE: &[(&str, &[Role])] = &[
    ("stores_at", &[Role::Store]),
    ("publishes_to", &[Role::Publish]),
    ("read_back", &[Role::Store, Role::Publish]),
    ("reads_from", &[Role::Read]),
    ("volatile", &[Role::Read]),
    ("mints", &[Role::Create]),
    ("chosen", &[Role::Create]),
    ("list", &[Role::Create]),
    ("revoke", &[Role::Create]),
    ("expires", &[Role::Create]),
    ("propagation", &[Role::Create]),
    ("max_live", &[Role::Create]),
    ("revokes", &[Role::Revoke]),
];

/// Reads a step.
pub(super) fn step(reader: &mut Reader<'_>, pair: &Pair, manifest: &Manifest) -> Option<Written> {
    let fields = reader.fields(&pair.value, &keys::STEP, false)?;
    let role = role(reader, &fields);
    let does = does(reader, &fields, role);
    let params = params(reader, &fields, manifest);
    let outputs = fields.get("outputs").map(|pair| types::outputs(reader, pair));
    let mut spec = Spec {
        name: format!("{}.{}", manifest.name, pair.key),
        role: role.unwrap_or_default(),
        outputs: outputs.unwrap_or_default(),
        params,
        ..Spec::default()
    };
    if let Some(role) = role {
        keys_of_role(reader, &fields, role);
    }
    words(reader, &fields, &mut spec);
    places(reader, &fields, &mut spec, &manifest.name);
    parameters(reader, &fields, &mut spec);
    recovery(reader, &fields, &mut spec, &manifest.name);
    let supplied = spec.list.is_some() && spec.revoke.is_some();
    spec.has_read = does.read || supplied;
    spec.has_undo = does.undo || supplied;
    spec.anywhere = manifest.needs.exec.is_empty() && manifest.needs.fs.is_empty();
    spec.pure = false;
    let at: Spans =
        keys::STEP.names().filter_map(|key| Some((key, fields.get(key)?.value.span))).collect();
    let is_whole = fields.is_whole() && role.is_some();
    Some(Written { span: pair.span, decl: StepDecl { spec, does }, at, is_whole })
}

fn role(reader: &mut Reader<'_>, fields: &Fields<'_>) -> Option<Role> {
    const ROLES: [Role; 7] = [
        Role::Read,
        Role::Create,
        Role::Store,
        Role::Publish,
        Role::Revoke,
        Role::Notify,
        Role::Other,
    ];
    let at = fields.get("role").and_then(|pair| reader.choice(pair, keys::ROLES))?;
    ROLES.get(at.value).copied()
}

fn does(reader: &mut Reader<'_>, fields: &Fields<'_>, role: Option<Role>) -> Does {
    let mut does = Does::default();
    let Some(pair) = fields.get("does") else { return does };
    for one in reader.texts(pair, "`does: [read, run]`").unwrap_or_default() {
        match one.value.as_str() {
            "read" => does.read = true,
            "run" => does.run = true,
            "undo" => does.undo = true,
            other => {
                let message = format!("`{other}` is no function of a step");
                let found = Diagnostic::error("M10", one.span, message);
                reader.push(
                    found.help(format!("it is one of {}", listed(keys::DOES.iter().copied()))),
                );
            }
        }
    }
    let span = pair.value.span;
    if !does.run {
        let found = Diagnostic::error("M10", span, "every step has `run`");
        reader.push(found.help("`does: [run]` at least"));
    }
    if role == Some(Role::Read) && (does.read || does.undo) {
        let found = Diagnostic::error("M10", span, "a read step has nothing but `run`");
        reader.push(found.help("`run` of it only reads: there is nothing to find or to undo"));
    }
    does
}

/// The step's own parameters, and those of the configuration behind them.
fn params(reader: &mut Reader<'_>, fields: &Fields<'_>, manifest: &Manifest) -> Vec<Param> {
    let own = fields.get("params").map(|pair| types::params(reader, pair, "a parameter"));
    let config = manifest.config.iter().map(|param| {
        let name = format!("{CONFIG}{}", param.name);
        Param { name, ..param.clone() }.hidden()
    });
    own.unwrap_or_default().into_iter().chain(config).collect()
}

fn keys_of_role(reader: &mut Reader<'_>, fields: &Fields<'_>, role: Role) {
    for (key, roles) in OF_ROLE {
        let Some(pair) = fields.get(key).filter(|_| !roles.contains(&role)) else { continue };
        let of: Vec<&str> = roles.iter().map(|role| role.as_str()).collect();
        let message = format!("`{key}` is no key of a step of role `{}`", role.as_str());
        let found = Diagnostic::error("M07", pair.span, message);
        reader.push(found.help(format!("only a step of role {} has it", of.join(" or "))));
    }
}

fn words(reader: &mut Reader<'_>, fields: &Fields<'_>, spec: &mut Spec) {
    let mut text = |key| {
        let words = fields.get(key).and_then(|pair| reader.words_of(pair));
        words.map(|words| words.value).unwrap_or_default()
    };
    spec.summary = text("summary");
    spec.effect = text("effect");
    spec.recovery = text("recovery");
    // An example holds templates of its own, as text.
    let example = fields.get("example").and_then(|pair| pair.value.as_scalar());
    spec.example = example.map(|scalar| scalar.text.clone()).unwrap_or_default();
}

fn places(reader: &mut Reader<'_>, fields: &Fields<'_>, spec: &mut Spec, plugin: &str) {
    let mut at = |key| -> Option<Place> {
        fields.get(key).and_then(|pair| place::place(reader, pair, plugin, &spec.params))
    };
    spec.stores_at = at("stores_at");
    spec.publishes_to = at("publishes_to");
    spec.reads_from = at("reads_from");
    spec.logs_in_with = at("logs_in_with");
}

/// The keys that name one parameter of the step.
fn parameters(reader: &mut Reader<'_>, fields: &Fields<'_>, spec: &mut Spec) {
    let own: Vec<Param> = spec.written().cloned().collect();
    let mut named = |key| {
        let name = fields.get(key).and_then(|pair| reader.words_of(pair))?;
        place::param(reader, &name.value, &own, name.span).then_some(name.value)
    };
    spec.chosen = named("chosen");
    spec.revokes = named("revokes");
    spec.expires = named("expires");
    let outputs = || spec.outputs.iter().map(|output| output.name.as_str());
    let volatile = fields.get("volatile").and_then(|pair| reader.texts(pair, "`volatile: [at]`"));
    for name in volatile.iter().flatten() {
        if !outputs().any(|output| output == name.value) {
            let message = format!("`{}` is no output of this step", name.value);
            reader.push(Diagnostic::error("M05", name.span, message));
        }
    }
    spec.volatile = volatile.into_iter().flatten().map(|name| name.value).collect();
}

/// What recovery goes by: what the provider lets us do, other steps, times.
fn recovery(reader: &mut Reader<'_>, fields: &Fields<'_>, spec: &mut Spec, plugin: &str) {
    if let Some(at) = fields.get("mints").and_then(|pair| reader.choice(pair, keys::MINTS)) {
        let (mints, in_place) = match keys::MINTS[at.value] {
            "marker" => (Some(Mints::Marker), false),
            "diff" => (Some(Mints::Diff), false),
            "chosen" => (Some(Mints::Chosen), false),
            "blind" => (Some(Mints::Blind), false),
            "chosen+in_place" => (Some(Mints::Chosen), true),
            "marker+in_place" => (Some(Mints::Marker), true),
            _ => (None, true),
        };
        (spec.mints, spec.in_place) = (mints, in_place);
    }
    let mut step = |key| {
        let name = fields.get(key).and_then(|pair| reader.words_of(pair))?;
        (name.value != "none").then(|| format!("{plugin}.{}", name.value))
    };
    spec.read_back = step("read_back");
    spec.list = step("list");
    spec.revoke = step("revoke");
    let mut time =
        |key| fields.get(key).and_then(|pair| reader.duration(pair)).map(|time| time.value);
    spec.settle = time("settle").unwrap_or_default();
    spec.propagation = time("propagation").unwrap_or(Duration::default());
    spec.max_live = fields.get("max_live").and_then(|pair| reader.count(pair)).map(|n| n.value);
    let repeat = fields.get("repeat").and_then(|pair| reader.choice(pair, keys::REPEAT));
    if repeat.is_some_and(|at| keys::REPEAT[at.value] == "safe") {
        spec.repeat = Repeat::Safe;
    }
}

/// Returns where a key stands, else where the step's name does.
pub(super) fn span_of(written: &Written, key: &'static str) -> Span {
    written.at.get(key).copied().unwrap_or(written.span)
}
