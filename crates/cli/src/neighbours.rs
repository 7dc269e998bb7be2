//! The other workflows of a file's folder: two of them must not promote one credential (L09).

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use cutover_engine::check::check_folder;
use cutover_engine::parse::parse;
use cutover_engine::source::Source;
use cutover_engine::workflow::Workflow;

use crate::document::{self, Document};

/// The most files of a folder that are read: far above any folder of workflows.
const MOST_FILES: usize = 1000;

/// Adds to a document what is wrong between it and the others of its folder. What cannot be read
/// there is no matter of this file.
pub(crate) fn compare(document: &mut Document, file: &Path) {
    let Some(workflow) = document.workflow.clone() else { return };
    let others = others(file);
    let all: Vec<&Workflow> =
        std::iter::once(&*workflow).chain(others.iter().map(|other| &**other)).collect();
    let found = check_folder(&all).into_iter().filter(|(at, _)| *at == 0);
    found.for_each(|(_, found)| document.found.push(found));
    document.found.settle();
}

fn others(file: &Path) -> Vec<Arc<Workflow>> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    let Ok(entries) = fs::read_dir(folder.unwrap_or(Path::new("."))) else { return Vec::new() };
    let own = fs::canonicalize(file).ok();
    let mut files: Vec<PathBuf> = entries
        .take(MOST_FILES)
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| is_yaml(path) && path.is_file() && fs::canonicalize(path).ok() != own)
        .collect();
    files.sort();
    files.iter().filter_map(|path| parsed(path)).collect()
}

fn is_yaml(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending == "yaml" || ending == "yml")
}

fn parsed(path: &Path) -> Option<Arc<Workflow>> {
    let text = document::read(path).ok()?;
    let (workflow, _) = parse(Arc::new(Source::new(path.display().to_string(), text)));
    workflow.map(Arc::new)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn only_the_other_yaml_files_of_the_folder_are_read() {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let at = |name: &str| folder.path().join(name);
        for name in ["own.yaml", "b.yml", "a.yaml"] {
            let text = format!("version: 1\nname: {}\nsteps: []\n", &name[..1]);
            fs::write(at(name), text).expect("it can be written");
        }
        fs::write(at("notes.txt"), "version: 1").expect("it can be written");
        symlink("/dev/zero", at("c.yaml")).expect("a link can be made");
        let names: Vec<String> =
            others(&at("own.yaml")).iter().map(|other| other.name.value.clone()).collect();
        assert_eq!(names, ["a", "b"]);
    }
}
