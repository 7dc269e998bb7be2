//! `cutover plugin new`: the folder of a plugin that passes, to start from.

use std::fs;
use std::path::Path;

use cutover_lua::plugin::Plugin;
use serde_json::json;

use super::check::write_editor;
use crate::exit::{Exit, Problem};
use crate::plugins::read_folder;
use crate::session::Session;

/// The name that stands in the texts.
const NAME_IN_TEXT: &str = "my-store";
/// The same, as its classes are called.
const CLASS_IN_TEXT: &str = "my_store";
const LONGEST_NAME: usize = 64;
/// The files by path.
const FILES: [(&str, &str); 4] = [
    ("plugin.yaml", include_str!("new/plugin.yaml")),
    ("init.lua", include_str!("new/init.lua")),
    ("tests/fake.lua", include_str!("new/fake.lua")),
    ("tests/store_test.lua", include_str!("new/store_test.lua")),
];

/// Writes the folder NAME, unless it is there.
///
/// # Errors
/// Where the name does not fit, something is there, or it cannot be written.
pub(crate) fn run(name: &str, session: &Session) -> anyhow::Result<Exit> {
    if !fits(name) {
        let help = "Lower-case letters, digits and dashes, a letter first, at most 64.";
        return Err(Problem::wrong(format!("`{name}` is no name of a plugin")).help(help).into());
    }
    let folder = Path::new(name);
    if folder.exists() {
        let help = "Choose another name: cutover plugin new NAME";
        return Err(Problem::wrong(format!("`{name}` is there already")).help(help).into());
    }
    let cannot = |error| Problem::edge(format!("`{name}` cannot be made: {error}"));
    for (path, text) in FILES {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().unwrap_or(folder)).map_err(cannot)?;
        fs::write(&path, named(text, name)).map_err(cannot)?;
    }
    let files = read_folder(folder).map_err(Problem::edge)?;
    let plugin = Plugin::load(files).expect("what is written here has no mistake");
    write_editor(folder, &plugin)?;
    if session.out.is_human() {
        session.out.talk(&format!(
            "wrote {name}: a store with `put` and `get`, its tests and a stand-in for its service\n  \
             What it is:  {name}/plugin.yaml, {name}/init.lua\n  \
             Check it:    cutover plugin check {name}\n  \
             Test it:     cutover plugin test {name}\n"
        ));
    } else {
        session.out.json(&json!({ "folder": name }))?;
    }
    Ok(Exit::Done)
}

/// Returns one of the texts for a plugin of this name.
fn named(text: &str, name: &str) -> String {
    text.replace(NAME_IN_TEXT, name).replace(CLASS_IN_TEXT, &name.replace('-', "_"))
}

fn fits(name: &str) -> bool {
    name.len() <= LONGEST_NAME
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
}

#[cfg(test)]
mod tests {
    use cutover_lua::files::Files;
    use cutover_lua::inspect::inspect;

    use super::*;

    #[test]
    fn what_it_writes_has_no_mistake() {
        let texts = FILES.map(|(path, text)| (path.to_owned(), named(text, "a-b")));
        assert!(texts[1].1.contains("---@type a_b.put\n"), "{}", texts[1].1);
        let plugin = Plugin::load(Files::new(texts)).expect("its manifest is right");
        assert_eq!(inspect(&plugin), []);
    }

    #[test]
    fn a_name_that_no_plugin_may_have_is_refused() {
        assert!(fits("my-store"));
        for name in ["", "2x", "Store", "a/b", "..", "a_b", &"a".repeat(65)] {
            assert!(!fits(name), "{name}");
        }
    }
}
