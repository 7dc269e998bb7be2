//! A step that has settled, in one line: for a pipe and for a terminal.

use cutover_engine::event::{Entry, Event, Failure};
use cutover_engine::time::Duration;
use cutover_engine::value::{Map, Value};

use super::time;
use super::value::{short_id, telling};
use crate::style::Paint;
use crate::text;

/// How wide the column of words is.
const WORD: usize = 9;
/// Where the column of times ends at most.
const EDGE: usize = 78;

/// A step that has settled.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Settled {
    /// Its path.
    pub(crate) step: String,
    /// How it settled.
    pub(crate) word: Word,
    /// How long it took, where it ran.
    pub(crate) took: Option<Duration>,
    /// What it gave.
    pub(crate) outputs: Map,
    /// Why it failed.
    pub(crate) error: Option<Failure>,
    /// More words for people.
    pub(crate) note: String,
}

/// How a step settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Word {
    /// Done by this run.
    Done,
    /// It was there before.
    Found,
    /// Failed for good.
    Failed,
    /// It did not run.
    Skipped,
    /// A write without an answer.
    Lost,
    /// Taken back.
    Undone,
    /// Could not be taken back.
    Stuck,
    /// A revoke that is due later.
    Owed,
    /// It waits for a person or a time.
    Parked,
    /// It had no answer, and is looked for again.
    Waits,
    /// What it did is taken back, and it begins anew.
    Again,
}

impl Word {
    /// Returns the word.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Found => "found",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
            Self::Lost => "lost",
            Self::Undone => "undone",
            Self::Stuck => "stuck",
            Self::Owed => "owed",
            Self::Parked => "parked",
            Self::Waits => "waits",
            Self::Again => "again",
        }
    }

    /// Returns its colour.
    pub(crate) fn paint(self) -> Paint {
        match self {
            Self::Done | Self::Undone => Paint::Good,
            Self::Found | Self::Skipped => Paint::Dim,
            Self::Failed | Self::Lost | Self::Stuck => Paint::Bad,
            Self::Owed | Self::Parked | Self::Waits | Self::Again => Paint::Warn,
        }
    }

    /// Says whether more comes of the step by itself: a terminal shows that where it moves, a pipe
    /// has a line for it.
    pub(crate) fn is_on_the_way(self) -> bool {
        match self {
            Self::Lost | Self::Parked | Self::Waits => true,
            Self::Done
            | Self::Found
            | Self::Failed
            | Self::Skipped
            | Self::Undone
            | Self::Stuck
            | Self::Owed
            | Self::Again => false,
        }
    }
}

/// Returns the line of a pipe: `create done 0.4s id=b71c… expires_at=2026-12-24T14:02:31Z`.
pub(crate) fn plain(settled: &Settled) -> String {
    let mut words = vec![settled.step.clone(), settled.word.as_str().to_owned()];
    words.extend(settled.took.map(time::took));
    let outputs = settled.outputs.iter().filter(|(name, _)| is_shown(name, &settled.outputs));
    words.extend(
        outputs.filter_map(|(name, value)| Some(format!("{name}={}", telling(name, value)?))),
    );
    words.extend(note(settled));
    text::tame(&words.join(" "))
}

/// Returns the line of a try that was not enough, for those who want to know.
pub(crate) fn retry(entry: &Entry) -> Option<String> {
    let Event::RetryAt { step, attempt, at, reason } = &entry.event else { return None };
    let left = time::rough(at.since(entry.at));
    Some(text::tame(&format!("{step} waits {left} for try {attempt}: {reason}")) + "\n")
}

/// Returns the line below the heading of a run that goes on: what was over before.
pub(crate) fn over_before(steps: &[&str]) -> String {
    const MOST: usize = 8;
    if steps.is_empty() {
        return String::new();
    }
    let named = steps.iter().take(MOST).copied().collect::<Vec<_>>().join(", ");
    let more = steps.len().saturating_sub(MOST);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    Paint::Dim.on(&format!("  over before: {named}{more}")) + "\n"
}

/// Of what has an id just that, its prefix and its end are shown.
fn is_shown(name: &str, outputs: &Map) -> bool {
    outputs.get("id").is_none_or(Value::is_null) || ["id", "prefix", "expires_at"].contains(&name)
}

/// Returns the line of a terminal, the times in one column.
pub(crate) fn aligned(settled: &Settled, ids: usize, columns: usize) -> String {
    let detail = note(settled).unwrap_or_else(|| detail(&settled.outputs));
    let took = settled.took.map(time::took).unwrap_or_default();
    row(settled.word.as_str(), settled.word.paint(), &settled.step, &detail, &took, (ids, columns))
}

/// Lays out a row of the progress: word, step, detail, time.
pub(crate) fn row(
    word: &str,
    paint: Paint,
    step: &str,
    detail: &str,
    took: &str,
    (ids, columns): (usize, usize),
) -> String {
    let edge = columns.min(EDGE);
    let paint = if word.is_empty() { Paint::Plain } else { paint };
    let head = format!("  {}", paint.on(&text::pad(word, WORD)));
    let room = edge.saturating_sub(2 + WORD);
    let step = text::pad(&text::cut(&text::tame(step), room.min(ids)), ids);
    let room = room.saturating_sub(ids + 2);
    if room < text::width(took) + 4 {
        return format!("{head}{}", step.trim_end());
    }
    let room_for_detail = room.saturating_sub(text::width(took) + 2);
    let detail = text::cut(&text::tame(detail), room_for_detail);
    let line = format!("{head}{step}  {}  {took}", text::pad(&detail, room_for_detail));
    line.trim_end().to_owned()
}

/// Returns what a step's outputs tell at a glance: id, prefix and expiry where it has them, else
/// each by name.
pub(crate) fn detail(outputs: &Map) -> String {
    let words = |name: &str| outputs.get(name).and_then(Value::as_text).filter(|t| !t.is_empty());
    let id = words("id").map(short_id);
    let prefix = words("prefix").map(str::to_owned);
    let named: Vec<String> = id.into_iter().chain(prefix).collect();
    if named.is_empty() {
        let all = outputs.iter();
        let all = all.filter_map(|(name, value)| Some(format!("{name} {}", telling(name, value)?)));
        return all.collect::<Vec<_>>().join(", ");
    }
    let expires = match outputs.get("expires_at") {
        Some(Value::Timestamp(at)) => format!(", expires {}", time::day(*at)),
        _ => String::new(),
    };
    format!("{}{expires}", named.join(" "))
}

fn note(settled: &Settled) -> Option<String> {
    let note = settled.error.as_ref().map_or(&settled.note, |error| &error.message);
    (!note.is_empty()).then(|| note.clone())
}

#[cfg(test)]
mod tests {
    use cutover_engine::time::Timestamp;
    use cutover_engine::value::Handle;

    use super::*;

    fn created() -> Settled {
        let handle = Handle { id: 1, origin: "steps.create.token".to_owned() };
        let at = Timestamp::parse("2026-12-24T14:02:31Z").expect("a moment");
        let outputs = [
            ("id", Value::from("b71c0a52-77aa-4d2e-9c11-000000000001")),
            ("token", Value::from(handle)),
            ("prefix", Value::from("M.V1.9qTz")),
            ("expires_at", Value::from(at)),
        ];
        Settled {
            step: "create".to_owned(),
            word: Word::Done,
            took: Some(Duration(412)),
            outputs: outputs.map(|(name, value)| (name.to_owned(), value)).into_iter().collect(),
            error: None,
            note: String::new(),
        }
    }

    fn failed() -> Settled {
        let message = "~/.config/influxctl/config.toml: permission denied (os error 13)";
        let error = Failure { message: message.to_owned(), ..Failure::default() };
        let outputs = Map::new();
        Settled { word: Word::Failed, outputs, error: Some(error), ..created() }
    }

    fn stripped(text: &str) -> String {
        anstream::adapter::strip_str(text).to_string()
    }

    #[test]
    fn a_pipe_gets_one_line_with_what_the_step_gave_and_no_secret() {
        assert_eq!(
            plain(&created()),
            "create done 0.4s id=b71c… prefix=M.V1.9qTz expires_at=2026-12-24T14:02:31Z"
        );
    }

    #[test]
    fn a_terminal_gets_columns() {
        assert_eq!(
            stripped(&aligned(&created(), 10, 100)),
            "  done     create      b71c… M.V1.9qTz, expires 2026-12-24                0.4s"
        );
        assert_eq!(
            stripped(&aligned(&failed(), 10, 100)),
            "  failed   create      ~/.config/influxctl/config.toml: permission deni…  0.4s"
        );
    }

    #[test]
    fn a_narrow_terminal_never_gets_a_longer_line_than_it_has() {
        for columns in 20..90 {
            let line = stripped(&aligned(&failed(), 10, columns));
            assert!(text::width(&line) <= columns, "{columns}: {line}");
        }
    }
}
