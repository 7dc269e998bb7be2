//! One step of an accepted rotation removed, moved or bent: some rule says so, whatever harmless
//! steps stand around it and however its order is written.

use proptest::prelude::*;

use super::testing::{DATABASE, ROTATION, before, codes, keyed, moved, with, without};

/// A dangerous change of one thing, and the rule that has to object.
struct Mutation {
    what: &'static str,
    bend: fn() -> String,
    code: &'static str,
}

const fn mutation(what: &'static str, code: &'static str, bend: fn() -> String) -> Mutation {
    Mutation { what, bend, code }
}

const NEW: &str = "\"{{ steps.create.token }}\"";

const MUTATIONS: &[Mutation] = &[
    mutation("nothing keeps it whole", "L01", || {
        let text = with(ROTATION, "{ token: \"{{", "{ token: \"x{{");
        with(
            &text,
            "mgmt_token: \"{{ steps.create.token }}\" } }\n  - { id: verify",
            "mgmt_token: \"x{{ steps.create.token }}\" } }\n  - { id: verify",
        )
    }),
    mutation("pushed before it is kept", "L01", || {
        let push = format!(
            "{{ id: push, uses: exec.run, undo: again, with: {{ argv: [p], stdin: {NEW} }} }}"
        );
        before(ROTATION, "store", &push)
    }),
    mutation("told before it is kept", "L01", || {
        let tell = r#"{ id: tell, uses: notify.webhook, with: { url: "https://h", text: "{{ steps.create.id }}" } }"#;
        before(ROTATION, "store", tell)
    }),
    mutation("the place is not proved", "L02", || without(ROTATION, "verify")),
    mutation("the database is not proved", "L02", || without(DATABASE, "verify")),
    mutation("promoted before the proof", "L02", || moved(ROTATION, "promote", "verify")),
    mutation("promoted beside the proof", "L02", || keyed(ROTATION, "promote", "needs: [publish]")),
    mutation("revoked before the promotion", "L02", || moved(ROTATION, "revoke", "promote")),
    mutation("revoked first of all", "L02", || moved(ROTATION, "revoke", "create")),
    mutation("revoked beside the promotion", "L02", || {
        keyed(ROTATION, "revoke", "needs: [verify]")
    }),
    mutation("dropped before the promotion", "L02", || moved(DATABASE, "drop", "promote")),
    mutation("the proof may be skipped", "L02", || keyed(ROTATION, "verify", "when: inputs.id")),
    mutation("the publish may be skipped", "L02", || keyed(ROTATION, "publish", "when: inputs.id")),
    mutation("the proof is handed the value", "L02", || {
        with(
            ROTATION,
            "publish, with: { profile: ci }",
            &format!("publish, with: {{ profile: ci, mgmt_token: {NEW} }}"),
        )
    }),
    mutation("the proof looks elsewhere", "L02", || {
        with(ROTATION, "publish, with: { profile: ci }", "publish, with: { profile: admin }")
    }),
    mutation("the proof read too early", "L02", || moved(DATABASE, "held", "publish")),
    mutation("nothing promotes and it is revoked", "L16", || without(ROTATION, "promote")),
    mutation("the revoke logs in by the old profile", "L03", || {
        with(ROTATION, "profile.set, with: { profile: ci,", "profile.set, with: { profile: cd,")
            .replace("publish, with: { profile: ci }", "publish, with: { profile: cd }")
    }),
    mutation("the drop logs in by the old file", "L03", || {
        let text = before(
            DATABASE,
            "new",
            "{ id: old, uses: file.read, with: { path: ~/.app/password } }",
        );
        with(
            &text,
            "admin_password: \"{{ inputs.admin }}\", user: \"{{ credential",
            "admin_password: \"{{ steps.old.content }}\", user: \"{{ credential",
        )
    }),
    mutation("a program that cannot be undone", "L05", || {
        before(ROTATION, "verify", "{ id: reload, uses: exec.run, with: { argv: [reload] } }")
    }),
    mutation("a place that cannot be put back", "L05", || {
        before(
            ROTATION,
            "promote",
            &format!(
                "{{ id: gh, uses: github.secret.set, with: {{ repo: a, name: b, value: {NEW} }} }}"
            ),
        )
    }),
    mutation("an undo that is talked away", "L05", || {
        keyed(ROTATION, "store", "undo: { none: no }")
    }),
    mutation("an overlap of a lifetime", "L06", || with(ROTATION, "overlap: 24h", "overlap: 30d")),
    mutation("a create for each", "L07", || keyed(ROTATION, "create", "for_each: inputs.ids")),
    mutation("a create that may fail", "L07", || keyed(ROTATION, "create", "on_error: continue")),
    mutation("a store that may fail", "L07", || keyed(ROTATION, "store", "on_error: continue")),
    mutation("a publish that may fail", "L07", || keyed(ROTATION, "publish", "on_error: continue")),
    mutation("a proof that may fail", "L07", || keyed(ROTATION, "verify", "on_error: continue")),
    mutation("a promotion that may fail", "L07", || {
        keyed(ROTATION, "promote", "on_error: continue")
    }),
    mutation("a revoke that may fail", "L07", || keyed(ROTATION, "revoke", "on_error: continue")),
    mutation("handed out untried", "L08", || without(ROTATION, "works")),
    mutation("the database's is handed out untried", "L08", || without(DATABASE, "works")),
    mutation("handed out before it is tried", "L08", || moved(ROTATION, "publish", "works")),
    mutation("stored before it is tried", "L08", || moved(ROTATION, "store", "works")),
    mutation("handed out beside the try", "L08", || keyed(ROTATION, "publish", "needs: [create]")),
    mutation("the try may be skipped", "L08", || keyed(ROTATION, "works", "when: inputs.id")),
    mutation("the try is not given the value", "L08", || {
        with(ROTATION, &format!("profile: admin, mgmt_token: {NEW}"), "profile: admin")
    }),
    mutation("an answer that nobody could find", "L10", || {
        let made = "{ id: extra, uses: exec.run, undo: { uses: exec.run, with: { argv: [u] } }, with: { argv: [m], output: secret } }";
        let keep = r#"{ id: keep, uses: vault.kv.put, with: { path: e, data: { v: "{{ steps.extra.secret }}" } } }"#;
        before(&before(ROTATION, "promote", made), "promote", keep)
    }),
    mutation("no pending place", "L11", || without(DATABASE, "pending")),
    mutation("the pending place comes late", "L11", || moved(DATABASE, "pending", "works")),
    mutation("the pending place is the consumer's", "L11", || {
        with(DATABASE, "path: ~/.secrets/app.pending", "path: ~/.app/password")
    }),
    mutation("the chosen value is changed on the way", "L11", || {
        with(
            DATABASE,
            "user: \"{{ inputs.user }}\", password: \"{{",
            "user: \"{{ inputs.user }}\", password: \"x{{",
        )
    }),
    mutation("the revoked id is written out", "L13", || {
        with(ROTATION, "\"{{ credential.old.id }}\"", "fake-id")
    }),
    mutation("the new one is revoked", "L13", || {
        with(ROTATION, "\"{{ credential.old.id }}\"", "\"{{ steps.create.id }}\"")
    }),
    mutation("the first of a list is revoked", "L13", || {
        let text = before(
            ROTATION,
            "create",
            "{ id: all, uses: influxctl.management.list, with: { profile: admin } }",
        );
        with(&text, "\"{{ credential.old.id }}\"", "'{{ lookup (first steps.all.tokens) \"id\" }}'")
    }),
    mutation("all others are revoked", "L13", || {
        let text = before(
            ROTATION,
            "create",
            "{ id: all, uses: influxctl.management.list, with: { profile: admin } }",
        );
        let text = keyed(&text, "revoke", "for_each: steps.all.tokens");
        with(&text, "\"{{ credential.old.id }}\"", "\"{{ item.id }}\"")
    }),
    mutation("a password is written out", "L14", || {
        with(DATABASE, "admin_password: \"{{ inputs.admin }}\"", "admin_password: fake-password")
    }),
    mutation("a stale secret logs in", "L15", || moved(DATABASE, "held", "publish")),
    mutation("a second create", "L16", || {
        before(
            ROTATION,
            "store",
            "{ id: second, uses: influxctl.management.create, with: { profile: admin, description: x } }",
        )
    }),
    mutation("a second promotion", "L16", || {
        before(ROTATION, "revoke", "{ id: again, uses: credential.promote }")
    }),
    mutation("a promotion that may be skipped", "L16", || {
        keyed(ROTATION, "promote", "when: inputs.id")
    }),
    mutation("a create that may be skipped", "L16", || {
        keyed(ROTATION, "create", "when: inputs.id")
    }),
    mutation("a create in a hook", "L16", || {
        format!(
            "{ROTATION}finally:\n  - {{ id: late, uses: influxctl.management.create, with: {{ profile: admin, description: x }} }}\n"
        )
    }),
];

/// Steps that change nothing about what is dangerous.
const HARMLESS: &[&str] = &[
    "uses: log, with: { message: hello }",
    "uses: assert, with: { that: true }",
    "uses: wait, with: { for: 1s }",
    "uses: influxctl.management.list, with: { profile: admin, active: true }",
    "uses: notify.webhook, with: { url: \"https://hooks\", text: hello }",
    "uses: secret.generate, with: { length: 20 }",
    "uses: exec.run, with: { argv: [date], output: text, reads: true }",
    "uses: file.remove, with: { path: some/where }",
];

fn ids(text: &str) -> Vec<String> {
    let steps = text.split("finally:").next().unwrap_or_default();
    let named =
        |line: &str| Some(line.strip_prefix("  - { id: ")?.split([',', ' ']).next()?.to_owned());
    steps.lines().filter_map(named).collect()
}

/// Puts harmless steps between those of a workflow: which one, in front of which.
fn surrounded(text: &str, around: &[(usize, usize)]) -> String {
    around.iter().enumerate().fold(text.to_owned(), |text, (nth, (which, at))| {
        let ids = ids(&text);
        let harmless = HARMLESS[which % HARMLESS.len()];
        // What `in_use` reads waits for nothing that writes, so the first step stays the first.
        let next = &ids[1 + at % (ids.len() - 1)];
        before(&text, next, &format!("{{ id: extra_{nth}, {harmless} }}"))
    })
}

/// Writes the order of the steps out: each without `needs` needs the one above it, and all that
/// this one waits for, which is all above.
fn ordered(text: &str) -> String {
    let ids = ids(text);
    ids.iter().enumerate().fold(text.to_owned(), |text, (nth, id)| {
        let line = text.lines().find(|line| line.starts_with(&format!("  - {{ id: {id},")));
        if line.is_none_or(|line| line.contains("needs:")) {
            return text;
        }
        keyed(&text, id, &format!("needs: [{}]", ids[..nth].join(", ")))
    })
}

#[test]
fn each_dangerous_change_is_refused_by_its_rule() {
    for mutation in MUTATIONS {
        let text = (mutation.bend)();
        let found = codes(&text);
        assert!(
            found.contains(&mutation.code),
            "{}: expected {}, found {found:?}\n{text}",
            mutation.what,
            mutation.code
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn harmless_steps_and_another_spelling_change_nothing(
        nth in 0..MUTATIONS.len(),
        around in proptest::collection::vec((0..HARMLESS.len(), 0..20usize), 0..6),
        written_out in any::<bool>(),
    ) {
        let bend = |text: &str| {
            let text = surrounded(text, &around);
            if written_out { ordered(&text) } else { text }
        };
        for whole in [ROTATION, DATABASE] {
            let text = bend(whole);
            prop_assert_eq!(codes(&text), Vec::<&str>::new(), "{}", text);
        }
        let mutation = &MUTATIONS[nth];
        let text = bend(&(mutation.bend)());
        let found = codes(&text);
        prop_assert!(found.contains(&mutation.code), "{}: {:?}\n{}", mutation.what, found, text);
    }
}
