//! Canaries: the workflow runs with the second net off, once to its end and once with a crash
//! halfway, and every secret that was in it is looked for wherever it should not be.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use cutover_engine::event::Entry;
use cutover_sandbox::canary::{SHORTEST, files, forms, holds};

use super::process::{self, Ended, Watch};
use super::take::Take;
use super::{MOST_RESUMES, Script};
use crate::exit::Problem;
use crate::render::json;

/// The file, beside the world, in which its provider notes each value that it makes.
const WITNESS: &str = "witness";

/// What was looked for and where.
#[derive(Default)]
pub(crate) struct Leaks {
    /// How many secrets.
    pub(crate) secrets: usize,
    /// In how many forms each.
    pub(crate) forms: usize,
    /// In how many files.
    pub(crate) files: usize,
    /// In how many other texts: log lines, events, results.
    pub(crate) texts: usize,
    /// What was found.
    pub(crate) found: Vec<Leak>,
}

/// A secret where it should not be.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Leak {
    /// Where.
    pub(crate) place: String,
    /// In which form.
    pub(crate) form: &'static str,
}

/// Runs both and looks.
///
/// # Errors
/// Where a world cannot be made.
pub(crate) fn look(script: &Script, points: usize) -> Result<Leaks, Problem> {
    let mut all = Leaks::default();
    for crash in [None, Some(points.div_ceil(2))] {
        look_once(script, crash, &mut all)?;
    }
    all.found.sort();
    all.found.dedup();
    Ok(all)
}

fn look_once(script: &Script, crash: Option<usize>, all: &mut Leaks) -> Result<(), Problem> {
    let take = super::ready(script)?;
    let witness = take.folder().join(WITNESS);
    let faults = take.world.cloud().join("faults.toml");
    fs::write(&faults, format!("witness = {witness:?}\n")).map_err(|error| cannot(&error))?;
    let mut seen = Seen::default();
    let mut chosen = crash;
    for _ in 0..MOST_RESUMES {
        let process = process::go(script, &take, chosen.take(), Watch::Bare)?;
        seen.written.extend(process.written);
        seen.secrets.extend(process.made);
        seen.texts.push(("the log".to_owned(), process.log.into_bytes()));
        match process.ended {
            Ended::Over(outcome) => {
                let result = json::outcome(&outcome).to_string();
                seen.texts.push(("the result".to_owned(), result.into_bytes()));
                break;
            }
            Ended::Stopped(problem) => {
                let words = std::iter::once(problem.message).chain(problem.help);
                let words = words.collect::<Vec<_>>().join("\n");
                seen.texts.push(("an error".to_owned(), words.into_bytes()));
                break;
            }
            Ended::Died(_) => {}
        }
    }
    for row in take.read(|journal| journal.runs())? {
        let events: Vec<Entry> = take.history(&row.run)?;
        seen.texts.push(("the events".to_owned(), format!("{events:?}").into_bytes()));
    }
    seen.secrets.extend(values(&take, &witness));
    search(&take, &witness, &seen, all);
    Ok(())
}

/// What a run showed, and what should be in none of it.
#[derive(Default)]
struct Seen {
    secrets: BTreeSet<String>,
    texts: Vec<(String, Vec<u8>)>,
    written: BTreeSet<PathBuf>,
}

/// Returns the values that were handed in, were there before, or were made by the provider.
fn values(take: &Take, witness: &Path) -> BTreeSet<String> {
    let config = fs::read_to_string(take.world.config()).unwrap_or_default();
    let made = fs::read_to_string(witness).unwrap_or_default();
    let held = config.split('"').filter(|word| word.starts_with("M.V1.")).map(str::to_owned);
    held.chain(made.lines().map(str::to_owned)).chain(take.canaries.all()).collect()
}

fn search(take: &Take, witness: &Path, seen: &Seen, all: &mut Leaks) {
    let places =
        |path: &Path| path == witness || is_place(path, seen) || path == take.world.config();
    let files: Vec<PathBuf> =
        files(&take.folder()).into_iter().filter(|path| !places(path)).collect();
    let mut texts = seen.texts.clone();
    texts.extend(files.iter().map(|path| {
        let below = path.strip_prefix(take.folder()).unwrap_or(path);
        (below.display().to_string(), fs::read(path).unwrap_or_default())
    }));
    let long = seen.secrets.iter().filter(|value| value.len() >= SHORTEST && value.is_ascii());
    let secrets: Vec<&String> = long.collect();
    for value in &secrets {
        let forms = forms(value);
        all.forms = all.forms.max(forms.len());
        for (form, bytes) in &forms {
            let leaks = texts.iter().filter(|(_, text)| holds(text, bytes));
            all.found.extend(leaks.map(|(place, _)| Leak { place: place.clone(), form }));
        }
    }
    all.secrets = all.secrets.max(secrets.len());
    all.files = all.files.max(files.len());
    all.texts = all.texts.max(seen.texts.len());
}

/// Says whether a file is one that steps have written, or its former self.
fn is_place(path: &Path, seen: &Seen) -> bool {
    seen.written.iter().any(|place| {
        let name = place.file_name().map(|name| name.to_string_lossy().into_owned());
        let former = format!(".{}.cutover-", name.unwrap_or_default());
        let is_former = path.parent() == place.parent()
            && path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(&former));
        path == place || is_former
    })
}

fn cannot(error: &std::io::Error) -> Problem {
    Problem::edge(format!("a rehearsal with canaries cannot be set up: {error}"))
}
