//! What came of a plugin's tests.

use crate::files::Files;

/// As many lines of a file are shown before and after the one that is meant.
const AROUND: u32 = 1;

/// What came of all tests of a plugin.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Report {
    /// The cases, file by file.
    pub cases: Vec<CaseReport>,
    /// The files that could not be read, each with why.
    pub unread: Vec<Failure>,
}

/// What came of one case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseReport {
    /// Its file, such as `tests/issue_test.lua`.
    pub file: String,
    /// Its name.
    pub name: String,
    /// Where it begins.
    pub line: u32,
    /// How often it was run, under all laws.
    pub runs: usize,
    /// What was wrong; empty for nothing.
    pub failures: Vec<Failure>,
}

/// Something that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Under which law.
    pub law: Law,
    /// Which step of the case it was, by its short name.
    pub step: Option<String>,
    /// Which of its writes, from 1.
    pub write: Option<usize>,
    /// What is wrong: a lowercase phrase.
    pub message: String,
    /// The way out; may be empty.
    pub help: String,
    /// Where in the plugin's own text.
    pub at: Option<At>,
    /// What was done until then, a line each.
    pub trail: Vec<String>,
}

/// A line of a plugin's text, with those around it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct At {
    /// The file, inside the plugin's folder.
    pub file: String,
    /// The line, from 1.
    pub line: u32,
    /// The lines around it by their numbers.
    pub frame: Vec<(u32, String)>,
}

/// What holds for every case, whatever it tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Law {
    /// The case itself holds.
    Case,
    /// A preview that may ask gets to the write and writes nothing.
    Preview,
    /// So does one that asks nobody and knows nothing of other steps.
    Offline,
    /// `read` finds what `run` made.
    Found,
    /// `read` finds nothing that is not ours.
    Others,
    /// A refused write is an error.
    Refused,
    /// A write whose answer was lost is recovered.
    Lost,
    /// `undo` twice leaves nothing.
    Undo,
    /// No secret leaves.
    Secrets,
}

impl Report {
    /// Says whether nothing was wrong.
    pub fn is_right(&self) -> bool {
        self.unread.is_empty() && self.cases.iter().all(|case| case.failures.is_empty())
    }
}

impl Law {
    /// Returns all of them, in the order in which they are tried.
    pub const ALL: [Self; 9] = [
        Self::Case,
        Self::Preview,
        Self::Offline,
        Self::Found,
        Self::Others,
        Self::Refused,
        Self::Lost,
        Self::Undo,
        Self::Secrets,
    ];

    /// Returns the word for it in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Case => "case",
            Self::Preview => "preview",
            Self::Offline => "offline",
            Self::Found => "found",
            Self::Others => "others",
            Self::Refused => "refused",
            Self::Lost => "lost",
            Self::Undo => "undo",
            Self::Secrets => "secrets",
        }
    }

    /// Returns it as a person reads it, after the name of a step.
    pub fn words(self) -> &'static str {
        match self {
            Self::Case => "as it is written",
            Self::Preview => "as a preview that may ask",
            Self::Offline => "as an offline preview",
            Self::Found => "looked for after it ran",
            Self::Others => "looked for by somebody else",
            Self::Refused => "refused",
            Self::Lost => "done, and its answer lost",
            Self::Undo => "undone twice",
            Self::Secrets => "searched for secrets",
        }
    }
}

impl Failure {
    /// Makes one of some words. Where they name a place in the plugin, it is cut out of them.
    pub(crate) fn new(law: Law, message: &str, files: &Files) -> Self {
        let (at, message) = match place_in(message, files) {
            Some((at, rest)) => (Some(at), rest),
            None => (None, message.to_owned()),
        };
        let (step, write, help, trail) = (None, None, String::new(), Vec::new());
        Self { law, step, write, message, help, at, trail }
    }

    /// Adds the help of a step's error. What of it shows the place is shown with the place.
    pub(crate) fn helped(&mut self, help: &str, files: &Files) {
        if self.at.is_none() {
            self.at = place_in(&format!("{help}:"), files).map(|(at, _)| at);
        }
        let is_place = |line: &&str| line.contains(" | ") || line.starts_with("asked for at ");
        let kept: Vec<&str> = help.lines().filter(|line| !is_place(line)).collect();
        self.help = kept.join("\n");
    }
}

/// Finds `file.lua:12:` in a message, and returns the place and the words. A message that begins with
/// it is told without it.
fn place_in(message: &str, files: &Files) -> Option<(At, String)> {
    let (file, text, from) = files
        .iter()
        .filter_map(|(path, text)| Some((path, text, message.find(&format!("{path}:"))?)))
        .min_by_key(|(path, _, from)| (*from, std::cmp::Reverse(path.len())))?;
    let after = &message[from + file.len() + 1..];
    let digits = after.find(|c: char| !c.is_ascii_digit()).unwrap_or(after.len());
    let line: u32 = after[..digits].parse().ok()?;
    let rest = after[digits..].trim_start_matches(':').trim_start();
    let words = if from == 0 { rest } else { message };
    let frame = frame(text, line);
    Some((At { file: file.to_owned(), line, frame }, words.to_owned()))
}

fn frame(text: &str, line: u32) -> Vec<(u32, String)> {
    let near = |at: &u32| at.abs_diff(line) <= AROUND;
    let lines = (1..).zip(text.lines()).filter(|(at, _)| near(at));
    lines.map(|(at, text)| (at, text.trim_end().to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_cut_out_of_a_message_and_shown_with_the_lines_around_it() {
        let text = "one\ntwo\nthree\nfour\n".to_owned();
        let files = Files::new([("init.lua".to_owned(), text)]);
        let failure = Failure::new(Law::Case, "init.lua:3: it is nil", &files);
        assert_eq!(failure.message, "it is nil");
        let message = "`acme.put` has a bug at init.lua:3: it is nil";
        let longer = Failure::new(Law::Case, message, &files);
        assert_eq!((longer.message.as_str(), &longer.at), (message, &failure.at));
        let at = failure.at.expect("it names a place");
        assert_eq!((at.file.as_str(), at.line), ("init.lua", 3));
        let frame = [(2, "two".to_owned()), (3, "three".to_owned()), (4, "four".to_owned())];
        assert_eq!(at.frame, frame);
        let plain = Failure::new(Law::Case, "it is nil", &files);
        assert_eq!((plain.message.as_str(), plain.at), ("it is nil", None));
    }
}
