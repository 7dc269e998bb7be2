//! Colours: they only help. Text is always painted; where it goes decides whether they stay.

use anstyle::{AnsiColor, Style};

const RED: Style = AnsiColor::Red.on_default().bold();
const YELLOW: Style = AnsiColor::Yellow.on_default();
const GREEN: Style = AnsiColor::Green.on_default();
const CYAN: Style = AnsiColor::Cyan.on_default();
const DIM: Style = Style::new().dimmed();
const BOLD: Style = Style::new().bold();

/// What a piece of text is, and so how it looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Paint {
    /// As it is.
    Plain,
    /// An error, a failure.
    Bad,
    /// A warning, a debt.
    Warn,
    /// Done.
    Good,
    /// Something that is looked at.
    Look,
    /// What is already known.
    Dim,
    /// A heading.
    Strong,
}

impl Paint {
    fn style(self) -> Style {
        match self {
            Self::Plain => Style::new(),
            Self::Bad => RED,
            Self::Warn => YELLOW,
            Self::Good => GREEN,
            Self::Look => CYAN,
            Self::Dim => DIM,
            Self::Strong => BOLD,
        }
    }

    /// Paints a text; an empty one stays empty.
    pub(crate) fn on(self, text: &str) -> String {
        let style = self.style();
        if text.is_empty() || self == Self::Plain {
            return text.to_owned();
        }
        format!("{style}{text}{style:#}")
    }
}
