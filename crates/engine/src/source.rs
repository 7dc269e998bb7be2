//! A workflow's text with its name, and places in it.

use std::ops::Range;

/// A named text: a workflow file as it was read. Once made it stays as it is, so that places in it
/// are found without looking through it again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// How messages call it, usually the path as it was typed.
    pub name: String,
    /// The whole text.
    pub text: String,
    /// Where each line begins.
    lines: Vec<usize>,
}

/// A half-open range of bytes in a [`Source`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Span {
    /// The first byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

/// A place as people count it: both from 1, the column in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The line, from 1.
    pub line: usize,
    /// The character in the line, from 1.
    pub column: usize,
}

/// A value with the place where it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spanned<T> {
    /// The value.
    pub value: T,
    /// Where it stands.
    pub span: Span,
}

impl Source {
    /// Makes a source from a name and a text.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        let text = text.into();
        let lines = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1));
        Self { name: name.into(), lines: lines.collect(), text }
    }

    /// Returns the line and column of a byte; past the end it is the end.
    pub fn position(&self, byte: usize) -> Position {
        let byte = self.text.floor_char_boundary(byte.min(self.text.len()));
        let line = self.lines.partition_point(|start| *start <= byte);
        let column = self.text[self.lines[line - 1]..byte].chars().count() + 1;
        Position { line, column }
    }

    /// Returns a line by its number, from 1, without its end; empty where there is none.
    pub fn line(&self, number: usize) -> &str {
        let start = number.checked_sub(1).and_then(|at| self.lines.get(at));
        let rest = start.and_then(|start| self.text.get(*start..)).unwrap_or("");
        rest.lines().next().unwrap_or("")
    }

    /// Returns the text of a span, empty where the span does not fit.
    pub fn slice(&self, span: Span) -> &str {
        self.text.get(span.range()).unwrap_or("")
    }
}

impl Span {
    /// Makes a span of two byte offsets.
    pub fn new(start: usize, end: usize) -> Self {
        Self { start, end: end.max(start) }
    }

    /// Returns it as a range.
    pub fn range(self) -> Range<usize> {
        self.start..self.end
    }
}

impl<T> Spanned<T> {
    /// Puts a value and its place together.
    pub fn new(value: T, span: Span) -> Self {
        Self { value, span }
    }
}
