//! The folder of a plugin: what of it is read.

use std::fs;
use std::path::Path;

use cutover_lua::files::{Files, MANIFEST};
use cutover_lua::plugin::LARGEST_SOURCE;

use crate::text_file;

/// The most files that a plugin has.
const MOST_FILES: usize = 500;
/// How deep folders may stand in it.
const DEEPEST: usize = 8;

/// Reads the manifest and every Lua file: all that a plugin can reach of its own folder. Links and
/// hidden files are no part of it, nor is what stands in hidden folders.
///
/// # Errors
/// Why it is none, as a phrase.
pub(crate) fn read(folder: &Path) -> Result<Files, String> {
    let shown = folder.display();
    if !folder.is_dir() {
        return Err(format!("there is no folder `{shown}`"));
    }
    let mut texts = Vec::new();
    walk(folder, "", 0, &mut texts)?;
    if texts.is_empty() {
        return Err(format!("`{shown}` has neither `{MANIFEST}` nor a Lua file"));
    }
    Ok(Files::new(texts))
}

fn walk(
    folder: &Path,
    prefix: &str,
    depth: usize,
    texts: &mut Vec<(String, String)>,
) -> Result<(), String> {
    let cannot =
        |error: &dyn std::fmt::Display| format!("`{}` cannot be read: {error}", folder.display());
    for entry in fs::read_dir(folder).map_err(|error| cannot(&error))? {
        let entry = entry.map_err(|error| cannot(&error))?;
        let Ok(name) = entry.file_name().into_string() else { continue };
        let kind = entry.file_type().map_err(|error| cannot(&error))?;
        if name.starts_with('.') {
            continue;
        }
        let path = format!("{prefix}{name}");
        if kind.is_dir() && depth < DEEPEST {
            walk(&entry.path(), &format!("{path}/"), depth + 1, texts)?;
        } else if kind.is_file() && (path == MANIFEST || path.ends_with(".lua")) {
            let text = text_file::read(&entry.path(), LARGEST_SOURCE as u64);
            texts.push((path.clone(), text.map_err(|why| format!("`{path}`: {why}"))?));
        }
        if texts.len() > MOST_FILES {
            return Err(format!("it has more than {MOST_FILES} files"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn what_a_plugin_can_reach_of_its_folder_is_read_and_nothing_else() {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let at = |path: &str| folder.path().join(path);
        fs::create_dir_all(at("lib/deep")).expect("it can be made");
        fs::create_dir_all(at(".types")).expect("it can be made");
        for path in ["plugin.yaml", "init.lua", "lib/deep/a.lua", "notes.md", ".types/x.lua"] {
            fs::write(at(path), path).expect("it can be written");
        }
        symlink("/etc/passwd", at("lib/stolen.lua")).expect("a link can be made");
        let files = read(folder.path()).expect("it is a plugin");
        let paths: Vec<&str> = files.iter().map(|(path, _)| path).collect();
        assert_eq!(paths, ["init.lua", "lib/deep/a.lua", "plugin.yaml"]);
    }

    #[test]
    fn what_is_no_folder_says_so() {
        let folder = tempfile::tempdir().expect("a folder can be made");
        assert!(read(&folder.path().join("x")).expect_err("it is not there").contains("no folder"));
        assert!(read(folder.path()).expect_err("it is empty").contains("plugin.yaml"));
        let large = "-".repeat(LARGEST_SOURCE + 1);
        fs::write(folder.path().join("init.lua"), large).expect("it can be written");
        assert!(read(folder.path()).expect_err("it is too large").contains("init.lua"));
    }
}
