//! What ended a call that gave nothing: whose fault it is, where in the plugin, and how it got there.

use cutover_engine::value::{MARK_CLOSE, MARK_OPEN};

use crate::files::Files;
use crate::vm::Refusal;
use crate::vm::limits::LONGEST_MESSAGE;
use crate::vm::watch::Stop;

/// How many lines of a file are shown around the one in question.
const AROUND: usize = 1;
/// The longest line of a code frame.
const LONGEST_LINE: usize = 160;

/// Why a call gave nothing.
#[derive(Debug, Clone)]
pub struct Fault {
    /// What kind it is.
    pub kind: Kind,
    /// The plugin's own lines on the way there, the innermost first.
    pub trail: Vec<Frame>,
}

/// Whose fault it is.
#[derive(Debug, Clone)]
pub enum Kind {
    /// The plugin said so.
    Said(Box<Refusal>),
    /// The door refused, and the plugin's code let it through.
    Refused(Box<Refusal>),
    /// The door ended the call.
    Stopped(Box<Refusal>),
    /// The code is wrong.
    Bug(String),
    /// It ran for longer than it may.
    TooLong,
    /// Nobody waits for it any more.
    Cancelled,
    /// It has to know what only a run can tell.
    Unknown(String),
}

/// A line of a plugin's code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// The plugin's file.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The function; may be empty.
    pub function: String,
}

impl Fault {
    /// Makes one of what ended a call from outside.
    pub(crate) fn stopped(stop: Stop, trail: Vec<Frame>) -> Self {
        let kind = match stop {
            Stop::TooLong => Kind::TooLong,
            Stop::Cancelled => Kind::Cancelled,
            Stop::Unknown(from) => Kind::Unknown(from),
            Stop::Refused(refusal) => Kind::Stopped(refusal),
        };
        Self { kind, trail }
    }

    /// Makes a mistake in the code.
    pub fn bug(message: &str) -> Self {
        Self { kind: Kind::Bug(cut(message)), trail: Vec::new() }
    }

    /// Returns the innermost line as `init.lua:15`.
    pub fn place(&self) -> Option<String> {
        self.trail.first().map(Frame::place)
    }

    /// Returns the code around the innermost line and the way to it, for people.
    pub fn picture(&self, files: &Files) -> String {
        let Some(first) = self.trail.first() else { return String::new() };
        let mut lines = code_frame(files, first);
        lines.extend(self.trail.iter().skip(1).map(|frame| format!("from {}", frame.words())));
        lines.join("\n")
    }
}

impl Frame {
    /// Makes one of a chunk's name, which is `plugin/file`; none for what is no plugin's.
    pub(crate) fn new(source: &str, line: usize, function: &str) -> Option<Self> {
        let (_, file) = source.split_once('/')?;
        let function = function.to_owned();
        Some(Self { file: file.to_owned(), line, function })
    }

    fn place(&self) -> String {
        format!("{}:{}", self.file, self.line)
    }

    fn words(&self) -> String {
        if self.function.is_empty() {
            self.place()
        } else {
            format!("{} in `{}`", self.place(), self.function)
        }
    }
}

fn code_frame(files: &Files, frame: &Frame) -> Vec<String> {
    let text = files.get(&frame.file).unwrap_or_default();
    let from = frame.line.saturating_sub(AROUND).max(1);
    let width = (frame.line + AROUND).to_string().len();
    text.lines()
        .enumerate()
        .map(|(at, line)| (at + 1, line))
        .filter(|(at, _)| (from..=frame.line + AROUND).contains(at))
        .map(|(at, line)| {
            let sign = if at == frame.line { '>' } else { ' ' };
            let line: String = line.chars().take(LONGEST_LINE).collect();
            format!("{sign} {at:>width$} | {line}").trim_end().to_owned()
        })
        .collect()
}

/// Returns a message as it may be shown: not too long, one line's characters, no marks.
pub(crate) fn cut(message: &str) -> String {
    let mut end = message.len().min(LONGEST_MESSAGE);
    while !message.is_char_boundary(end) {
        end -= 1;
    }
    let tame = |c: char| match c {
        MARK_OPEN | MARK_CLOSE => '\u{FFFD}',
        '\n' | '\t' => ' ',
        c if c.is_control() => '\u{FFFD}',
        c => c,
    };
    let more = if end < message.len() { "…" } else { "" };
    message[..end].chars().map(tame).chain(more.chars()).collect()
}
