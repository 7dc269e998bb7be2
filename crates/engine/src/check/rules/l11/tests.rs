//! L11: the pending place of a value that we choose.

use crate::check::rules::testing::{
    DATABASE, accepted, before, keyed, moved, refused, with, without,
};

#[test]
fn a_pending_file_is_one() {
    accepted(DATABASE);
}

#[test]
fn a_pending_entry_of_a_store_is_one() {
    accepted(&with(
        DATABASE,
        "uses: file.write, with: { path: ~/.secrets/app.pending, content: \"{{ steps.new.value }}\" }",
        "uses: vault.kv.put, with: { path: app/pending, data: { value: \"{{ steps.new.value }}\" } }",
    ));
}

#[test]
fn the_pending_place_may_be_removed_and_read() {
    let text = before(
        DATABASE,
        "drop",
        "{ id: clean, uses: file.remove, with: { path: ~/.secrets/app.pending } }",
    );
    accepted(&before(
        &text,
        "works",
        "{ id: seen, uses: file.read, with: { path: ~/.secrets/app.pending } }",
    ));
}

#[test]
fn a_value_that_is_handed_in_is_kept_too() {
    let text = DATABASE.replace("steps.new.value", "inputs.fresh");
    let inputs = "inputs: { user: { type: string, default: a }, fresh: { type: secret, from: { env: A } }, admin: { type: secret, from: { env: B } } }\n";
    accepted(&format!("{inputs}{}", without(text.trim_start(), "new")));
}

#[test]
fn without_a_pending_place_it_is_not_set() {
    refused(
        &without(DATABASE, "pending"),
        "L11",
        "\"{{ steps.new.value }}\"",
        "`create` sets `steps.new.value` before any place holds it",
        "`publish` comes too late",
    );
}

#[test]
fn a_pending_place_below_is_too_late() {
    refused(
        &moved(DATABASE, "pending", "works"),
        "L11",
        "\"{{ steps.new.value }}\"",
        "`create` sets `steps.new.value` before any place holds it",
        "let `create` wait",
    );
}

#[test]
fn a_pending_place_beside_is_too_late() {
    refused(
        &keyed(DATABASE, "create", "needs: [new]"),
        "L11",
        "\"{{ steps.new.value }}\"",
        "before any place holds it",
        "let `create` wait for a step that keeps it",
    );
}

#[test]
fn a_value_made_in_place_is_not_just_a_reference() {
    refused(
        &with(
            DATABASE,
            "user: \"{{ inputs.user }}\", password: \"{{ steps.new.value }}\" } }\n  - { id: works",
            "user: \"{{ inputs.user }}\", password: \"x{{ steps.new.value }}\" } }\n  - { id: works",
        ),
        "L11",
        "\"x{{ steps.new.value }}\"",
        "`password` of `create` is not just a reference",
        "`password: \"{{ steps.new.value }}\"`",
    );
    refused(
        &with(
            DATABASE,
            "user: \"{{ inputs.user }}\", password: \"{{ steps.new.value }}\" } }\n  - { id: works",
            "user: \"{{ inputs.user }}\", password: \"{{ trim steps.new.value }}\" } }\n  - { id: works",
        ),
        "L11",
        "\"{{ trim steps.new.value }}\"",
        "is not just a reference",
        "in a step of its own",
    );
}

#[test]
fn the_consumers_own_place_is_not_pending() {
    refused(
        &with(DATABASE, "path: ~/.secrets/app.pending", "path: ~/.app/./password"),
        "L11",
        "id: publish",
        "`publish` writes `file ~/.app/password` too, where `pending` keeps the pending value",
        "a place of its own",
    );
}

#[test]
fn a_place_that_is_verified_is_not_pending() {
    let text = with(&without(DATABASE, "publish"), "verifies: publish", "verifies: pending");
    refused(
        &with(&text, "path: ~/.app/../.app/password", "path: ~/.secrets/app.pending"),
        "L11",
        "pending",
        "`verify` verifies `pending`, which keeps the pending value before it is set",
        "a place of its own",
    );
}

#[test]
fn a_pending_place_that_may_be_skipped_or_not_be_read_is_none() {
    refused(
        &keyed(DATABASE, "pending", "when: inputs.id"),
        "L11",
        "inputs.id",
        "`pending`, which should keep the pending value, may be skipped by its `when`",
        "without `when` and `for_each`",
    );
    refused(
        &keyed(DATABASE, "pending", "for_each: inputs.ids"),
        "L11",
        "inputs.ids",
        "runs once per item",
        "without `when` and `for_each`",
    );
    refused(
        &with(
            DATABASE,
            "uses: file.write, with: { path: ~/.secrets/app.pending, content:",
            "uses: github.secret.set, with: { repo: a, name: b, value:",
        ),
        "L11",
        "id: pending",
        "writes a place that cannot be read back",
        "that can be read back",
    );
}
