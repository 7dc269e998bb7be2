//! `cutover plugin check`: every mistake of a plugin before anything calls it.

use std::fs;
use std::path::Path;

use cutover_engine::diagnostic::Diagnostics;
use cutover_engine::source::Source;
use cutover_lua::editor;
use cutover_lua::files::MANIFEST;
use cutover_lua::inspect::{Flaw, inspect};
use cutover_lua::manifest::Needs;
use cutover_lua::plugin::Plugin;
use serde_json::json;

use crate::exit::{Exit, Problem};
use crate::plugins::read_folder;
use crate::render::diagnostics;
use crate::session::Session;
use crate::{document, text};

/// Checks the plugin in a folder, and writes what editors complete with.
///
/// # Errors
/// Where the folder cannot be read, or its files for editors not be written.
pub(crate) fn run(folder: &Path, session: &Session) -> anyhow::Result<Exit> {
    let files = read_folder(folder).map_err(Problem::wrong)?;
    let manifest = folder.join(MANIFEST).display().to_string();
    let source = Source::new(manifest, files.get(MANIFEST).unwrap_or_default());
    let (plugin, found) = match Plugin::load(files) {
        Ok(plugin) => (Some(plugin), Diagnostics::default()),
        Err(found) => (None, found),
    };
    let flaws = plugin.as_deref().map(inspect).unwrap_or_default();
    if let Some(plugin) = &plugin {
        write_editor(folder, plugin)?;
    }
    let wrong = found.has_errors() || !flaws.is_empty();
    if session.out.is_human() {
        document::show(session, &source, &found.list);
        flaws
            .iter()
            .for_each(|flaw| session.out.complain(&drawing(flaw, folder, plugin.as_deref())));
        match plugin.as_deref().filter(|_| !wrong) {
            Some(plugin) => session.out.talk(&right(plugin)),
            None => {
                let mistakes = text::count(found.list.len() + flaws.len(), "mistake");
                session.out.talk(&format!("{mistakes} in {}\n", super::shown(folder)));
            }
        }
    } else {
        let mut all = diagnostics::json(&[(&source, &found.list)]);
        if let Some(list) = all["diagnostics"].as_array_mut() {
            list.extend(flaws.iter().map(|flaw| {
                json!({
                    "code": null, "severity": "error", "line": flaw.line,
                    "column": flaw.at.map(|(column, _)| column),
                    "file": folder.join(&flaw.file).display().to_string(),
                    "message": flaw.message, "help": flaw.help,
                })
            }));
        }
        session.out.json(&all)?;
    }
    Ok(if wrong { Exit::Wrong } else { Exit::Done })
}

/// Writes what a Lua language server reads of the plugin.
///
/// # Errors
/// Where a file cannot be written.
pub(super) fn write_editor(folder: &Path, plugin: &Plugin) -> Result<(), Problem> {
    for (path, text) in editor::files(plugin) {
        let path = folder.join(path);
        let cannot = |error: std::io::Error| {
            Problem::edge(format!("`{}` cannot be written: {error}", path.display()))
        };
        if fs::read_to_string(&path).is_ok_and(|is| is == text) {
            continue;
        }
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(cannot)?;
        }
        fs::write(&path, text).map_err(cannot)?;
    }
    Ok(())
}

fn drawing(flaw: &Flaw, folder: &Path, plugin: Option<&Plugin>) -> String {
    let Flaw { file, line, at, message, help } = flaw;
    let path = folder.join(file).display().to_string();
    let mut drawn = format!("error: {message}\n");
    if *line == 0 {
        drawn.push_str(&format!("  --> {path}\n"));
    } else {
        let column = at.map(|(column, _)| format!(":{column}")).unwrap_or_default();
        drawn.push_str(&format!("  --> {path}:{line}{column}\n"));
        let text = plugin.and_then(|plugin| plugin.files.get(file)).unwrap_or_default();
        if let Some(code) = text.lines().nth(line - 1) {
            let gap = " ".repeat(line.to_string().len());
            drawn.push_str(&format!("{gap} |\n{line} | {code}\n"));
            if let Some((column, width)) = at {
                let before: String = code.chars().take(column - 1).map(blank).collect();
                drawn.push_str(&format!("{gap} | {before}{}\n", "^".repeat(*width)));
            }
            drawn.push_str(&format!("{gap} |\n"));
        }
    }
    if !help.is_empty() {
        drawn.push_str(&format!("  help: {help}\n"));
    }
    drawn + "\n"
}

/// What stands above a caret; a tab keeps its width.
fn blank(c: char) -> char {
    if c == '\t' { c } else { ' ' }
}

fn right(plugin: &Plugin) -> String {
    let manifest = &plugin.manifest;
    let names: Vec<&str> = manifest.steps.keys().map(String::as_str).collect();
    let mut said = format!(
        "{} {}: no mistake found; {}: {}\n",
        manifest.name,
        manifest.version,
        text::count(names.len(), "step"),
        names.join(", ")
    );
    for line in in_words(&manifest.needs) {
        said.push_str(&format!("  {line}\n"));
    }
    said
}

/// Says what a plugin reaches, a line each.
pub(super) fn in_words(needs: &Needs) -> Vec<String> {
    let said = [
        ("asks over HTTP", &needs.http),
        ("runs", &needs.exec),
        ("reads and writes beneath", &needs.fs),
        ("sets for its programs", &needs.env),
    ];
    let lines = said.into_iter().filter(|(_, of)| !of.is_empty());
    let lines: Vec<String> =
        lines.map(|(words, of)| format!("{words} {}", of.join(", "))).collect();
    if lines.is_empty() { vec!["reaches nothing".to_owned()] } else { lines }
}
