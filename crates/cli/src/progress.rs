//! The progress of a run while it goes: live on a terminal, a line a step in a pipe, events as
//! JSON, or nothing.

use std::io::{self, IsTerminal};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cutover_engine::event::{Entry, Event, Failure, Identity};
use cutover_engine::time::{Duration, Timestamp};

use crate::args::Output;
use crate::out::Out;
use crate::render::line::{self, Settled};
use crate::render::live::Board;
use crate::render::standing::Seen;
use crate::text::tame;

/// A picture that changes faster than this is drawn no faster: nobody can read it.
const AT_MOST_EVERY: Duration = Duration(50);

/// How progress is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// A picture that is drawn again and again.
    Live,
    /// A line when a step ends.
    Lines,
    /// Every event as JSON on standard output.
    Events,
    /// Nothing.
    Nothing,
}

/// Shows a run while it goes.
pub(crate) struct Progress {
    out: Arc<Out>,
    form: Form,
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    board: Board,
    /// Not shown yet: what it stands above has not begun.
    heading: String,
    /// The run may still turn out to be one that does not start.
    may_be_refused: bool,
    /// How many lines the moving part has on the screen.
    drawn: usize,
    drawn_at: Option<Timestamp>,
    /// Lines that have settled and are not on the screen yet.
    unseen: String,
    broken: bool,
    /// The last line on the screen is the blank one below the heading.
    bare: bool,
}

/// What the events told, for the last lines.
#[derive(Debug, Clone, Default)]
pub(crate) struct Told {
    /// What was promoted.
    pub(crate) promoted: Option<(Option<Identity>, Identity)>,
    /// When the run began.
    pub(crate) began: Option<Timestamp>,
    /// How the run stands.
    pub(crate) seen: Seen,
    /// Whether the last line on the screen is the blank one below the heading.
    pub(crate) bare: bool,
}

impl Progress {
    /// Makes it in the form that fits where the output goes.
    pub(crate) fn new(out: Arc<Out>) -> Self {
        let dumb = std::env::var_os("TERM").is_none_or(|term| term == "dumb");
        let form = match out.form {
            Output::Jsonl => Form::Events,
            Output::Json => Form::Nothing,
            Output::Human if out.loudness < 0 => Form::Nothing,
            Output::Human if io::stderr().is_terminal() && !dumb => Form::Live,
            Output::Human => Form::Lines,
        };
        Self { out, form, inner: Mutex::default() }
    }

    /// Makes it for many runs, of which each is told in one line by who drives them: their steps are
    /// shown only where more was asked for.
    pub(crate) fn of_many(out: Arc<Out>) -> Self {
        let form = match out.form {
            Output::Jsonl => Form::Events,
            Output::Human if out.loudness > 0 => Form::Lines,
            Output::Human | Output::Json => Form::Nothing,
        };
        Self { out, form, inner: Mutex::default() }
    }

    /// Says whether it wants to be drawn again while nothing happens.
    pub(crate) fn is_live(&self) -> bool {
        self.form == Form::Live
    }

    /// Begins with the heading and a run's steps, with how often each may be tried. The heading is
    /// shown when the run has begun: one that is refused has none. Where it `looks_first`, that is
    /// when it is known what is in use. `before` is what happened in the run so far.
    pub(crate) fn begin(
        &self,
        heading: String,
        looks_first: bool,
        steps: impl IntoIterator<Item = (String, u32)>,
        before: &[Entry],
    ) {
        let mut inner = self.inner();
        inner.heading = heading;
        inner.may_be_refused = looks_first;
        inner.board = Board::new(steps);
        if !before.is_empty() {
            let waits = inner.board.go_on_from(before);
            let over = line::over_before(&inner.board.over());
            inner.heading.push_str(&over);
            if self.form == Form::Lines {
                inner.heading.extend(waits.iter().map(|one| line::plain(one) + "\n"));
            }
        }
    }

    /// Takes an event in.
    pub(crate) fn see(&self, entry: &Entry) {
        let mut inner = self.inner();
        if self.form == Form::Events && !inner.broken {
            let text = serde_json::to_string(entry).expect("an event is JSON by its type");
            inner.broken = self.out.data(&format!("{text}\n")).is_err();
        }
        inner.may_be_refused &= !has_begun(&entry.event);
        if !inner.may_be_refused {
            self.head(&mut inner);
        }
        if self.form == Form::Lines && self.out.loudness > 0 {
            self.out.talk(&line::retry(entry).unwrap_or_default());
        }
        let settled = inner.board.see(entry);
        let is_live = self.is_live();
        let settled = settled.into_iter().filter(|one| !(is_live && one.word.is_on_the_way()));
        self.show(&mut inner, &settled.collect::<Vec<_>>(), entry.at);
    }

    /// Draws again what moves by itself.
    pub(crate) fn tick(&self, now: Timestamp) {
        if self.is_live() {
            self.show(&mut self.inner(), &[], now);
        }
    }

    /// Says what a step says: of a run, so below its heading.
    pub(crate) fn log(&self, text: &str) {
        self.head(&mut self.inner());
        self.say(text);
    }

    /// Says something between the lines of the progress.
    pub(crate) fn say(&self, text: &str) {
        let mut inner = self.inner();
        self.clear(&mut inner);
        let unseen = std::mem::take(&mut inner.unseen);
        self.out.talk(&format!("{unseen}{text}"));
        inner.bare = false;
    }

    /// Shows what was held back, takes the moving part away, and returns what was told.
    pub(crate) fn finish(&self, now: Timestamp) -> Told {
        let mut inner = self.inner();
        let is_live = self.is_live();
        let last = inner.board.finish().into_iter();
        // In a pipe, what is on the way had its line when it went there.
        let last = last.filter(|one| is_live || !one.word.is_on_the_way());
        self.show(&mut inner, &last.collect::<Vec<_>>(), now);
        self.clear(&mut inner);
        let unseen = std::mem::take(&mut inner.unseen);
        if inner.heading.is_empty() {
            self.out.talk(&unseen);
        }
        let board = &inner.board;
        let (promoted, seen) = (board.promoted.clone(), board.seen.clone());
        Told { promoted, began: board.began, seen, bare: inner.bare }
    }

    /// Shows the heading, unless it was shown.
    fn head(&self, inner: &mut Inner) {
        let heading = std::mem::take(&mut inner.heading);
        if matches!(self.form, Form::Live | Form::Lines) && !heading.is_empty() {
            self.out.talk(&heading);
            inner.bare = heading.ends_with("\n\n");
        }
    }

    fn show(&self, inner: &mut Inner, settled: &[Settled], now: Timestamp) {
        inner.bare &= settled.is_empty();
        match self.form {
            Form::Live => self.draw(inner, settled, now),
            Form::Lines => {
                inner.unseen.extend(settled.iter().map(|one| line::plain(one) + "\n"));
                if inner.heading.is_empty() {
                    self.out.talk(&std::mem::take(&mut inner.unseen));
                }
            }
            Form::Events | Form::Nothing => {}
        }
    }

    /// Draws the picture, unless it was drawn just now: then what has settled waits for the next
    /// time.
    fn draw(&self, inner: &mut Inner, settled: &[Settled], now: Timestamp) {
        let (columns, lines) = self.out.size();
        let columns = columns.saturating_sub(1);
        let ids = inner.board.id_columns();
        inner.unseen.extend(settled.iter().map(|one| line::aligned(one, ids, columns) + "\n"));
        let is_fresh = inner.drawn_at.is_some_and(|at| now.since(at) < AT_MOST_EVERY);
        if is_fresh || !inner.heading.is_empty() {
            return;
        }
        let mut text = std::mem::take(&mut inner.unseen);
        let frame = inner.board.frame(now, columns, lines.saturating_sub(2));
        text.extend(frame.iter().map(|line| format!("{line}\n")));
        self.out.redraw(inner.drawn, &text);
        (inner.drawn, inner.drawn_at) = (frame.len(), Some(now));
    }

    fn clear(&self, inner: &mut Inner) {
        if inner.drawn > 0 {
            self.out.redraw(inner.drawn, "");
            inner.drawn = 0;
        }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        // What is drawn is never half a fact: a poisoned board is as good as any.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Says whether an event tells that the run was not refused for what is in use: it is known by the
/// claim, was found, or the run went on to a write or failed otherwise.
fn has_begun(event: &Event) -> bool {
    match event {
        Event::Claimed(claimed) => claimed.old.is_some(),
        Event::Started(started) => started.writes,
        Event::Ended { error: Some(Failure { code, .. }), .. } => code != "refused",
        Event::Succeeded { .. }
        | Event::Found { .. }
        | Event::Skipped { .. }
        | Event::Expanded { .. } => false,
        Event::Captured { .. }
        | Event::Failed { .. }
        | Event::Lost { .. }
        | Event::RetryAt { .. }
        | Event::Stored { .. }
        | Event::Parked { .. }
        | Event::Resumed { .. }
        | Event::Decided { .. }
        | Event::Settling { .. }
        | Event::Reopened { .. }
        | Event::Swept { .. }
        | Event::UndoStarted { .. }
        | Event::Undone { .. }
        | Event::UndoFailed { .. }
        | Event::Abandoned { .. }
        | Event::Promoted { .. }
        | Event::DebtChanged { .. }
        | Event::Stopped
        | Event::Ended { .. } => true,
    }
}

/// Returns a log line as people read it.
pub(crate) fn log_line(level: &str, step: &str, message: &str, fields: &str) -> String {
    let fields = if fields.is_empty() { String::new() } else { format!(" {fields}") };
    let level = if level == "info" { String::new() } else { format!("{level}: ") };
    format!("{} says: {level}{}{}\n", tame(step), tame(message), tame(&fields))
}
