//! Where text goes: data to standard output, talk to standard error, both through the second net.

use std::io::{self, BufWriter, IsTerminal, Write};
use std::sync::{Arc, OnceLock};

use anstream::{AutoStream, ColorChoice};
use serde_json::Value as Json;

use crate::args::{Color, Global, Output};
use crate::text::WIDEST;

/// Takes every live secret out of a text.
pub(crate) type Redact = Arc<dyn Fn(&str) -> String + Send + Sync>;

/// Where text goes.
pub(crate) struct Out {
    /// The form that was asked for.
    pub(crate) form: Output,
    /// How much was asked for: below 0 only what went wrong, 0 the usual, above it more.
    pub(crate) loudness: i8,
    color: ColorChoice,
    redact: OnceLock<Redact>,
}

impl Out {
    /// Makes it as the command line asked.
    pub(crate) fn new(global: &Global) -> Self {
        let color = match global.color {
            Color::Auto => ColorChoice::Auto,
            Color::Always => ColorChoice::AlwaysAnsi,
            Color::Never => ColorChoice::Never,
        };
        let more = i8::try_from(global.verbose).unwrap_or(i8::MAX);
        let loudness = if global.quiet { -1 } else { more };
        Self { form: global.output, loudness, color, redact: OnceLock::new() }
    }

    /// Hangs the second net up: from here on every text passes it.
    pub(crate) fn redact_with(&self, redact: Redact) {
        // A second host of one command has the same secrets as the first.
        drop(self.redact.set(redact));
    }

    /// Says whether people read: not a program.
    pub(crate) fn is_human(&self) -> bool {
        self.form == Output::Human
    }

    /// Says whether what is printed goes to a terminal.
    pub(crate) fn is_on_terminal(&self) -> bool {
        io::stdout().is_terminal()
    }

    /// Prints data.
    ///
    /// # Errors
    /// Where standard output cannot be written.
    pub(crate) fn data(&self, text: &str) -> io::Result<()> {
        let mut stream = AutoStream::new(io::stdout(), self.color);
        stream.write_all(self.net(text).as_bytes())?;
        stream.flush()
    }

    /// Prints one JSON object: `json` over many lines for a terminal, else one.
    ///
    /// # Errors
    /// Where standard output cannot be written.
    pub(crate) fn json(&self, json: &Json) -> io::Result<()> {
        let text = if self.breaks_json() { format!("{json:#}\n") } else { format!("{json}\n") };
        self.data(&text)
    }

    /// Prints data in pieces, each of which passes the second net by itself.
    ///
    /// # Errors
    /// Where standard output cannot be written.
    pub(crate) fn pieces(&self, pieces: impl Iterator<Item = String>) -> io::Result<()> {
        let mut stream = BufWriter::new(io::stdout().lock());
        for piece in pieces {
            stream.write_all(self.net(&piece).as_bytes())?;
        }
        stream.flush()
    }

    /// Says whether JSON is broken into lines: for a terminal.
    pub(crate) fn breaks_json(&self) -> bool {
        self.form == Output::Json && io::stdout().is_terminal()
    }

    /// Talks, unless only what went wrong was asked for. That nobody listens is no failure.
    pub(crate) fn talk(&self, text: &str) {
        if self.loudness >= 0 {
            self.complain(text);
        }
    }

    /// Says what went wrong.
    pub(crate) fn complain(&self, text: &str) {
        let mut stream = AutoStream::new(io::stderr(), self.color);
        let text = self.net(text);
        drop(stream.write_all(text.as_bytes()).and_then(|()| stream.flush()));
    }

    /// Draws over the last lines of the terminal. The cursor moves even where colours are off.
    pub(crate) fn redraw(&self, lines: usize, text: &str) {
        let text = self.net(text);
        let colored = AutoStream::new(io::stderr(), self.color).current_choice();
        let text = match colored {
            ColorChoice::Never => anstream::adapter::strip_str(&text).to_string(),
            ColorChoice::Auto | ColorChoice::Always | ColorChoice::AlwaysAnsi => text,
        };
        let back = if lines > 0 { format!("\x1b[{lines}A") } else { String::new() };
        let whole = format!("{back}\r\x1b[J{text}");
        let mut stream = io::stderr().lock();
        drop(stream.write_all(whole.as_bytes()).and_then(|()| stream.flush()));
    }

    /// Returns how many columns a drawing may take.
    pub(crate) fn columns(&self) -> usize {
        self.size().0.min(WIDEST)
    }

    /// Returns columns and lines of the terminal; 100 and 24 where there is none.
    pub(crate) fn size(&self) -> (usize, usize) {
        let streams = (rustix::termios::tcgetwinsize(io::stderr()), io::stdout());
        let size = streams.0.or_else(|_| rustix::termios::tcgetwinsize(streams.1));
        match size {
            Ok(size) if size.ws_col > 0 && size.ws_row > 0 => {
                (usize::from(size.ws_col), usize::from(size.ws_row))
            }
            Ok(_) | Err(_) => (WIDEST, 24),
        }
    }

    fn net(&self, text: &str) -> String {
        self.redact.get().map_or_else(|| text.to_owned(), |redact| redact(text))
    }
}
