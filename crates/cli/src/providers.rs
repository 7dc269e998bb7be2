//! What providers list of what runs made: each is asked with the parameters of the run that made it,
//! through the step that its create names as its list. It only reads.

use std::collections::{BTreeSet, HashMap};

use cutover_engine::ctx::{Ctx, Mode, Scope};
use cutover_engine::event::{Entry, Event, Started, Status};
use cutover_engine::host::Host;
use cutover_engine::known::Known;
use cutover_engine::spec::{Role, Spec};
use cutover_engine::step::{Registry, StepError};
use cutover_engine::time::{Duration, Timestamp};
use cutover_engine::value::{Map, Piece, Value, pieces, shown};
use cutover_host::LocalHost;
use cutover_host::journal::{Journal, RunRow};

use crate::exit::Problem;
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
    /// The kind of the list step.
    pub(crate) list: String,
    /// Its parameters.
    pub(crate) with: Map,
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

/// Returns the question that a run's create asks; none where its provider lists nothing.
pub(crate) fn question(run: &str, history: &[Entry], registry: &Registry) -> Option<Question> {
    let created = history.iter().rev().find_map(created)?;
    let create = registry.get(&created.uses)?.spec();
    let list = registry.get(create.list.as_ref()?)?.spec();
    Some(Question {
        list: list.name.clone(),
        with: params(list, &created.params),
        run: run.to_owned(),
        credentials: BTreeSet::new(),
    })
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
pub(crate) fn add(questions: &mut Vec<Question>, new: Question) {
    let same = |old: &&mut Question| old.list == new.list && old.with == new.with;
    match questions.iter_mut().find(same) {
        Some(old) => old.credentials.extend(new.credentials),
        None => questions.push(new),
    }
}

/// Puts a question. A secret in it that is an input is read again from where the workflow of its run
/// says.
pub(crate) async fn ask(
    question: &Question,
    history: &[Entry],
    registry: &Registry,
    host: &LocalHost,
    session: &Session,
) -> Answer {
    let step =
        registry.get(&question.list).ok_or_else(|| "its step is not known here".to_owned())?;
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
    let text = |name: &str| item.get(name).and_then(Value::as_text).map(shown);
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
    registry: &Registry,
    host: &LocalHost,
    session: &Session,
) -> anyhow::Result<Vec<Asked>> {
    let problem = |error| -> Problem { state::problem(&error, session) };
    let mut questions: Vec<Question> = Vec::new();
    let mut histories = HashMap::new();
    let current = journal.credentials().map_err(problem)?;
    let runs = journal.runs().map_err(problem)?;
    for known in &current {
        if let Some((history, mut question)) = about(journal, &runs, &known.name, registry) {
            question.credentials.insert(known.name.clone());
            histories.insert(question.run.clone(), history);
            add(&mut questions, question);
        }
    }
    let over = |row: &&RunRow| row.status != Some(Status::Succeeded) && row.credential.is_some();
    for row in runs.iter().filter(over) {
        // A run that cannot be read is `doctor`'s matter; the others are asked about.
        let Ok(history) = journal.events(&row.run) else { continue };
        let Some(question) = question(&row.run, &history, registry) else { continue };
        histories.insert(row.run.clone(), history);
        add(&mut questions, question);
    }
    let runtime = crate::commands::runtime()?;
    let mut asked = Vec::with_capacity(questions.len());
    for question in questions {
        let history = histories.get(&question.run).map_or(&[][..], Vec::as_slice);
        let answer = runtime.block_on(ask(&question, history, registry, host, session));
        asked.push(Asked { question, answer });
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
    registry: &Registry,
    host: &LocalHost,
    session: &Session,
) -> anyhow::Result<Option<Answer>> {
    let runs = journal.runs().map_err(|error| state::problem(&error, session))?;
    let Some((history, question)) = about(journal, &runs, credential, registry) else {
        return Ok(None);
    };
    let runtime = crate::commands::runtime()?;
    Ok(Some(runtime.block_on(ask(&question, &history, registry, host, session))))
}

/// Returns the question of a credential's newest run that tells whom to ask, with its events.
fn about(
    journal: &Journal,
    runs: &[RunRow],
    credential: &str,
    registry: &Registry,
) -> Option<(Vec<Entry>, Question)> {
    let of_it = runs.iter().filter(|row| row.credential.as_deref() == Some(credential));
    of_it.take(MOST_RUNS).find_map(|row| {
        let history = journal.events(&row.run).ok()?;
        let question = question(&row.run, &history, registry)?;
        Some((history, question))
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
