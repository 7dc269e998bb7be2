//! L15: secrets that were read, and writes to where they came from.

use crate::check::rules::testing::{
    DATABASE, accepted, before, keyed, moved, refused, with, without,
};

const COPY: &str = r#"
steps:
  - { id: old, uses: file.read, with: { path: ~/.app } }
  - { id: out, uses: exec.run, with: { argv: [logout], stdin: "{{ steps.old.content }}" } }
  - { id: write, uses: file.write, with: { path: ~/.app, content: "{{ inputs.admin }}" } }
"#;

#[test]
fn above_the_write_it_is_used() {
    accepted(COPY);
}

#[test]
fn read_below_the_write_it_is_used() {
    accepted(&moved(&moved(COPY, "write", "old"), "out", ""));
    accepted(DATABASE);
}

#[test]
fn another_place_is_another_secret() {
    accepted(&moved(&with(COPY, "path: ~/.app }", "path: ~/.other }"), "out", ""));
}

#[test]
fn the_write_itself_may_use_it() {
    accepted(&without(
        &with(COPY, "\"{{ inputs.admin }}\"", "'{{ replace steps.old.content \"a\" \"b\" }}'"),
        "out",
    ));
}

#[test]
fn what_is_no_secret_may_be_used() {
    accepted(
        r#"
steps:
  - { id: old, uses: influxctl.profile.get, with: { profile: ci } }
  - { id: write, uses: influxctl.profile.set, with: { profile: ci, mgmt_token: "{{ inputs.admin }}" } }
  - { id: say, uses: log, with: { message: "was {{ steps.old.prefix }}" } }
"#,
    );
}

#[test]
fn below_the_write_it_is_stale() {
    refused(
        &moved(COPY, "out", ""),
        "L15",
        "steps.old.content",
        "`out` uses what `old` read from `file ~/.app`, which `write` may have written since",
        "read it again below `write`, or let `write` wait for `out`",
    );
}

#[test]
fn beside_the_write_it_may_be_stale() {
    refused(
        &keyed(&moved(COPY, "out", ""), "out", "needs: [old]"),
        "L15",
        "steps.old.content",
        "`out` uses what `old` read",
        "let `write` wait for `out`",
    );
}

#[test]
fn read_beside_the_write_it_may_be_either() {
    let beside = keyed(&moved(&moved(COPY, "old", ""), "out", ""), "old", "needs: []");
    refused(&beside, "L15", "steps.old.content", "`out` uses what `old` read", "read it again");
}

#[test]
fn one_place_has_many_spellings() {
    let text = moved(COPY, "out", "");
    refused(
        &with(
            &text,
            "write, uses: file.write, with: { path: ~/.app,",
            "write, uses: file.write, with: { path: ~/x/.././.app,",
        ),
        "L15",
        "steps.old.content",
        "`out` uses what `old` read",
        "read it again",
    );
}

#[test]
fn an_undo_comes_after_the_write() {
    let undo =
        "undo: { uses: file.write, with: { path: ~/.app, content: \"{{ steps.old.content }}\" } }";
    refused(
        &keyed(&without(COPY, "out"), "write", undo),
        "L15",
        "steps.old.content",
        "`write` uses what `old` read from `file ~/.app`",
        "read it again",
    );
}

#[test]
fn a_login_by_it_is_a_use() {
    let early = before(
        DATABASE,
        "publish",
        "{ id: login, uses: file.read, with: { path: ~/.app/password } }",
    );
    refused(
        &with(
            &early,
            "password: \"{{ steps.held.content }}\"",
            "password: \"{{ steps.login.content }}\"",
        ),
        "L15",
        "steps.login.content",
        "`verify` uses what `login` read from `file ~/.app/password`",
        "read it again below `publish`",
    );
}

#[test]
fn a_hook_comes_after_every_write() {
    let hook = "finally:\n  - { id: end, uses: exec.run, with: { argv: [logout], stdin: \"{{ steps.old.content }}\" } }\n";
    refused(
        &format!("{}{hook}", without(COPY, "out")),
        "L15",
        "steps.old.content",
        "`end` uses what `old` read from `file ~/.app`",
        "read it again",
    );
    accepted(&format!("{}{hook}", without(COPY, "write")));
}
