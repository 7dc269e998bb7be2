//! Files for one call: 0600 in a folder of their own, removed after it.

use std::fs::{DirBuilder, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use crate::private::{beside, make_folder, random_bytes};

/// What the folder beside the state is called in which these lie.
const FOLDER: &str = ".scratch";

/// The files of one call.
pub(crate) struct Scratch {
    folder: Option<PathBuf>,
    files: Vec<(String, PathBuf)>,
}

impl Scratch {
    /// Makes none.
    pub(crate) fn none() -> Self {
        Self { folder: None, files: Vec::new() }
    }

    /// Makes a file. Its name is `{name}` in arguments.
    pub(crate) fn add(
        &mut self,
        state: &Path,
        run: &str,
        name: &str,
        content: &[u8],
    ) -> io::Result<()> {
        let folder = match &self.folder {
            Some(folder) => folder.clone(),
            None => self.folder.insert(make(state, run)?).clone(),
        };
        let path = folder.join(format!("{}", self.files.len()));
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
        self.files.push((format!("{{{name}}}"), path));
        file.write_all(content)
    }

    /// Returns an argument with the paths of the files in it.
    pub(crate) fn fill(&self, argument: &str) -> String {
        self.files.iter().fold(argument.to_owned(), |filled, (hole, path)| {
            filled.replace(hole, &path.to_string_lossy())
        })
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if let Some(folder) = &self.folder
            && let Err(error) = std::fs::remove_dir_all(folder)
        {
            tracing::warn!(folder = %folder.display(), %error, "files of a call were not removed");
        }
    }
}

fn make(state: &Path, run: &str) -> io::Result<PathBuf> {
    let all = beside(state, FOLDER);
    make_folder(&all)?;
    let random = u64::from_le_bytes(random_bytes());
    let folder = all.join(format!("{run}.{random:016x}"));
    DirBuilder::new().mode(0o700).create(&folder)?;
    Ok(folder)
}

/// Removes what a killed process left. `is_alive` says whether a run's driver still lives.
pub(crate) fn sweep(state: &Path, is_alive: &dyn Fn(&str) -> bool) {
    for folder in left(state, is_alive) {
        if let Err(error) = std::fs::remove_dir_all(&folder) {
            let folder = folder.display();
            tracing::warn!(%folder, %error, "files of a dead call were not removed");
        }
    }
}

/// Returns the folders that a killed process left.
pub(crate) fn left(state: &Path, is_alive: &dyn Fn(&str) -> bool) -> Vec<PathBuf> {
    let Ok(folders) = std::fs::read_dir(beside(state, FOLDER)) else { return Vec::new() };
    let is_dead = |folder: &std::fs::DirEntry| {
        let name = folder.file_name().to_string_lossy().into_owned();
        let run = name.split('.').next().unwrap_or_default();
        !run.is_empty() && !is_alive(run)
    };
    folders.flatten().filter(is_dead).map(|folder| folder.path()).collect()
}
