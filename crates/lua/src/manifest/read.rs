//! From the text of a manifest to the manifest: the top of the document.

use std::collections::HashMap;

use cutover_engine::diagnostic::{Diagnostic, Diagnostics};
use cutover_engine::parse::yaml::{Fields, Pair, Reader, Yaml, open};
use cutover_engine::source::{Source, Span, Spanned};
use cutover_engine::spec::Param;
use cutover_engine::value::Value;
use indexmap::IndexMap;

use super::{API, Manifest, Needs, StepDecl, check, keys, needs, step, types};

/// Where the keys of a step stand, for what is found once all steps are known.
pub(super) type Spans = HashMap<&'static str, Span>;

/// A step as it was read, and where its keys stand.
pub(super) struct Written {
    pub(super) span: Span,
    pub(super) decl: StepDecl,
    pub(super) at: Spans,
    /// Without a mistake of its own, so that what is missing is missing.
    pub(super) is_whole: bool,
}

/// Reads a manifest.
pub(super) fn manifest(source: &Source) -> Result<Manifest, Diagnostics> {
    let (root, mut reader) = open(source, "a manifest");
    let manifest = root.and_then(|root| document(&mut reader, &root));
    let mut found = reader.finish();
    // Of what was not read nobody knows what it lacks.
    if found.list.iter().any(|found| found.code == "Y01") {
        found.list.retain(|found| !["K02", "M06", "M08"].contains(&found.code));
    }
    match manifest {
        Some(manifest) if !found.has_errors() => Ok(manifest),
        Some(_) | None => Err(found),
    }
}

fn document(reader: &mut Reader<'_>, root: &Yaml) -> Option<Manifest> {
    let fields = reader.fields(root, &keys::PLUGIN, true)?;
    api(reader, &fields);
    let text = |reader: &mut Reader<'_>, key| {
        let words = fields.get(key).and_then(|pair| reader.words_of(pair));
        words.map(|words| words.value).unwrap_or_default()
    };
    let name = fields.get("name").and_then(|pair| reader.words_of(pair));
    if let Some(name) = &name {
        plugin_name(reader, name);
    }
    version(reader, &fields);
    let config = fields.get("config").map(|pair| config(reader, pair)).unwrap_or_default();
    let mut manifest = Manifest {
        api: API,
        name: name.map(|name| name.value).unwrap_or_default(),
        version: text(reader, "version"),
        summary: text(reader, "summary"),
        needs: fields
            .get("needs")
            .map_or_else(Needs::default, |pair| needs::needs(reader, pair, &config)),
        reads: fields.get("reads").map(|pair| needs::reads(reader, pair)).unwrap_or_default(),
        config,
        steps: IndexMap::new(),
    };
    if let Some(pair) = fields.get("steps") {
        manifest.steps = steps(reader, pair, &manifest);
    }
    Some(manifest)
}

fn api(reader: &mut Reader<'_>, fields: &Fields<'_>) {
    let Some(pair) = fields.get("api") else { return };
    let Some(scalar) = pair.value.as_scalar() else {
        reader.wrong_kind(&pair.value, "`api`", "the number 1", "`api: 1`");
        return;
    };
    if scalar.value == Value::Int(i64::from(API)) {
        return;
    }
    let message = format!("`api` is {API}, and this is `{}`", scalar.text);
    let help = match &scalar.value {
        Value::Int(newer) if *newer > i64::from(API) => {
            "this plugin needs a newer Cutover: this one knows version 1 of the contract"
        }
        _ => "it is the version of the contract, not of the plugin: `api: 1`",
    };
    reader.push(Diagnostic::error("M01", pair.value.span, message).help(help));
}

fn plugin_name(reader: &mut Reader<'_>, name: &Spanned<String>) {
    let fits = name.value.starts_with(|c: char| c.is_ascii_lowercase())
        && name.value.len() <= 64
        && name.value.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    if !fits {
        let message = format!("`{}` is no name for a plugin", name.value);
        let found = Diagnostic::error("M01", name.span, message);
        reader
            .push(found.help("lower-case letters, digits and dashes, a letter first, at most 64"));
    }
}

/// A version tells people which one they have: it is compared with nothing.
fn version(reader: &mut Reader<'_>, fields: &Fields<'_>) {
    let Some(pair) = fields.get("version") else { return };
    let Some(version) = reader.words_of(pair) else { return };
    let is_part = |c: char| c.is_ascii_alphanumeric() || ".-+".contains(c);
    if !version.value.starts_with(|c: char| c.is_ascii_digit())
        || !version.value.chars().all(is_part)
    {
        let message = format!("`{}` is no version", version.value);
        let found = Diagnostic::error("M01", version.span, message);
        reader.push(found.help("write numbers with dots: `1.2.0`"));
    }
}

fn config(reader: &mut Reader<'_>, pair: &Pair) -> Vec<Param> {
    types::params(reader, pair, "a configuration")
}

fn steps(reader: &mut Reader<'_>, pair: &Pair, manifest: &Manifest) -> IndexMap<String, StepDecl> {
    let Some(map) = reader.mapping(&pair.value, "`steps`") else { return IndexMap::new() };
    if map.pairs.is_empty() {
        let found = Diagnostic::error("M06", pair.span, "a plugin has one step at least");
        reader.push(found.help("a step has a name, a `role`, and what it `does`"));
    }
    let mut written = IndexMap::new();
    for pair in &map.pairs {
        types::named(reader, &pair.key, pair.span, "a step");
        if let Some(step) = step::step(reader, pair, manifest) {
            written.insert(pair.key.clone(), step);
        }
    }
    check::together(reader, &written);
    written.into_iter().map(|(name, written)| (name, written.decl)).collect()
}
