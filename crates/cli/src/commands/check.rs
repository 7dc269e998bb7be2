//! `cutover check`: every mistake of some files, offline.

use std::path::PathBuf;

use cutover_engine::diagnostic::Diagnostic;
use cutover_engine::source::Source;

use crate::document::{self, Document};
use crate::exit::Exit;
use crate::neighbours;
use crate::render::diagnostics;
use crate::session::Session;
use crate::text;

/// Checks files.
///
/// # Errors
/// Where a file cannot be read.
pub(crate) fn run(files: &[PathBuf], session: &Session) -> anyhow::Result<Exit> {
    let registry = cutover_steps::registry();
    let mut documents: Vec<Document> =
        files.iter().map(|file| document::load(file, &registry)).collect::<Result<_, _>>()?;
    for (document, file) in documents.iter_mut().zip(files) {
        neighbours::compare(document, file);
    }
    let found: Vec<(&Source, &[Diagnostic])> =
        documents.iter().map(|one| (&*one.source, one.found.list.as_slice())).collect();
    if session.out.is_human() {
        for (source, list) in &found {
            document::show(session, source, list);
        }
        session.out.talk(&last_line(&found));
    } else {
        session.out.json(&diagnostics::json(&found))?;
    }
    let wrong = documents.iter().any(|one| one.found.has_errors());
    Ok(if wrong { Exit::Wrong } else { Exit::Done })
}

fn last_line(found: &[(&Source, &[Diagnostic])]) -> String {
    let named: Vec<(&str, &[Diagnostic])> =
        found.iter().map(|(source, list)| (source.name.as_str(), *list)).collect();
    match diagnostics::summary(&named) {
        line if line.is_empty() => {
            format!("{}: no mistake found; rules L01-L16 hold\n", text::count(found.len(), "file"))
        }
        line => format!("{line}\n"),
    }
}
