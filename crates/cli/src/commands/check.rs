//! `cutover check`: every mistake of some files, offline.

use std::path::PathBuf;

use cutover_engine::diagnostic::Diagnostic;
use cutover_engine::source::Source;

use crate::document::{self, Document};
use crate::exit::{Exit, Problem};
use crate::neighbours;
use crate::plugins::Shelf;
use crate::render::{diagnostics, failure};
use crate::session::Session;
use crate::text;

/// Checks files. One that cannot be read keeps none of the others from being checked.
///
/// # Errors
/// Where standard output cannot be written.
pub(crate) fn run(files: &[PathBuf], session: &Session) -> anyhow::Result<Exit> {
    let shelf = Shelf::new(session);
    let (mut documents, mut unread): (Vec<Document>, Vec<(&PathBuf, Problem)>) = Default::default();
    for file in files {
        match document::load(file, &shelf) {
            Ok(mut document) => {
                neighbours::compare(&mut document, file);
                documents.push(document);
            }
            Err(problem) => unread.push((file, problem)),
        }
    }
    let found: Vec<(&Source, &[Diagnostic])> =
        documents.iter().map(|one| (&*one.source, one.found.list.as_slice())).collect();
    if session.out.is_human() {
        for (source, list) in &found {
            document::show(session, source, list);
        }
        for (_, problem) in &unread {
            session.out.complain(&failure::of_problem(problem, session.out.columns()));
        }
        if !found.is_empty() {
            session.out.talk(&last_line(&found));
        }
    } else {
        let mut json = diagnostics::json(&found);
        let unread = unread.iter().map(|(file, problem)| diagnostics::unread_json(file, problem));
        if let Some(all) = json["diagnostics"].as_array_mut() {
            all.extend(unread);
        }
        session.out.json(&json)?;
    }
    let wrong = !unread.is_empty() || documents.iter().any(|one| one.found.has_errors());
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
