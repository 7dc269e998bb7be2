//! Places as a manifest writes them: `kv(path)`.

use cutover_engine::diagnostic::{Diagnostic, nearest};
use cutover_engine::parse::yaml::{Pair, Reader, listed};
use cutover_engine::source::Span;
use cutover_engine::spec::{Param, Place};

/// Kinds that mean the same to everybody: a file of this machine, a value that is handed in.
const COMMON: [&str; 2] = ["file", "value"];

/// Reads a place. A plugin's own kinds are its own: `kv` of one is not `kv` of another.
pub(super) fn place(
    reader: &mut Reader<'_>,
    pair: &Pair,
    plugin: &str,
    params: &[Param],
) -> Option<Place> {
    let written = reader.words_of(pair)?;
    let Some((kind, args)) = parts(&written.value) else {
        let message = format!("`{}` is no place", written.value);
        let help = "a kind, and the parameters that tell which one: `kv(path)`";
        reader.push(Diagnostic::error("M04", written.span, message).help(help));
        return None;
    };
    let mut right = true;
    for arg in &args {
        right &= param(reader, arg, params, written.span);
    }
    let kind = match COMMON.contains(&kind) {
        true => kind.to_owned(),
        false => format!("{plugin}_{kind}"),
    };
    right.then(|| Place::new(&kind, &args))
}

fn parts(text: &str) -> Option<(&str, Vec<&str>)> {
    let (kind, args) = text.trim().strip_suffix(')')?.split_once('(')?;
    let args: Vec<&str> = args.split(',').map(str::trim).collect();
    let word = |text: &str| {
        text.starts_with(|c: char| c.is_ascii_lowercase())
            && text
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "_.".contains(c))
    };
    let fits = word(kind) && !kind.contains('.') && args.iter().all(|arg| word(arg));
    fits.then_some((kind, args))
}

/// Says whether a step has a parameter, and reports it where it does not.
pub(super) fn param(reader: &mut Reader<'_>, name: &str, params: &[Param], span: Span) -> bool {
    if params.iter().any(|param| param.name == name) {
        return true;
    }
    let names = || params.iter().map(|param| param.name.as_str());
    let found = Diagnostic::error("M05", span, format!("`{name}` is no parameter of this step"));
    reader.push(match nearest(name, names()) {
        Some(near) => found.help(format!("did you mean `{near}`?")),
        None if params.is_empty() => found.help("it has none"),
        None => found.help(format!("its parameters are {}", listed(names()))),
    });
    false
}
