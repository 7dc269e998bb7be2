//! Commands as a person types them: with what tells which state is meant.

/// What has to be typed behind every command, so that it means the same state as this one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Typed {
    rest: String,
}

impl Typed {
    /// Makes it of the global arguments that were given.
    pub(crate) fn new(sandbox: bool, state: Option<&str>) -> Self {
        let mut rest = String::new();
        if sandbox {
            rest.push_str(" --sandbox");
        }
        if let Some(state) = state {
            rest.push_str(&format!(" --state {}", quoted(state)));
        }
        Self { rest }
    }

    /// Returns a command: `cutover runs show k3f9 --sandbox`.
    pub(crate) fn command(&self, words: &str) -> String {
        format!("cutover {words}{}", self.rest)
    }
}

/// Quotes a word for a shell, where it needs it.
pub(crate) fn quoted(word: &str) -> String {
    let safe = |c: char| c.is_ascii_alphanumeric() || "-_./=:,@%+~".contains(c);
    if !word.is_empty() && word.chars().all(safe) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_means_the_same_state_when_it_is_typed_again() {
        assert_eq!(Typed::default().command("runs"), "cutover runs");
        assert_eq!(
            Typed::new(true, Some("a b/state.db")).command("abandon k3f9"),
            "cutover abandon k3f9 --sandbox --state 'a b/state.db'"
        );
    }
}
