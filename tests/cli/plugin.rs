//! Plugins: what their author and the author of a workflow see.

use insta::assert_snapshot;

use crate::support::Place;

pub(crate) const MANIFEST: &str = "api: 1
name: notes
version: 0.1.0
summary: Notes in a folder
config: { folder: path, prefix: string = note }
needs: { fs: [config.folder] }
steps:
  put:
    role: store
    does: [run, undo]
    stores_at: note(name)
    read_back: none
    summary: Keep a note
    params: { name: string, text: { type: string, max: 10, description: What it says } }
    outputs: { path: string }
";
pub(crate) const INIT: &str = "local put = {}

function put.run(ctx, p)
  local path = ctx.config.folder .. \"/\" .. ctx.config.prefix .. \"-\" .. p.name
  ctx.fs.write(path, p.text)
  return { path = path }
end

function put.undo(ctx, p, out)
  ctx.fs.remove(out.path)
end

return { put = put }
";
const WORKFLOW: &str = "version: 1
name: keep-note
plugins:
  notes:
    path: ../plugins/notes
    config: { folder: \"{{ inputs.folder }}\" }
    allow: { fs: [out] }
inputs: { folder: { type: path, default: out } }
steps:
  - id: keep
    uses: notes.put
    with: { name: a, text: hello }
outputs: { where: \"{{ steps.keep.path }}\" }
";

pub(crate) fn place() -> Place {
    let place = Place::new();
    place.write("plugins/notes/plugin.yaml", MANIFEST);
    place.write("plugins/notes/init.lua", INIT);
    place.write("flows/w.yaml", WORKFLOW);
    std::fs::create_dir_all(place.folder().join("out")).expect("it can be made");
    place
}

#[test]
fn a_step_of_a_plugin_is_checked_planned_and_run_like_any_other() {
    let place = place();
    assert_snapshot!(
        [
            place.cutover(&["check", "flows/w.yaml"]).ends(0).all(),
            place.cutover(&["plan", "flows/w.yaml", "--sandbox"]).ends(0).all(),
            place.cutover(&["run", "flows/w.yaml", "--yes", "--sandbox"]).ends(0).all(),
        ]
        .join("--\n")
    );
    assert_eq!(place.read("out/note-a"), "hello");
}

#[test]
fn a_run_goes_on_with_the_plugin_that_it_began_with() {
    let place = place();
    place.write(
        "flows/w.yaml",
        &WORKFLOW.replace(
            "steps:\n",
            "steps:\n  - { id: ask, uses: approval.wait, with: { ask: May it } }\n",
        ),
    );
    place.cutover(&["run", "flows/w.yaml", "--yes", "--sandbox"]).ends(4);
    std::fs::remove_dir_all(place.folder().join("plugins")).expect("it is there");
    place.cutover(&["resume", "--last", "--approve", "ask", "--sandbox"]).ends(0);
    assert_eq!(place.read("out/note-a"), "hello");
    place.cutover(&["check", "flows/w.yaml"]).ends(2);
}

#[test]
fn a_store_that_fails_after_its_write_is_not_taken_for_one_that_did_nothing() {
    let place = place();
    let gives = "  return { path = path }\n";
    let fails = "  fail{ message = \"the disk hums\" }\n";
    place.write("plugins/notes/init.lua", &INIT.replace(gives, fails));
    let said = place.cutover(&["run", "flows/w.yaml", "--yes", "--sandbox"]).ends(4);
    for words in ["keep lost [TIME] the disk hums", "a person must look what became of it"] {
        assert!(said.err.contains(words), "{}", said.all());
    }
    assert_eq!(place.read("out/note-a"), "hello");
}

#[test]
fn a_plugin_that_is_rehearsed_touches_the_files_of_its_world_only() {
    let place = place();
    let out = place.folder().join("out");
    let of = |folder: &str| WORKFLOW.replace("default: out", &format!("default: \"{folder}\""));
    let of = |folder: &str| of(folder).replace("fs: [out]", &format!("fs: [\"{folder}\"]"));
    place.write("flows/w.yaml", &of("~"));
    place.cutover(&["test", "flows/w.yaml"]).ends(0);
    for folder in [out.display().to_string(), "~/../../..".to_owned()] {
        place.write("flows/w.yaml", &of(&folder));
        let said = place.cutover(&["test", "flows/w.yaml"]).ends(2);
        assert!(said.err.contains("`keep` touches"), "{}", said.all());
    }
    let left = |folder: &std::path::Path| std::fs::read_dir(folder).expect("it is there").count();
    assert_eq!((left(&out), left(place.folder())), (0, 3));
}

#[test]
fn a_plugin_that_is_rehearsed_runs_no_program_of_this_machine() {
    let place = place();
    let touched = place.folder().join("touched");
    let program = place.write("bin/influxctl", &format!("#!/bin/sh\n: > {}\n", touched.display()));
    std::fs::set_permissions(&program, std::os::unix::fs::PermissionsExt::from_mode(0o755))
        .expect("it is ours");
    place.write(
        "plugins/notes/plugin.yaml",
        &MANIFEST.replace("needs: {", "needs: { exec: [influxctl],"),
    );
    place.write(
        "plugins/notes/init.lua",
        &INIT.replace("ctx.fs.write(path, p.text)", "ctx.exec{ argv = { \"influxctl\" } }"),
    );
    place.write("flows/w.yaml", &WORKFLOW.replace("fs: [out]", "fs: [out], exec: [influxctl]"));
    let mut command = place.command(&["test", "flows/w.yaml"]);
    let output = command.env("PATH", place.folder().join("bin")).output().expect("it starts");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("`keep` runs influxctl, without a stand-in"), "{said}");
    assert_eq!((output.status.code(), touched.exists()), (Some(2), false));
}

#[test]
fn what_is_not_allowed_is_refused_with_the_line_to_add() {
    let place = place();
    place.write("flows/w.yaml", &WORKFLOW.replace("fs: [out]", "fs: [elsewhere]"));
    let run = place.cutover(&["run", "flows/w.yaml", "--yes", "--sandbox"]).ends(1);
    assert_snapshot!(
        place.cutover(&["plan", "flows/w.yaml", "--sandbox"]).ends(0).all() + &run.all()
    );
    assert_eq!(std::fs::read_dir(place.folder().join("out")).expect("it is there").count(), 0);
    place.write("flows/w.yaml", &WORKFLOW.replace("    allow: { fs: [out] }\n", ""));
    assert_snapshot!(place.cutover(&["check", "flows/w.yaml"]).ends(0).all());
}

#[test]
fn a_configuration_and_parameters_are_checked_against_the_manifest() {
    let place = place();
    let wrong = WORKFLOW
        .replace("folder: \"{{ inputs.folder }}\"", "foldr: x, prefix: 3, more: 1")
        .replace(
            "name: a, text: hello",
            "name: a, text: hello hello hello, config.prefix: x, txt: y",
        );
    place.write("flows/w.yaml", &wrong);
    assert_snapshot!(place.cutover(&["check", "flows/w.yaml"]).ends(2).all());
}

#[test]
fn a_plugin_that_cannot_be_used_is_told_once() {
    let place = place();
    place.write("plugins/notes/plugin.yaml", &MANIFEST.replace("role: store", "role: stor"));
    let broken = place.cutover(&["check", "flows/w.yaml"]).ends(2).all();
    let checked = place.cutover(&["plugin", "check", "plugins/notes"]).ends(2).all();
    place.write("plugins/notes/plugin.yaml", &MANIFEST.replace("name: notes", "name: other"));
    let renamed = place.cutover(&["check", "flows/w.yaml"]).ends(2).all();
    assert_snapshot!([broken, checked, renamed].join("--\n"));
}

#[test]
fn the_lock_holds_a_plugin_and_what_needs_more_has_to_be_accepted() {
    let place = place();
    let locked = place.cutover(&["plugin", "lock", "flows"]).ends(0).all();
    place.cutover(&["check", "flows/w.yaml"]).ends(0);
    let more = MANIFEST.replace("needs: {", "needs: { exec: [curl],").replace("0.1.0", "0.2.0");
    place.write("plugins/notes/plugin.yaml", &more);
    let refused = place.cutover(&["run", "flows/w.yaml", "--yes", "--sandbox"]).ends(2).all();
    let unlocked = place.cutover(&["plugin", "lock", "flows"]).ends(2).all();
    let accepted = place.cutover(&["plugin", "lock", "flows", "--accept"]).ends(0).all();
    let listed = place.cutover(&["plugin", "list", "flows"]).ends(0).all();
    assert_snapshot!([locked, refused, unlocked, accepted, listed].join("--\n"));
    place.cutover(&["check", "flows/w.yaml"]).ends(0);
}

#[test]
fn a_new_plugin_is_right_and_its_steps_have_a_manual() {
    let place = Place::new();
    let made = place.cutover(&["plugin", "new", "my-store"]).ends(0).all();
    let checked = place.cutover(&["plugin", "check", "my-store"]).ends(0).all();
    let manual = place.cutover(&["steps", "my-store.put"]).ends(0).all();
    place.cutover(&["plugin", "new", "my-store"]).ends(2);
    assert_snapshot!([made, checked, manual].join("--\n"));
}

#[test]
fn code_that_does_not_fit_its_manifest_is_told() {
    let place = place();
    let init = INIT
        .replace("put.undo", "put.undoo")
        .replace("ctx.fs.remove(out.path)", "fs.remove(out.path)");
    place.write("plugins/notes/init.lua", &init);
    assert_snapshot!(place.cutover(&["plugin", "check", "plugins/notes"]).ends(2).all());
    place.write("plugins/notes/init.lua", "return {");
    assert_snapshot!(place.cutover(&["plugin", "check", "plugins/notes"]).ends(2).all());
}

#[test]
fn what_a_plugin_takes_for_reading_is_warned_of_until_the_workflow_says_so_too() {
    let place = place();
    let reads = "needs: { fs: [config.folder] }\nreads: [\"POST /search\"]\n";
    let manifest = MANIFEST.replace("needs: { fs: [config.folder] }\n", reads);
    place.write("plugins/notes/plugin.yaml", &manifest);
    let said = place.cutover(&["check", "flows/w.yaml"]).ends(0).all();
    assert!(said.contains("warning[M14]: the plugin `notes` counts on what only reads"), "{said}");
    assert!(said.contains("`allow: { reads: [\"POST /search\"] }` lets it"), "{said}");
    let allowed = WORKFLOW.replace("{ fs: [out] }", "{ fs: [out], reads: [\"POST /search\"] }");
    place.write("flows/w.yaml", &allowed);
    let said = place.cutover(&["check", "flows/w.yaml"]).ends(0).all();
    assert!(!said.contains("M14"), "{said}");
}
