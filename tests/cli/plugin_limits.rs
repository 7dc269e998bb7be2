//! What a plugin's provider lets live at once.

use insta::assert_snapshot;

use crate::support::Place;

const MANIFEST: &str = "api: 1
name: badges
version: 0.1.0
summary: Badges in a folder
config: { folder: path }
needs: { fs: [config.folder] }
steps:
  issue:
    role: create
    does: [run]
    mints: diff
    list: all
    revoke: revoke
    max_live: 2
    summary: Issue a badge
    outputs: { id: string, code: secret }
  all:
    role: read
    does: [run]
    summary: List the badges
    outputs: { items: list(object) }
  revoke:
    role: revoke
    does: [run]
    revokes: id
    repeat: safe
    summary: Take a badge back
    params: { id: string }
";
const INIT: &str = "local issue, all, revoke = {}, {}, {}

function issue.run(ctx)
  local code = ctx.random { length = 20 }
  ctx.fs.write(ctx.config.folder .. \"/new\", code)
  return { id = \"new\", code = code }
end

function all.run(ctx)
  return { items = ctx.fs.read(ctx.config.folder .. \"/all.json\", { as = \"json\" }) }
end

function revoke.run(ctx, p)
  ctx.fs.remove(ctx.config.folder .. \"/\" .. p.id)
  return {}
end

return { issue = issue, all = all, revoke = revoke }
";
const WORKFLOW: &str = "version: 1
name: issue-badge
plugins:
  badges:
    path: ../plugins/badges
    config: { folder: out }
    allow: { fs: [out] }
steps:
  - id: issue
    uses: badges.issue
  - id: keep
    uses: file.write
    with: { path: kept, content: \"{{ steps.issue.code }}\" }
";

#[test]
fn where_the_provider_has_no_room_nothing_is_made_and_the_plan_says_so() {
    let place = Place::new();
    place.write("plugins/badges/plugin.yaml", MANIFEST);
    place.write("plugins/badges/init.lua", INIT);
    place.write("flows/w.yaml", WORKFLOW);
    place.write("out/all.json", r#"[{"id": "a"}, {"id": "b"}, {"id": "c", "live": false}]"#);
    assert_snapshot!(
        [
            place.cutover(&["run", "flows/w.yaml", "--yes", "--sandbox"]).ends(1).all(),
            place.cutover(&["plan", "flows/w.yaml", "--sandbox"]).all(),
        ]
        .join("--\n")
    );
    assert!(!place.folder().join("out/new").exists(), "it was made");
    place.write("out/all.json", r#"[{"id": "a"}]"#);
    place.cutover(&["run", "flows/w.yaml", "--yes", "--sandbox"]).ends(0);
    assert!(place.folder().join("out/new").exists(), "there is room");
}
