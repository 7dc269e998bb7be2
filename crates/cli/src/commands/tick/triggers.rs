//! Triggers: workflows of a folder that are due by their schedule, or before their credential dies.

use std::fs;
use std::path::{Path, PathBuf};

use cutover_engine::event::{Status, Trigger, TriggerKind};
use cutover_engine::time::Timestamp;
use cutover_engine::triggers::{Expiry, Schedule, expiry};
use cutover_engine::value::Map;
use cutover_engine::workflow::Workflow;
use cutover_host::journal::{Credential, RunRow};

use super::Tick;
use super::runs::came;
use crate::commands::plan;
use crate::document::{self, Document};
use crate::drive::Way;
use crate::exit::{Exit, Problem};
use crate::plugins::Shelf;
use crate::recorded;
use crate::render::diagnostics;
use crate::render::tick::{Did, What};
use crate::render::time;
use crate::secrets;
use crate::session::Session;
use crate::state;

/// The most files of a folder that are read.
const MOST_FILES: usize = 1000;

/// Something that triggers may start: a workflow with the inputs of one of its credentials.
struct Candidate {
    /// What it is called in a line.
    about: String,
    /// The inputs, without secrets.
    given: Map,
    /// The credential, where it has one.
    known: Option<Credential>,
    /// Its runs so far, the newest first.
    runs: Vec<RunRow>,
}

/// Returns the workflow files of a folder, sorted.
///
/// # Errors
/// Where the folder cannot be read.
pub(crate) fn files(folder: &Path) -> Result<Vec<PathBuf>, Problem> {
    let cannot = |error: std::io::Error| {
        Problem::wrong(format!("the folder `{}` cannot be read: {error}", folder.display()))
    };
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(cannot)?.take(MOST_FILES) {
        let path = entry.map_err(cannot)?.path();
        let is_yaml = path.extension().is_some_and(|end| end == "yaml" || end == "yml");
        if is_yaml && path.is_file() {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// Says which workflows have triggers that nothing can start yet, where there is no state.
pub(super) fn unknown(files: &[PathBuf], session: &Session) -> Vec<Did> {
    let shelf = Shelf::new(session);
    let documents =
        files.iter().filter_map(|file| Some((file, document::load(file, &shelf).ok()?)));
    let documents =
        documents.filter(|(_, document)| document.workflow.as_deref().is_some_and(has_triggers));
    documents.map(|(file, _)| not_known(file, session)).collect()
}

fn not_known(file: &Path, session: &Session) -> Did {
    let run = session.typed().command(&format!("run {}", file.display()));
    let came = format!("no run of it is known here; the first is a person's: {run}");
    Did { what: What::NotStarted, about: file.display().to_string(), came, exit: Exit::Done }
}

/// With which inputs a credential is replaced only its runs tell, and there is none: a person
/// begins the first. It is a failure where that should have been by now.
fn only_adopted(file: &Path, workflow: &Workflow, known: &Credential, session: &Session) -> Did {
    let run = session.typed().command(&format!("run {}", file.display()));
    let due = expires_of(workflow, known).filter(|due| *due <= state::now());
    let due = due.map(|due| format!("due since {}, and ", time::minute(due)));
    let exit = if due.is_some() { Exit::Failed } else { Exit::Done };
    let due = due.unwrap_or_default();
    let came =
        format!("{due}adopted: its triggers begin once it has run, and that is a person's: {run}");
    let about = format!("{}  {}", workflow.name.value, known.name);
    Did { what: What::NotStarted, about, came, exit }
}

fn has_triggers(workflow: &Workflow) -> bool {
    workflow.triggers.schedule.is_some() || workflow.triggers.expiry.is_some()
}

impl Tick<'_> {
    /// Starts what is due.
    pub(super) fn triggers(&mut self, files: &[PathBuf]) -> anyhow::Result<()> {
        for file in files {
            if self.is_stopped() {
                break;
            }
            let document = match document::load(file, &self.place.shelf) {
                Ok(document) => document,
                Err(problem) => {
                    self.did(broken(file, problem.message));
                    continue;
                }
            };
            // What is no workflow, and what has no trigger, is no matter of a tick.
            if document.workflow.as_deref().is_none_or(|workflow| !has_triggers(workflow)) {
                continue;
            }
            if document.checked.is_none() {
                let found = &document.found.list;
                let name = file.display().to_string();
                self.did(broken(file, diagnostics::summary(&[(name.as_str(), found)])));
                continue;
            }
            self.of_document(file, &document)?;
        }
        Ok(())
    }

    fn of_document(&mut self, file: &Path, document: &Document) -> anyhow::Result<()> {
        let workflow = document.workflow.as_deref().expect("it has triggers");
        let (candidates, unread) = self.candidates(workflow)?;
        let nothing = candidates.is_empty() && unread.is_empty();
        unread.into_iter().for_each(|did| self.did(did));
        if let Some(adopted) = self.adopted(document)? {
            self.did(only_adopted(file, workflow, &adopted, self.place.session));
        } else if nothing {
            self.did(not_known(file, self.place.session));
        }
        for candidate in candidates {
            if self.is_stopped() {
                break;
            }
            self.of_candidate(file, document, &candidate)?;
        }
        Ok(())
    }

    /// Returns the credential that a workflow would replace without being told anything, where it was
    /// adopted and no run has replaced it yet.
    fn adopted(&self, document: &Document) -> anyhow::Result<Option<Credential>> {
        let checked = document.checked.as_ref().expect("it was checked");
        let Ok(planned) = plan::planned(checked, &Map::new()) else { return Ok(None) };
        let Some(name) = planned.credential().map(|credential| &credential.name) else {
            return Ok(None);
        };
        let known = self.place.journal.credential(name);
        let known = known.map_err(|error| state::problem(&error, self.place.session))?;
        Ok(known.filter(|known| known.workflow.is_empty()))
    }

    fn of_candidate(
        &mut self,
        file: &Path,
        document: &Document,
        candidate: &Candidate,
    ) -> anyhow::Result<()> {
        let workflow = document.workflow.as_deref().expect("it has triggers");
        if due(workflow, candidate, state::now()).is_none() {
            return Ok(());
        }
        // Two ticks at once: one holds this, and the other looks at what it did.
        let name = format!("{} {}", workflow.name.value, candidate.about);
        let lock = self.place.host.lock_trigger(&name);
        let Some(_lock) = lock.map_err(|error| state::problem(&error, self.place.session))? else {
            self.did(Did {
                what: What::Skipped,
                about: candidate.about.clone(),
                came: "another tick starts it just now".to_owned(),
                exit: Exit::Done,
            });
            return Ok(());
        };
        let (again, _) = self.candidates(workflow)?;
        let again = again.into_iter().find(|again| again.about == candidate.about);
        let due = again.as_ref().and_then(|again| due(workflow, again, state::now()));
        if let (Some(candidate), Some(trigger)) = (again, due) {
            self.start(file, document, &candidate, trigger);
        }
        Ok(())
    }

    fn start(&mut self, file: &Path, document: &Document, candidate: &Candidate, trigger: Trigger) {
        let not_started = |came: String, exit| Did {
            what: What::NotStarted,
            about: candidate.about.clone(),
            came: format!("{came} ({})", by(trigger)),
            exit,
        };
        let checked = document.checked.as_ref().expect("it was checked");
        let secret =
            secrets::resolve(&checked.workflow().inputs, &self.place.host, &self.place.session.out);
        let secret = match self.place.block_on(secret) {
            Ok(secret) => secret,
            Err(missing) => {
                return self.did(not_started(format!("needs {}", missing.what), Exit::Failed));
            }
        };
        let given: Map = candidate.given.clone().into_iter().chain(secret).collect();
        let planned = plan::planned(checked, &given);
        let kept = self.place.shelf.keep(&self.place.host, self.place.session);
        if let Err(problem) = self.place.block_on(kept) {
            return self.did(not_started(problem.message, problem.exit));
        }
        let run = self.place.block_on(self.place.host.new_run_id());
        let (planned, run) = match (planned, run) {
            (Ok(planned), Ok(run)) => (planned, run),
            (Err(problem), _) => return self.did(not_started(problem.brief(), Exit::Failed)),
            (_, Err(error)) => {
                let problem = state::problem(&error, self.place.session);
                return self.did(not_started(problem.brief(), problem.exit));
            }
        };
        let shown = file.display().to_string();
        let way = Way { run: &run, file: &shown, trigger: Some(trigger), ..Way::default() };
        let (ended, told) = self.place.drive(&planned, &[], way);
        let (what, came, exit) = came(What::Started, &run, ended, &told, self);
        let about = format!("{}  run {run}", candidate.about);
        self.did(Did { what, about, came: format!("{}; {came}", by(trigger)), exit });
    }

    /// Returns what triggers of a workflow may start: each credential that it promoted, with the
    /// inputs of the run that did; without credentials the workflow itself, once it has run. A run
    /// that cannot be read stops its own credential only: what is told of it comes second.
    fn candidates(&self, workflow: &Workflow) -> anyhow::Result<(Vec<Candidate>, Vec<Did>)> {
        let journal = &self.place.journal;
        let problem = |error| -> Problem { state::problem(&error, self.place.session) };
        let name = &workflow.name.value;
        let runs = journal.runs().map_err(problem)?;
        let of = |credential: Option<&str>| -> Vec<RunRow> {
            let rows = runs.iter().filter(|row| row.workflow == *name);
            rows.filter(|row| row.credential.as_deref() == credential).cloned().collect()
        };
        if workflow.credential.is_none() {
            let runs = of(None);
            let about = name.clone();
            let whole = Candidate { about, given: Map::new(), known: None, runs };
            let all = if whole.runs.is_empty() { Vec::new() } else { vec![whole] };
            return Ok((all, Vec::new()));
        }
        let known = journal.credentials().map_err(problem)?;
        let (mut candidates, mut unread) = (Vec::new(), Vec::new());
        for known in known.into_iter().filter(|known| known.workflow == *name) {
            let about = format!("{name}  {}", known.name);
            let history = match journal.events(&known.run) {
                Ok(history) => history,
                Err(error) => {
                    let told = problem(error);
                    let (what, came) = (What::NotStarted, told.brief());
                    unread.push(Did { what, about, came, exit: told.exit });
                    continue;
                }
            };
            let claimed = recorded::claimed(&history);
            let given = claimed.map(|claimed| recorded::given_again(&claimed.inputs, workflow));
            let runs = of(Some(&known.name));
            let given = given.unwrap_or_default();
            candidates.push(Candidate { about, given, known: Some(known), runs });
        }
        Ok((candidates, unread))
    }

    /// Returns what falls due next, for people; none where nothing is known to.
    pub(super) fn next(&self, files: &[PathBuf]) -> anyhow::Result<Option<String>> {
        if !self.done.is_empty() {
            return Ok(None);
        }
        let problem = |error| -> Problem { state::problem(&error, self.place.session) };
        let now = state::now();
        let owing = self.place.journal.owing().map_err(problem)?;
        let owed = owing.into_iter().filter_map(|one| Some((one.due?, one.debt.id)));
        let mut all: Vec<(Timestamp, String)> = owed.collect();
        for file in files {
            let Ok(document) = document::load(file, &self.place.shelf) else { continue };
            let Some(workflow) = document.workflow.as_deref() else { continue };
            for candidate in self.candidates(workflow)?.0 {
                let moments = [
                    schedule(workflow).and_then(|schedule| schedule.next(now)),
                    expires(workflow, &candidate),
                ];
                let named = moments.into_iter().flatten().map(|at| (at, candidate.about.clone()));
                all.extend(named);
            }
        }
        let next = all.into_iter().filter(|(at, _)| *at > now).min();
        Ok(next.map(|(at, what)| format!("{what}, on {}", time::minute(at))))
    }
}

fn broken(file: &Path, why: String) -> Did {
    let about = file.display().to_string();
    Did { what: What::NotStarted, about, came: why, exit: Exit::Failed }
}

fn by(trigger: Trigger) -> String {
    let at = time::minute(trigger.at);
    match trigger.by {
        TriggerKind::Schedule => format!("by its schedule, of {at}"),
        TriggerKind::Expiry => format!("before it expires, due {at}"),
        TriggerKind::Burn | TriggerKind::Adopt => format!("by {}", trigger.by.as_str()),
    }
}

fn schedule(workflow: &Workflow) -> Option<Schedule> {
    let (cron, zone) = workflow.triggers.schedule.as_ref()?;
    // The check has read both.
    Schedule::new(&cron.value, zone.as_ref().map(|zone| zone.value.as_str())).ok()
}

fn expires(workflow: &Workflow, candidate: &Candidate) -> Option<Timestamp> {
    expires_of(workflow, candidate.known.as_ref()?)
}

fn expires_of(workflow: &Workflow, known: &Credential) -> Option<Timestamp> {
    let (before, jitter) = workflow.triggers.expiry.as_ref()?;
    let trigger = Expiry { before: before.value, jitter: jitter.unwrap_or_default() };
    trigger.due(&known.name, &known.identity, known.promoted_at)
}

/// Returns what makes a candidate due now.
fn due(workflow: &Workflow, candidate: &Candidate, now: Timestamp) -> Option<Trigger> {
    let newest = candidate.runs.iter().map(|row| row.started_at).max();
    let adopted = candidate.known.as_ref().map(|known| known.promoted_at);
    let since = newest.max(adopted)?;
    let by_time = schedule(workflow).and_then(|schedule| schedule.due(since, now));
    if let Some(at) = by_time {
        return Some(Trigger { by: TriggerKind::Schedule, at });
    }
    let at = expires(workflow, candidate)?;
    let (failed, ended) = failures(candidate);
    let begins = at.max(expiry::next_try(failed, ended.unwrap_or(at)));
    (begins <= now).then_some(Trigger { by: TriggerKind::Expiry, at })
}

/// Returns how many runs in a row failed since the credential was promoted, and when the last ended.
fn failures(candidate: &Candidate) -> (u32, Option<Timestamp>) {
    let since = candidate.known.as_ref().map(|known| known.promoted_at);
    let after = candidate.runs.iter().take_while(|row| Some(row.started_at) > since);
    let failed: Vec<&RunRow> = after
        .filter(|row| {
            matches!(row.status, Some(Status::Failed | Status::Undone | Status::Abandoned))
        })
        .collect();
    let count = u32::try_from(failed.len()).unwrap_or(u32::MAX);
    (count, failed.iter().map(|row| row.last_at).max())
}
