//! `cutover init`: a commented workflow to start from.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde_json::json;

use super::timer;
use crate::args::InitArgs;
use crate::exit::{Exit, Problem};
use crate::session::Session;

const TEXT: &str = include_str!("init.yaml");
const NAME_IN_TEXT: &str = "rotate-token";
const LONGEST_NAME: usize = 64;

/// The name where none is given.
const NAME: &str = NAME_IN_TEXT;

/// Writes `NAME.yaml`, or what calls `tick`, unless it is there.
///
/// # Errors
/// Where the name does not fit a workflow, a file is there, or cannot be written.
pub(crate) fn run(args: &InitArgs, session: &Session) -> anyhow::Result<Exit> {
    if let Some(kind) = args.timer {
        return timer::run(kind, args, session);
    }
    let name = args.name.as_deref().unwrap_or(NAME);
    let name = name.strip_suffix(".yaml").unwrap_or(name);
    if !fits(name) {
        let help = "Lower-case letters, digits and dashes, a letter first, at most 64.";
        return Err(Problem::wrong(format!("`{name}` is no name of a workflow")).help(help).into());
    }
    let file = PathBuf::from(format!("{name}.yaml"));
    write_new(&file, &TEXT.replace(NAME_IN_TEXT, name), "cutover init NAME")?;
    let shown = file.display();
    if session.out.is_human() {
        session.out.talk(&format!(
            "wrote {shown}\n  See what it would do: cutover plan {shown} --sandbox\n  \
             Try it:               cutover run {shown} --sandbox\n"
        ));
    } else {
        session.out.json(&json!({ "file": file }))?;
    }
    Ok(Exit::Done)
}

/// Writes a file, unless it is there; `another` says how to give it another name.
///
/// # Errors
/// Where it is there or cannot be written.
pub(super) fn write_new(file: &Path, text: &str, another: &str) -> Result<(), Problem> {
    let shown = file.display();
    let opened = OpenOptions::new().write(true).create_new(true).open(file);
    match opened.and_then(|mut opened| opened.write_all(text.as_bytes())) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            let help = format!("Choose another name: {another}");
            Err(Problem::wrong(format!("`{shown}` is there already")).help(help))
        }
        Err(error) => Err(Problem::edge(format!("`{shown}` cannot be written: {error}"))),
    }
}

/// Says whether a workflow may have the name.
pub(super) fn fits(name: &str) -> bool {
    name.len() <= LONGEST_NAME
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use cutover_engine::source::Source;

    use super::*;
    use crate::document::examine;
    use crate::plugins::Shelf;

    #[test]
    fn what_it_writes_has_no_mistake() {
        let source = Arc::new(Source::new("rotate-token.yaml", TEXT));
        let document = examine(Arc::clone(&source), &Shelf::on(String::new()));
        assert_eq!(document.found.to_lines(&source), "");
        assert!(document.checked.is_some());
    }

    #[test]
    fn its_own_name_is_put_in_everywhere() {
        let text = TEXT.replace(NAME_IN_TEXT, "rotate-other");
        assert!(text.contains("\nname: rotate-other\n"), "{text}");
        assert!(!text.contains(NAME_IN_TEXT));
    }

    #[test]
    fn a_name_that_no_workflow_may_have_is_refused() {
        assert!(fits("rotate-ci-2"));
        for name in ["", "2x", "Rotate", "a/b", "..", "a b", &"a".repeat(65)] {
            assert!(!fits(name), "{name}");
        }
    }
}
