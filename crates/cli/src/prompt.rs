//! Questions to a person: yes or no, and a secret that is not shown while it is typed.

use std::io::{self, BufRead, IsTerminal};

use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};

use crate::out::Out;

/// Says whether a person can be asked: both ends are a terminal.
pub(crate) fn is_possible() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Asks a yes-or-no question; everything but `y` and `yes` is no.
///
/// # Errors
/// Where the terminal cannot be read.
pub(crate) fn confirm(out: &Out, question: &str) -> io::Result<bool> {
    out.complain(&format!("{question} [y/N] "));
    Ok(is_yes(&line(&mut io::stdin().lock())?))
}

/// Asks for a secret, which is not shown while it is typed; none where nothing was typed.
///
/// # Errors
/// Where the terminal cannot be read or told not to show it.
pub(crate) fn secret(out: &Out, question: &str) -> io::Result<Option<String>> {
    // What was typed before the question is thrown away with the change; what comes after it is not.
    let quiet = Quiet::begin()?;
    out.complain(&format!("{question}: "));
    let typed = line(&mut io::stdin().lock());
    drop(quiet);
    out.complain("\n");
    let typed = typed?;
    let typed = typed.strip_suffix('\r').unwrap_or(&typed).to_owned();
    Ok(Some(typed).filter(|typed| !typed.is_empty()))
}

/// While it lives, the terminal does not show what is typed.
struct Quiet {
    before: rustix::termios::Termios,
}

impl Quiet {
    fn begin() -> io::Result<Self> {
        let before = tcgetattr(io::stdin())?;
        let mut quiet = before.clone();
        quiet.local_modes.remove(LocalModes::ECHO);
        tcsetattr(io::stdin(), OptionalActions::Flush, &quiet)?;
        Ok(Self { before })
    }
}

impl Drop for Quiet {
    fn drop(&mut self) {
        // Nothing more can be done where it fails; the shell sets its terminal right itself.
        let _ = tcsetattr(io::stdin(), OptionalActions::Now, &self.before);
    }
}

fn line(from: &mut dyn BufRead) -> io::Result<String> {
    let mut typed = String::new();
    from.read_line(&mut typed)?;
    Ok(typed.strip_suffix('\n').unwrap_or(&typed).to_owned())
}

fn is_yes(typed: &str) -> bool {
    matches!(typed.trim().to_lowercase().as_str(), "y" | "yes")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_clear_yes_is_one() {
        for yes in ["y", "Y", " yes ", "YES"] {
            assert!(is_yes(yes), "{yes}");
        }
        for no in ["", "n", "yep", "yes please", "ja"] {
            assert!(!is_yes(no), "{no}");
        }
    }

    #[test]
    fn a_line_ends_at_its_end_or_where_the_input_does() {
        assert_eq!(line(&mut "a b\nc".as_bytes()).expect("it reads"), "a b");
        assert_eq!(line(&mut "c".as_bytes()).expect("it reads"), "c");
    }
}
