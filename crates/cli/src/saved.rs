//! Saved plans as files: what was reviewed, so that a run does exactly that or nothing.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use cutover_engine::plan::saved::{Hole, SavedPlan};
use cutover_engine::value::Map;

use crate::exit::Problem;
use crate::text_file::{self, LARGE};

/// The version of the format that is read.
const FORMAT: u32 = 1;

/// Writes a plan; one that is there is replaced whole.
///
/// # Errors
/// Where the file cannot be written.
pub(crate) fn write(saved: &SavedPlan, file: &Path) -> Result<(), Problem> {
    let text = serde_json::to_string_pretty(saved).expect("a plan is JSON by its types") + "\n";
    let fresh = file.with_extension(format!("new-{}", std::process::id()));
    let write = || -> io::Result<()> {
        if fs::metadata(file).is_ok_and(|found| !found.is_file()) {
            return Err(io::Error::other("something else than a file is there"));
        }
        let mut opened =
            OpenOptions::new().write(true).create_new(true).mode(0o600).open(&fresh)?;
        opened.write_all(text.as_bytes())?;
        opened.sync_all()?;
        fs::rename(&fresh, file)
    };
    write().map_err(|error| {
        drop(fs::remove_file(&fresh));
        Problem::edge(format!("the plan `{}` cannot be written: {error}", file.display()))
    })
}

/// Reads a plan.
///
/// # Errors
/// Where it cannot be read or is no plan of this format.
pub(crate) fn read(file: &Path) -> Result<SavedPlan, Problem> {
    let cannot = |why: String| Problem::wrong(format!("the plan `{}`: {why}", file.display()));
    let text = text_file::read(file, LARGE).map_err(cannot)?;
    let saved: SavedPlan = serde_json::from_str(&text).map_err(|_| {
        let help = "Make one: cutover plan FILE --out PLAN";
        cannot("it is no saved plan".to_owned()).help(help)
    })?;
    if saved.format != FORMAT {
        return Err(cannot(format!("it has the format {}, not {FORMAT}", saved.format)));
    }
    Ok(saved)
}

/// Returns the inputs that a run of a plan is given again: all but those that come from elsewhere.
pub(crate) fn given(saved: &SavedPlan) -> Map {
    let known = saved
        .inputs
        .iter()
        .filter(|(_, value)| !value.is_secret() && !value.is_unknown() && !value.is_null());
    known.map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// Returns why a plan cannot be saved.
pub(crate) fn refused(holes: &[Hole]) -> Problem {
    let problem = Problem::wrong("this plan cannot be saved: it leaves open what is touched");
    holes.iter().fold(problem, |problem, hole| problem.help(hole.to_string()))
}

#[cfg(test)]
mod tests {
    use cutover_engine::value::{Handle, Value};

    use super::*;

    fn saved() -> SavedPlan {
        let secret = Handle { id: 7, origin: "inputs.key".to_owned() };
        let inputs = [("environment", Value::from("prod")), ("key", Value::from(secret))];
        SavedPlan {
            format: FORMAT,
            engine: "0".to_owned(),
            workflow: "rotate".to_owned(),
            text: "version: 1\n".to_owned(),
            digest: "00".to_owned(),
            plugins: indexmap::IndexMap::new(),
            files: indexmap::IndexMap::new(),
            inputs: inputs.map(|(name, value)| (name.to_owned(), value)).into_iter().collect(),
            refreshed: false,
            unread: false,
            old: None,
            debts: Vec::new(),
            steps: Vec::new(),
        }
    }

    #[test]
    fn what_is_no_file_is_not_replaced_by_a_plan() {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let pipe = folder.path().join("pipe");
        let mode = rustix::fs::Mode::from_bits_truncate(0o600);
        rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, mode, 0)
            .expect("a pipe can be made");
        let refused = write(&saved(), &pipe).expect_err("a pipe is there");
        assert!(refused.message.ends_with("something else than a file is there"), "{refused:?}");
        assert!(!fs::metadata(&pipe).expect("it is there").is_file(), "it was replaced");
    }

    #[test]
    fn a_plan_comes_back_from_the_disk_and_leaves_nothing_else_there() {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let file = folder.path().join("plan.json");
        write(&saved(), &file).expect("it can be written");
        write(&saved(), &file).expect("it can be written again");
        let back = read(&file).expect("it can be read");
        assert_eq!((back.workflow, back.text), (saved().workflow, saved().text));
        assert_eq!(fs::read_dir(folder.path()).expect("it is there").count(), 1);
    }

    #[test]
    fn a_secret_input_is_asked_for_again() {
        let given: Vec<String> = given(&saved()).into_keys().collect();
        assert_eq!(given, ["environment"]);
    }

    #[test]
    fn what_is_no_plan_is_refused() {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let file = folder.path().join("plan.json");
        fs::write(&file, "{}").expect("it can be written");
        assert_eq!(read(&file).expect_err("it is no plan").exit.code(), 2);
        write(&SavedPlan { format: 9, ..saved() }, &file).expect("it can be written");
        let problem = read(&file).expect_err("it is of another format");
        assert!(problem.message.contains("format 9"), "{problem:?}");
    }
}
