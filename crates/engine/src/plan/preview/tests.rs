//! Tests of previews: what they show, and that they change nothing.

use super::*;
use crate::disk::to_json;
use crate::event::DebtState;
use crate::execute::testing::*;
use crate::execute::tests::linear::rotation;

fn shown_with(text: &str, host: &MemoryHost, state: &StateView, reads: Reads) -> Preview {
    let preview = host.clock.block_on(preview(&planned(text), state, host, reads));
    assert_eq!(host.journal().commits.len(), 0, "a preview records nothing");
    preview
}

fn shown(text: &str, host: &MemoryHost, reads: Reads) -> Preview {
    shown_with(text, host, &StateView { read: true, ..StateView::default() }, reads)
}

/// Each step on a line: sign, id, what it would do, the note.
fn drawn(preview: &Preview) -> String {
    let line = |step: &StepPreview| {
        let effects: Vec<&str> = step.effects.iter().map(|of| of.summary.as_str()).collect();
        format!("{} {}: {} ({})\n", step.role.sign(), step.id, effects.join(" | "), step.note)
    };
    preview.steps.iter().map(line).collect()
}

#[test]
fn offline_nothing_is_asked_and_each_write_is_shown() {
    let host = MemoryHost::new();
    let preview = shown(&rotation("24h"), &host, Reads::Offline);
    assert_eq!(
        drawn(&preview),
        "? before: which 'profile ci' (not asked: --refresh)
+ create: create ci ‹marker› ()
? works: list 'profile admin' (up to 5 times over 40s)
~ publish: put 'profile ci' (undo: put the old one back)
? verify: list 'profile ci' (not asked: `publish` writes it first)
! promote:  (after this only forward)
- revoke_old: revoke ‹credential.old.id› (only if credential.old; due 1d after promotion)
"
    );
    assert!(!preview.complete);
    assert!(host.world().calls.is_empty(), "{:?}", host.world().calls);
}

#[test]
fn refreshed_reads_are_asked_and_writes_are_not() {
    let host = MemoryHost::new();
    let preview = shown(&rotation("24h"), &host, Reads::Refresh);
    assert_eq!(
        drawn(&preview),
        "? before: which 'profile ci' ()
+ create: create ci ‹marker› ()
? works: list 'profile admin' (up to 5 times over 40s)
~ publish: put 'profile ci' (undo: put the old one back)
? verify: list 'profile ci' (not asked: `publish` writes it first)
! promote:  (after this only forward)
- revoke_old: revoke old-id (due 1d after promotion)
"
    );
    assert_eq!(preview.old.as_ref().map(|old| old.id.as_str()), Some("old-id"));
    assert_eq!(host.world().calls, ["which profile ci"]);
    assert!(!preview.complete, "the login with the new token cannot be asked");
}

#[test]
fn what_is_unknown_says_where_it_comes_from() {
    let host = MemoryHost::new();
    let preview = shown(&rotation("24h"), &host, Reads::Refresh);
    let detail = to_json(&preview.steps[3].effects[0].detail);
    assert_eq!(
        detail.to_string(),
        r#"{"argv":["put","profile ci"],"env":{},"stdin":{"unknown":"steps.create.token","secret":true},"files":{},"cwd":null}"#
    );
    assert_eq!(
        to_json(&Value::Map(preview.steps[1].outputs.clone())).to_string(),
        r#"{"id":{"unknown":"steps.create.id"},"token":{"unknown":"steps.create.token","secret":true},"prefix":{"unknown":"steps.create.prefix"},"expires_at":{"unknown":"steps.create.expires_at"}}"#
    );
}

#[test]
fn without_a_state_what_is_in_use_is_unknown() {
    let text = rotation("24h").replace(", in_use: steps.before.id", "");
    let host = MemoryHost::new();
    let preview = shown_with(&text, &host, &StateView::default(), Reads::Refresh);
    assert!(drawn(&preview).contains(
        "- revoke_old: revoke ‹credential.old.id› (only if credential.old; due 1d after promotion)"
    ));
    assert!(!preview.complete && !preview.state_read);
}

#[test]
fn a_state_that_disagrees_with_the_place_is_told() {
    let host = MemoryHost::new();
    let current = Some(Identity { id: "other-id".to_owned(), ..Identity::default() });
    let state = StateView { read: true, current, debts: Vec::new() };
    let preview = shown_with(&rotation("24h"), &host, &state, Reads::Refresh);
    assert_eq!(preview.steps[0].note, "the state knows other-id as in use: a run refuses");
    assert_eq!(preview.steps[6].effects[0].summary, "revoke other-id");
}

#[test]
fn conditions_and_items_are_shown_as_far_as_they_are_known() {
    let text = r#"
version: 1
name: some
steps:
  - { id: look, uses: test.look, with: { name: n } }
  - { id: never, uses: test.write, when: "eq 1 2", with: { name: n } }
  - { id: perhaps, uses: test.write, when: "eq steps.look.value 2", with: { name: n } }
  - { id: each, uses: test.write, for_each: [a, b], with: { name: "{{ item }}" } }
  - { id: later, uses: test.write, for_each: steps.look.value, with: { name: "{{ item }}-{{ index }}" } }
  - { id: echo, uses: test.echo, with: { value: 5 } }
  - { id: use, uses: test.write, with: { name: "{{ default steps.echo.value \"none\" }} {{ run.id }}" } }
  - { id: pause, uses: test.wait, with: { ms: 99999999 } }
finally:
  - { id: tell, uses: test.write, with: { name: "{{ run.status }}" } }
"#;
    let host = MemoryHost::new();
    let preview = shown(text, &host, Reads::Offline);
    assert_eq!(
        drawn(&preview),
        "? look: look n (not asked: --refresh)
. never:  (skipped: its `when` is false)
. perhaps: write n (only if eq steps.look.value 2)
. each: write a | write b (2 items)
. later: write ‹item›-‹index› (for each item that a run finds)
. echo:  ()
. use: write '5 ‹run.id›' ()
. pause:  ()
. finally.tell: write ‹run.status› (at the end, whatever happened)
"
    );
    assert_eq!(host.clock.passed(), 0, "nobody waits for a preview");
}

#[test]
fn what_waits_is_shown_with_what_it_waits_for_and_goes_on() {
    let text = r#"
version: 1
name: some
steps:
  - { id: agreed, uses: approval.wait, with: { ask: "restart {{ run.id }}?" } }
  - { id: pause, uses: wait, with: { for: 2h } }
  - { id: use, uses: test.write, with: { name: "{{ steps.agreed.by }} {{ steps.pause.at }}" } }
"#;
    let preview = shown(text, &MemoryHost::new(), Reads::Offline);
    let expected = "\
. agreed:  (waits for a person: restart ‹run.id›?)
. pause:  (waits 2h)
. use: write '‹steps.agreed.by› ‹steps.pause.at›' ()
";
    assert_eq!(drawn(&preview), expected);
    assert!(preview.complete, "nothing about it was left out");
}

#[test]
fn a_write_that_a_read_comes_before_is_shown_from_the_spec() {
    let text = r#"
version: 1
name: some
steps:
  - { id: look, uses: test.cautious, with: { name: n } }
"#;
    let preview = shown(text, &MemoryHost::new(), Reads::Offline);
    assert_eq!(drawn(&preview), ". look: look n | name=n (not asked: --refresh)\n");
    assert_eq!(preview.steps[0].effects[1].kind, "step");
    let asked = shown(text, &MemoryHost::new(), Reads::Refresh);
    assert_eq!(drawn(&asked), ". look: look n | write n ()\n");
    assert!(asked.complete);
}

#[test]
fn a_step_whose_code_needs_what_only_a_run_knows_is_shown_from_the_spec() {
    let text =
        "version: 1\nname: some\nsteps:\n  - { id: go, uses: test.opaque, with: { name: n } }\n";
    let preview = shown(text, &MemoryHost::new(), Reads::Refresh);
    assert_eq!(drawn(&preview), ". go: name=n (only a run knows `steps.a.value`)\n");
    assert!(!preview.complete);
}

#[test]
fn a_step_that_would_fail_says_so() {
    let text =
        "version: 1\nname: some\nsteps:\n  - { id: look, uses: test.look, with: { name: n } }\n";
    let host = MemoryHost::new().fault("look", 1, Fault::Refused(500));
    let preview = shown(text, &host, Reads::Refresh);
    assert_eq!(
        drawn(&preview),
        "? look: look n (as things are it fails: look was refused with 500)\n"
    );
    assert!(!preview.complete);
}

#[test]
fn open_debts_are_shown() {
    let debt = crate::run::testing::debt("k3f8.revoke_old", DebtState::Owed);
    let state = StateView { read: true, current: None, debts: vec![debt.clone()] };
    let preview = shown_with(&rotation("24h"), &MemoryHost::new(), &state, Reads::Offline);
    assert_eq!(preview.debts, [debt]);
}

/// A workflow whose inputs say which place each step means.
const PLACES: &str = r#"
version: 1
name: some
inputs:
  one: { type: string, default: ci }
  other: { type: string, default: ci }
steps:
  - { id: create, uses: fake.create, with: { profile: admin, description: ci } }
  - { id: publish, uses: fake.publish, with: { profile: "{{ inputs.one }}", token: "{{ steps.create.token }}" } }
  - { id: beside, uses: fake.published, needs: [], with: { profile: ci } }
  - { id: back, uses: fake.published, needs: [publish], with: { profile: "{{ inputs.other }}" } }
  - { id: again, uses: fake.publish, with: { profile: copy, token: "{{ steps.back.token }}" } }
  - { id: login, uses: fake.list, with: { profile: "{{ inputs.other }}" } }
  - { id: handed, uses: fake.list, with: { profile: ci, token: "{{ steps.beside.token }}" } }
finally:
  - { id: last, uses: fake.list, with: { profile: "{{ inputs.one }}" } }
"#;

#[test]
fn what_an_earlier_step_writes_is_not_asked_for_yet() {
    let host = MemoryHost::new();
    let preview = shown(PLACES, &host, Reads::Refresh);
    assert_eq!(
        drawn(&preview),
        "+ create: create ci ‹marker› ()
~ publish: put 'profile ci' (undo: put the old one back)
? beside: get 'profile ci' ()
? back: get 'profile ci' (not asked: `publish` writes it first)
~ again: put 'profile copy' (undo: put the old one back)
? login: list 'profile ci' (not asked: `publish` writes it first)
? handed: list 'profile ci' ()
? finally.last: list 'profile ci' (not asked: `publish` writes it first; at the end, whatever happened)
"
    );
    assert_eq!(host.world().calls, ["get profile ci", "list profile ci"]);
    let token = to_json(&preview.steps[3].outputs["token"]).to_string();
    assert_eq!(token, r#"{"unknown":"steps.back.token","secret":true}"#);
    let written = to_json(&preview.steps[4].effects[0].detail).to_string();
    assert!(written.contains(r#""stdin":{"unknown":"steps.back.token","secret":true}"#));
    assert!(preview.complete, "nothing that could be asked was left out");
}

#[test]
fn another_place_and_a_write_that_is_skipped_are_asked_for() {
    let host = MemoryHost::new();
    let text = PLACES
        .replace("other: { type: string, default: ci }", "other: { type: string, default: admin }");
    assert!(
        drawn(&shown(&text, &host, Reads::Refresh)).contains("? back: get 'profile admin' ()\n")
    );
    let copy = |when: &str| {
        let login = "login, uses: fake.list, with: { profile: ";
        let text =
            PLACES.replace(&format!("{login}\"{{{{ inputs.other }}}}\""), &format!("{login}copy"));
        text.replace(
            "again, uses: fake.publish,",
            &format!("again, uses: fake.publish, when: {when},"),
        )
    };
    let skipped = drawn(&shown(&copy("eq 1 2"), &host, Reads::Refresh));
    assert!(skipped.contains("? login: list 'profile copy' (as things are it fails"), "{skipped}");
    let perhaps = drawn(&shown(&copy("steps.create.id"), &host, Reads::Refresh));
    assert!(perhaps.contains("? login: list 'profile copy' (not asked: `again` "), "{perhaps}");
}

#[test]
fn a_place_is_one_however_its_path_is_written() {
    let text = "version: 1\nname: some\nsteps:\n  - { id: keep, uses: file.write, with: { path: a, content: b } }\n";
    let plan = planned(text);
    let host = MemoryHost::new();
    let at = |path: &str| {
        let params = [("path".to_owned(), path.into())].into_iter().collect();
        places::written(&plan.checked().nodes()[0], &params, &host).expect("it writes a file")
    };
    assert_eq!(at("~/x/../y/./z"), at("~/y//z"));
    assert_eq!(at("here"), at("/folder/here"), "what the host takes a path for decides");
    assert_ne!(at("here"), at("there"));
}

#[test]
fn a_world_that_is_not_made_yet_is_not_looked_at() {
    let host = MemoryHost::new();
    let preview = shown(&rotation("24h"), &host, Reads::Nothing);
    assert!(drawn(&preview).starts_with(
        "? before: which 'profile ci' (not asked)\n+ create: create ci ‹marker› ()\n"
    ));
    assert!(!preview.complete);
    assert!(host.world().calls.is_empty(), "{:?}", host.world().calls);
}
