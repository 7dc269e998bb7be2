//! What providers list of what runs made: each is asked with the parameters of the run that made it,
//! through the step that its create names as its list. It only reads.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use cutover_engine::ctx::{Ctx, Mode, Scope};
use cutover_engine::event::{Claimed, Entry, Event, Started, Status};
use cutover_engine::host::Host;
use cutover_engine::known::Known;
use cutover_engine::spec::{Role, Spec};
use cutover_engine::step::{Registry, Step, StepError};
use cutover_engine::time::{Duration, Timestamp};
use cutover_engine::value::{Map, Piece, Value, pieces, shown};
use cutover_host::LocalHost;
use cutover_host::journal::{Journal, RunRow};

use crate::exit::Problem;
use crate::plugins::Shelf;
use crate::recorded;
use crate::session::Session;
use crate::state;

/// How long a provider may take to list.
const PATIENCE: Duration = Duration::seconds(60);
/// How many runs of a credential are looked at, the newest first, for one that made something.
const MOST_RUNS: usize = 20;

/// One question to a provider, put once however many credentials it is about.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Question {
    /// The kind of the list step; of the create, where its list is not known.
    pub(crate) list: String,
    /// Its parameters.
    pub(crate) with: Map,
    /// What else tells one login from another: where its secrets come from, and its plugin's files.
    pub(crate) by: Vec<String>,
    /// The run that it was taken from.
    pub(crate) run: String,
    /// The credentials whose current id it has to show.
    pub(crate) credentials: BTreeSet<String>,
}

/// Something that a provider lists.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Listed {
    /// Its id.
    pub(crate) id: String,
    /// A prefix of its value.
    pub(crate) prefix: Option<String>,
    /// When it dies by itself.
    pub(crate) expires_at: Option<Timestamp>,
    /// Whether it is in force.
    pub(crate) live: bool,
    /// Our marker, where it carries one.
    pub(crate) marker: Option<Marker>,
}

/// A marker of ours, as a provider shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Marker {
    /// All of it.
    pub(crate) text: String,
    /// The run that it names.
    pub(crate) run: String,
}

/// What a provider answered.
pub(crate) type Answer = Result<Vec<Listed>, String>;

/// A question with what answers it.
struct Put {
    question: Question,
    history: Vec<Entry>,
    /// The list step, or why it is not known.
    step: Result<Arc<dyn Step>, String>,
}

/// Returns the question that a run's create asks; none where its provider lists nothing.
fn question(row: &RunRow, history: Vec<Entry>, known: &mut Steps<'_>) -> Option<Put> {
    let created = history.iter().rev().find_map(created)?;
    let claimed = recorded::claimed(&history)?;
    let mut question = Question {
        list: created.uses.clone(),
        with: Map::new(),
        by: Vec::new(),
        run: row.run.clone(),
        credentials: BTreeSet::new(),
    };
    let step = match known.among(claimed, &created.uses) {
        Ok(steps) => {
            let create = steps.get(&created.uses)?.spec();
            let list = steps.get(create.list.as_ref()?)?;
            question.list.clone_from(&list.spec().name);
            question.with = params(list.spec(), &created.params);
            question.by = told_apart(claimed, &question);
            Ok(Arc::clone(list))
        }
        Err(why) => Err(why),
    };
    Some(Put { question, history, step })
}

/// Returns what tells a login from one with the same parameters: a secret stands in them by its name
/// only.
fn told_apart(claimed: &Claimed, question: &Question) -> Vec<String> {
    let plugin = question.list.split('.').next().and_then(|name| claimed.plugins.get(name));
    let Some(workflow) = recorded::workflow(claimed).ok() else { return Vec::new() };
    let handles = question.with.values().flat_map(Value::handles);
    let from = handles.filter_map(|handle| {
        let input = workflow.inputs.get(handle.origin.strip_prefix("inputs.")?)?;
        Some(format!("{:?}", input.from))
    });
    plugin.cloned().into_iter().chain(from).collect()
}

/// The steps of the workflows of runs, each read once.
struct Steps<'a> {
    journal: &'a Journal,
    shelf: Shelf,
    built_in: Arc<Registry>,
    of_plugins: HashMap<String, Result<Arc<Registry>, String>>,
}

impl<'a> Steps<'a> {
    fn new(journal: &'a Journal, session: &Session) -> Self {
        let (shelf, built_in) = (Shelf::new(session), Arc::new(cutover_steps::registry()));
        Self { journal, shelf, built_in, of_plugins: HashMap::new() }
    }

    /// Returns the steps among which a run found one.
    fn among(&mut self, claimed: &Claimed, uses: &str) -> Result<Arc<Registry>, String> {
        if claimed.plugins.is_empty() || self.built_in.get(uses).is_some() {
            return Ok(Arc::clone(&self.built_in));
        }
        let Self { journal, shelf, of_plugins, .. } = self;
        let key = format!("{}\n{}\n{:?}", claimed.file, claimed.text, claimed.plugins);
        let read = || recorded::own_steps(claimed, journal, shelf).map(Arc::new);
        of_plugins.entry(key).or_insert_with(read).clone()
    }
}

fn created(entry: &Entry) -> Option<&Started> {
    match &entry.event {
        Event::Started(started) if started.role == Role::Create => Some(started),
        _ => None,
    }
}

/// The parameters of a list step: those of the create that have the same name, else its defaults.
fn params(list: &Spec, created: &Map) -> Map {
    let of = |name: &str| created.get(name).filter(|value| !value.is_null()).cloned();
    let params = list.params.iter();
    params
        .map(|param| (param.name.clone(), of(&param.name).unwrap_or(param.default.clone())))
        .collect()
}

/// Adds a question, or what it is about to one that asks the same.
fn add(questions: &mut Vec<Put>, new: Put) {
    let (asked, why) = (&new.question, new.step.as_ref().err());
    let same = |old: &&mut Put| {
        let of = &old.question;
        (&of.list, &of.with, &of.by) == (&asked.list, &asked.with, &asked.by)
            && old.step.as_ref().err() == why
    };
    match questions.iter_mut().find(same) {
        Some(old) => old.question.credentials.extend(new.question.credentials),
        None => questions.push(new),
    }
}

/// Puts a question. A secret in it that is an input is read again from where the workflow of its run
/// says.
async fn ask(put: &Put, host: &LocalHost, session: &Session) -> Answer {
    let Put { question, history, step } = put;
    let step = step.clone()?;
    let params = alive(question, history, host, session).await?;
    let now = host.now();
    let ctx = Ctx::new(
        host,
        Scope {
            run: question.run.clone(),
            step: "list".to_owned(),
            attempt: 1,
            marker: String::new(),
            deadline: now + PATIENCE,
            started_at: now,
            mode: Mode::Read,
            may_write: false,
            current: None,
            waited: None,
            known: Known::default(),
        },
    );
    let told: Result<Map, StepError> = step.run(&params, &ctx).await;
    let outputs = told.map_err(|error| error.message)?;
    let lists = outputs.values().filter(|value| matches!(value, Value::List(_)));
    Ok(lists.flat_map(Value::items).filter_map(listed).collect())
}

/// Returns the parameters with their secrets alive.
async fn alive(
    question: &Question,
    history: &[Entry],
    host: &LocalHost,
    session: &Session,
) -> Result<Map, String> {
    if !question.with.values().any(Value::is_secret) {
        return Ok(question.with.clone());
    }
    let claimed = recorded::claimed(history).ok_or("its run recorded nothing")?;
    let inputs = recorded::secret_inputs(claimed, host, session).await?;
    let revive = |value: &Value| match value {
        Value::Text(text) if value.is_secret() => revived(text, &inputs).map(Value::Text),
        other => Ok(other.clone()),
    };
    question.with.iter().map(|(name, value)| Ok((name.clone(), revive(value)?))).collect()
}

fn revived(text: &str, inputs: &Map) -> Result<String, String> {
    let piece = |piece: Piece<'_>| match piece {
        Piece::Plain(plain) => Ok(plain.to_owned()),
        Piece::Secret(handle) => {
            let input = handle.origin.strip_prefix("inputs.").and_then(|name| inputs.get(name));
            let alive = input.and_then(Value::as_text).map(str::to_owned);
            alive.ok_or_else(|| format!("it needs {}, which is only there in a run", handle.origin))
        }
        Piece::Unknown { from, .. } => Err(format!("it needs {from}")),
    };
    pieces(text).into_iter().map(piece).collect()
}

fn listed(item: &Value) -> Option<Listed> {
    let Value::Map(item) = item else { return None };
    let text = |name: &str| match item.get(name) {
        Some(Value::Int(number)) => Some(number.to_string()),
        value => value.and_then(Value::as_text).map(shown),
    };
    let moment = |name: &str| match item.get(name) {
        Some(Value::Timestamp(at)) => Some(*at),
        Some(Value::Text(text)) => Timestamp::parse(text),
        _ => None,
    };
    let live = match item.get("live") {
        Some(Value::Bool(live)) => *live,
        _ => item.get("revoked_at").is_none_or(Value::is_null),
    };
    Some(Listed {
        id: text("id")?,
        prefix: text("prefix"),
        expires_at: moment("expires_at"),
        live,
        marker: item.values().filter_map(Value::as_text).find_map(marker),
    })
}

/// Returns the marker in a text: `cutover-<8 hex>-<run>-<8 hex>`.
pub(crate) fn marker(text: &str) -> Option<Marker> {
    const BEGIN: &str = "cutover-";
    let is_hex = |part: &str| part.len() == 8 && part.bytes().all(|byte| byte.is_ascii_hexdigit());
    text.match_indices(BEGIN).find_map(|(at, _)| {
        let rest = &text[at..];
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '-').unwrap_or(rest.len());
        let parts: Vec<&str> = rest[BEGIN.len()..end].split('-').collect();
        let [name, run, chance, ..] = parts.as_slice() else { return None };
        let fits = is_hex(name) && is_hex(chance) && !run.is_empty();
        fits.then(|| Marker {
            text: format!("{BEGIN}{name}-{run}-{chance}"),
            run: (*run).to_owned(),
        })
    })
}

/// A question with what was answered.
pub(crate) struct Asked {
    /// The question.
    pub(crate) question: Question,
    /// The answer.
    pub(crate) answer: Answer,
}

/// Puts every question that the runs of a state give: one for each login at a provider.
///
/// # Errors
/// Where the state cannot be read.
pub(crate) fn ask_all(
    journal: &Journal,
    host: &LocalHost,
    session: &Session,
) -> anyhow::Result<Vec<Asked>> {
    let problem = |error| -> Problem { state::problem(&error, session) };
    let (mut questions, mut steps) = (Vec::new(), Steps::new(journal, session));
    let current = journal.credentials().map_err(problem)?;
    let runs = journal.runs().map_err(problem)?;
    for known in &current {
        if let Some(mut put) = about(&runs, &known.name, &mut steps) {
            put.question.credentials.insert(known.name.clone());
            add(&mut questions, put);
        }
    }
    let over = |row: &&RunRow| row.status != Some(Status::Succeeded) && row.credential.is_some();
    for row in runs.iter().filter(over) {
        // A run that cannot be read is `doctor`'s matter; the others are asked about.
        let Ok(history) = journal.events(&row.run) else { continue };
        if let Some(put) = question(row, history, &mut steps) {
            add(&mut questions, put);
        }
    }
    let runtime = crate::commands::runtime()?;
    let mut asked = Vec::with_capacity(questions.len());
    for put in questions {
        let answer = runtime.block_on(ask(&put, host, session));
        asked.push(Asked { question: put.question, answer });
    }
    Ok(asked)
}

/// Puts the question of one credential; none where no run of it tells whom to ask.
///
/// # Errors
/// Where the state cannot be read.
pub(crate) fn ask_of(
    journal: &Journal,
    credential: &str,
    host: &LocalHost,
    session: &Session,
) -> anyhow::Result<Option<Answer>> {
    let runs = journal.runs().map_err(|error| state::problem(&error, session))?;
    let Some(put) = about(&runs, credential, &mut Steps::new(journal, session)) else {
        return Ok(None);
    };
    let runtime = crate::commands::runtime()?;
    Ok(Some(runtime.block_on(ask(&put, host, session))))
}

/// Returns the question of a credential's newest run that tells whom to ask.
fn about(runs: &[RunRow], credential: &str, known: &mut Steps<'_>) -> Option<Put> {
    let of_it = runs.iter().filter(|row| row.credential.as_deref() == Some(credential));
    of_it.take(MOST_RUNS).find_map(|row| {
        let history = known.journal.events(&row.run).ok()?;
        question(row, history, known)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_marker_is_found_wherever_a_provider_shows_it_and_nothing_else_is_one() {
        let run = |text: &str| marker(text).map(|marker| marker.run);
        let whole = "cutover-daa7fffb-a3vgfls-8e21c04d";
        for text in [whole.to_owned(), format!("influx-ci {whole}"), format!("[{whole}]: ci")] {
            assert_eq!(run(&text).as_deref(), Some("a3vgfls"), "{text}");
        }
        let second = format!("made for cutover-x, {whole}.");
        assert_eq!(marker(&second).map(|marker| marker.text).as_deref(), Some(whole));
        for text in
            ["ci", "cutover-daa7fffb", "cutover-xyz-a3vgfls-8e21c04d", "cutover-daa7fffb-a-b"]
        {
            assert_eq!(run(text), None, "{text}");
        }
    }
}
