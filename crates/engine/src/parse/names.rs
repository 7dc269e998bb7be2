//! Names: of workflows, steps, inputs, outputs and plugins.

use super::reader::Reader;
use crate::diagnostic::Diagnostic;
use crate::source::Spanned;

impl Reader<'_> {
    /// Reports a name that does not have the form of its kind; says whether it does.
    pub(super) fn named(&mut self, name: &Spanned<String>, what: &str, form: NameForm) -> bool {
        let fits = form.fits(&name.value);
        if !fits {
            let message = format!("`{}` is no name for {what}", name.value);
            let found = Diagnostic::error("K06", name.span, message);
            self.push(found.help(form.help(&name.value)));
        }
        fits
    }
}

/// The form of a kind of name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NameForm {
    /// Of a workflow: `[a-z][a-z0-9-]*`, at most 64.
    Workflow,
    /// Of a step: `[a-z][a-z0-9_]*`.
    Step,
    /// Of an input, an output, a plugin: `[A-Za-z_][A-Za-z0-9_-]*`.
    Free,
}

/// How long the name of a workflow may be.
const LONGEST_NAME: usize = 64;

impl NameForm {
    /// Says whether a name has the form.
    pub(super) fn fits(self, name: &str) -> bool {
        let lower = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
        match self {
            Self::Workflow => {
                name.len() <= LONGEST_NAME
                    && name.starts_with(|c: char| c.is_ascii_lowercase())
                    && name.chars().all(|c| lower(c) || c == '-')
            }
            Self::Step => {
                name.starts_with(|c: char| c.is_ascii_lowercase())
                    && name.chars().all(|c| lower(c) || c == '_')
            }
            Self::Free => {
                name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
                    && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-')
            }
        }
    }

    fn help(self, name: &str) -> String {
        let form = match self {
            Self::Workflow => "lower-case letters, digits and dashes, a letter first, at most 64",
            Self::Step => "lower-case letters, digits and underscores, a letter first",
            Self::Free => "letters, digits, underscores and dashes, a letter first",
        };
        let joint = if self == Self::Workflow { '-' } else { '_' };
        let tame: String = name
            .to_lowercase()
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() { c } else { joint })
            .take(LONGEST_NAME)
            .collect();
        let tame = tame.trim_matches(joint);
        if self.fits(tame) { format!("{form}: `{tame}`") } else { form.to_owned() }
    }
}
