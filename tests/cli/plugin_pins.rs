//! Which plugin it is that runs: that of a child, of a lock, of a plan that was reviewed.

use insta::assert_snapshot;

use crate::plugin::{INIT, MANIFEST, place};
use crate::support::Place;

const PARENT: &str = "version: 1
name: all
plugins:
  notes:
    path: ../plugins/notes
    config: { folder: out, prefix: parent }
    allow: { fs: [out] }
steps:
  - { id: ask, uses: approval.wait, with: { ask: May it } }
  - { id: keep, uses: notes.put, with: { name: a, text: hello } }
  - { id: below, uses: workflow.run, with: { file: below/child.yaml } }
";
const CHILD: &str = "version: 1
name: child
plugins:
  notes:
    path: ../../plugins/louder
    config: { folder: out/child, prefix: child }
    allow: { fs: [out/child] }
  words:
    path: ../../plugins/words
    config: { folder: out/child }
    allow: { fs: [out/child] }
steps:
  - { id: keep, uses: notes.put, with: { name: a, text: hello } }
  - { id: also, uses: words.put, with: { name: b, text: there } }
";

/// A parent with a plugin, and a child with another one of that name and one more.
fn family() -> Place {
    let place = place();
    place.write("plugins/louder/plugin.yaml", &MANIFEST.replace("0.1.0", "0.2.0"));
    let louder = INIT.replace("ctx.fs.write(path, p.text)", "ctx.fs.write(path, p.text .. \"!\")");
    place.write("plugins/louder/init.lua", &louder);
    place.write("plugins/words/plugin.yaml", &MANIFEST.replace("name: notes", "name: words"));
    place.write("plugins/words/init.lua", INIT);
    place.write("flows/w.yaml", PARENT);
    place.write("flows/below/child.yaml", CHILD);
    std::fs::create_dir_all(place.folder().join("out/child")).expect("it can be made");
    place
}

#[test]
fn a_child_has_plugins_of_its_own_also_of_a_name_that_its_parent_uses() {
    let place = family();
    place.cutover(&["check", "flows/w.yaml"]).ends(0);
    place.cutover(&["plan", "flows/w.yaml", "--sandbox"]).ends(0);
    place.cutover(&["run", "flows/w.yaml", "--yes", "--sandbox"]).ends(4);
    // What a run began with stays, below it too.
    std::fs::remove_dir_all(place.folder().join("plugins")).expect("it is there");
    place.cutover(&["resume", "--last", "--approve", "ask", "--sandbox"]).ends(0);
    assert_eq!(place.read("out/parent-a"), "hello");
    assert_eq!(place.read("out/child/child-a"), "hello!");
    assert_eq!(place.read("out/child/note-b"), "there");
}

#[test]
fn a_plugin_of_a_parent_is_none_of_its_child() {
    let place = family();
    let child = "version: 1\nname: child\nsteps:\n  - { id: keep, uses: notes.put, with: { name: a, text: hello } }\n";
    place.write("flows/below/child.yaml", child);
    assert_snapshot!(place.cutover(&["check", "flows/w.yaml"]).ends(2).all(), @"
    exit 2
    --- err
    error[P07]: `below/child.yaml` cannot be run from here: P01: there is no step `notes.put`
      --> flows/w.yaml:11:52
       |
    11 |   - { id: below, uses: workflow.run, with: { file: below/child.yaml } }
       |                                                    ^^^^^^^^^^^^^^^^
       |
      help: `cutover check` of that file tells more

    1 error in flows/w.yaml; `cutover explain P07` tells more
    ");
}

#[test]
fn a_lock_that_is_broken_lets_nothing_through_and_says_where_and_what_to_do() {
    let place = place();
    place.cutover(&["plugin", "lock", "flows"]).ends(0);
    let whole = place.read("flows/plugins.lock");
    let merged = format!("<<<<<<< HEAD\n{whole}=======\n{whole}>>>>>>> theirs\n");
    let digest = whole.find("sha256: ").expect("it is there") + 20;
    let broken = [
        "\0\u{1}garbage".to_owned(),
        String::new(),
        whole[..digest].to_owned(),
        merged,
        whole.replace("version: 1\n", "version: 7\n"),
    ];
    let told = broken.map(|text| {
        place.write("flows/plugins.lock", &text);
        place.cutover(&["run", "flows/w.yaml", "--yes", "--sandbox"]).ends(2);
        let said = place.cutover(&["check", "flows/w.yaml"]).ends(2).err;
        said.lines().next().unwrap_or_default().to_owned()
    });
    assert_snapshot!(told.join("\n"), @"
    error[M13]: the lock `flows/plugins.lock` cannot be read: line 1: it is no YAML
    error[M13]: the lock `flows/plugins.lock` cannot be read: it is empty
    error[M13]: the lock `flows/plugins.lock` cannot be read: the entry of `notes` is not whole
    error[M13]: the lock `flows/plugins.lock` cannot be read: line 1: a merge has left its two sides in it
    error[M13]: the lock `flows/plugins.lock` cannot be read: it is of version 7, and this cutover reads version 1
    ");
    assert_snapshot!(place.cutover(&["check", "flows/w.yaml"]).ends(2).all(), @"
    exit 2
    --- err
    error[M13]: the lock `flows/plugins.lock` cannot be read: it is of version 7, and this cutover reads version 1
     --> flows/w.yaml:5:11
      |
    5 |     path: ../plugins/notes
      |           ^^^^^^^^^^^^^^^^
      |
      help: bring back the one that was reviewed; or move it away, look at the plugins, and lock them anew: cutover plugin lock flows/w.yaml

    1 error in flows/w.yaml; `cutover explain M13` tells more
    ");
    assert_snapshot!(place.cutover(&["plugin", "lock", "flows"]).ends(2).all(), @"
    exit 2
    --- err
    error: the lock `flows/plugins.lock` cannot be read: it is of version 7, and this cutover reads
      version 1
      bring back the one that was reviewed; or move it away, look at the plugins, and lock them anew.
    ");
    assert!(place.read("flows/plugins.lock").contains("version: 7\n"), "it was left alone");
    std::fs::remove_file(place.folder().join("flows/plugins.lock")).expect("it is there");
    place.cutover(&["plugin", "lock", "flows/w.yaml"]).ends(0);
    assert_eq!(place.read("flows/plugins.lock"), whole);
}

#[test]
fn a_plan_that_was_reviewed_is_refused_where_a_plugin_has_changed_since() {
    let place = family();
    place.write(
        "flows/w.yaml",
        &PARENT.replace("  - { id: ask, uses: approval.wait, with: { ask: May it } }\n", ""),
    );
    place.cutover(&["plan", "flows/w.yaml", "--out", "p.json", "--sandbox"]).ends(0);
    let run = ["run", "flows/w.yaml", "--plan", "p.json", "--yes", "--sandbox"];
    let write = |path: &str, text: &str| drop(place.write(path, text));
    write("plugins/notes/init.lua", &format!("{INIT}-- more\n"));
    write("plugins/words/init.lua", &format!("{INIT}-- more\n"));
    assert_snapshot!(place.cutover(&run).ends(2).all(), @"
    exit 2
    --- err
    made a sandbox in .cutover/sandbox: nothing here reaches a provider

    error: nothing ran: this is not the plan that was saved
      the plugin `notes` is not the one that was planned: its files are others
      the plugin `words` of `flows/below/child.yaml` is not the one that was planned: its files are
      others
    ");
    write("plugins/notes/init.lua", INIT);
    write("plugins/words/init.lua", INIT);
    write("flows/below/child.yaml", &CHILD.replace("hello", "hollo"));
    let said = place.cutover(&run).ends(2);
    assert!(said.err.contains("`flows/below/child.yaml` is not the one"), "{}", said.all());
    write("flows/below/child.yaml", CHILD);
    place.cutover(&run).ends(0);
}
