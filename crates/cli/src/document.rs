//! A workflow file: read, parsed, checked.

use std::path::Path;
use std::sync::Arc;

use cutover_engine::check::{Checked, check};
use cutover_engine::child::{Sources, gather};
use cutover_engine::diagnostic::{Diagnostic, Diagnostics, Severity};
use cutover_engine::parse::parse;
use cutover_engine::source::Source;
use cutover_engine::step::Registry;
use cutover_engine::workflow::Workflow;

use crate::exit::Problem;
use crate::plugins::Shelf;
use crate::render::diagnostics;
use crate::session::Session;
use crate::text_file;

/// The largest file that is read: far above any workflow, far below what would hurt.
const LARGEST: u64 = 4 * 1024 * 1024;

/// A workflow file with everything that was found in it.
pub(crate) struct Document {
    /// Its text.
    pub(crate) source: Arc<Source>,
    /// What it says, where its text is good enough.
    pub(crate) workflow: Option<Arc<Workflow>>,
    /// What may run, where there is no error.
    pub(crate) checked: Option<Arc<Checked>>,
    /// Everything that was found.
    pub(crate) found: Diagnostics,
    /// The steps that it may use: those of its plugins too.
    pub(crate) registry: Registry,
}

/// Reads, parses and checks a file.
///
/// # Errors
/// Where it cannot be read.
pub(crate) fn load(file: &Path, shelf: &Shelf) -> Result<Document, Problem> {
    let text = read(file)?;
    Ok(examine(Arc::new(Source::new(file.display().to_string(), text)), shelf))
}

/// Parses and checks a text.
pub(crate) fn examine(source: Arc<Source>, shelf: &Shelf) -> Document {
    let (workflow, mut found) = parse(Arc::clone(&source));
    let workflow = workflow.map(Arc::new);
    let (mut checked, mut registry) = (None, cutover_steps::registry());
    if let Some(workflow) = &workflow {
        let read = |path: &str| text_file::read(Path::new(path), LARGEST);
        let (with_plugins, unusable) = shelf.of_file(workflow, Path::new(&source.name), &registry);
        let plugins = |workflow: &Workflow, file: &str, registry: &Registry| {
            let (registry, found) = shelf.of_file(workflow, Path::new(file), registry);
            let wrong = found.list.into_iter().find(|one| one.severity == Severity::Error);
            wrong.map_or(Ok(registry), |wrong| Err(wrong.message))
        };
        let sources = Sources { read: &read, plugins: &plugins };
        registry = gather(workflow, &source.name, &with_plugins, sources);
        let (right, more) = check(workflow, &registry);
        checked = right.map(Arc::new);
        found.extend(told_once(more, workflow, &registry));
        found.extend(unusable);
    }
    found.settle();
    let checked = checked.filter(|_| !found.has_errors());
    Document { source, workflow, checked, found, registry }
}

/// Leaves out what only follows from a plugin that cannot be used, which is told by itself.
fn told_once(found: Diagnostics, workflow: &Workflow, registry: &Registry) -> Diagnostics {
    let missing = |name: &&String| registry.plugin(name).is_none();
    let missing: Vec<String> = workflow.plugins.keys().filter(missing).cloned().collect();
    let follows = |one: &Diagnostic| {
        let begins = |name: &String| one.message.starts_with(&format!("there is no step `{name}."));
        one.code == "P01" && missing.iter().any(begins)
    };
    Diagnostics { list: found.list.into_iter().filter(|one| !follows(one)).collect() }
}

/// Reads, parses and checks a file that is going to run; its findings are shown.
///
/// # Errors
/// Where it cannot be read or is not right.
pub(crate) fn load_to_run(
    file: &Path,
    shelf: &Shelf,
    session: &Session,
) -> anyhow::Result<(Arc<Source>, Arc<Checked>)> {
    let (document, checked) = load_whole(file, shelf, session)?;
    Ok((document.source, checked))
}

/// The same, with all that was read.
///
/// # Errors
/// Where it cannot be read or is not right.
pub(crate) fn load_whole(
    file: &Path,
    shelf: &Shelf,
    session: &Session,
) -> anyhow::Result<(Document, Arc<Checked>)> {
    let document = load(file, shelf)?;
    show(session, &document.source, &document.found.list);
    match document.checked.clone() {
        Some(checked) => Ok((document, checked)),
        None => Err(not_right(&document.source.name, &document.found).into()),
    }
}

/// Shows findings to people.
pub(crate) fn show(session: &Session, source: &Source, found: &[Diagnostic]) {
    for one in found {
        let drawing = diagnostics::drawing(one, source, session.out.columns());
        session.out.complain(&format!("{drawing}\n"));
    }
}

fn not_right(name: &str, found: &Diagnostics) -> Problem {
    let summary = diagnostics::summary(&[(name, &found.list)]);
    Problem::wrong(format!("nothing ran: {summary}"))
}

/// Reads the text of a file.
///
/// # Errors
/// Where it is no text, too large, or cannot be read.
pub(crate) fn read(file: &Path) -> Result<String, Problem> {
    let name = file.display();
    let cannot = |error: &dyn std::fmt::Display| {
        Problem::wrong(format!("the workflow file `{name}` cannot be read: {error}"))
    };
    text_file::read(file, LARGEST).map_err(|error| cannot(&error))
}
