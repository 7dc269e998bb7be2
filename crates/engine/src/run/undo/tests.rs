//! The order of an undo: what goes first, what waits, what stays.

use crate::event::{Entry, Event, Failure, Started, Status};
use crate::execute::testing::{BEGIN, MemoryHost, planned, run_text};
use crate::planted::{Bug, Planted};
use crate::run::slot::Slot;
use crate::run::{Action, Run, SPENT, StepStatus};
use crate::value::{Map, Value};

fn claimed() -> Event {
    let host = MemoryHost::new();
    run_text("version: 1\nname: a\nsteps: [{ id: a, uses: test.echo }]\n", &host);
    host.history()[0].event.clone()
}

/// A run in which steps were done, but for those that failed; `x[3]` is a step with three items.
struct Told<'a> {
    steps: &'a str,
    done: &'a [&'a str],
    failed: &'a [(&'a str, &'a str)],
    planted: Planted,
}

impl Told<'_> {
    fn run(&self) -> Run {
        let plan = planned(&format!("version: 1\nname: some\nsteps:\n{}", self.steps));
        let mut run = Run::new(&plan, "k3f9");
        run.plant(self.planted);
        let mut events = vec![claimed()];
        for step in self.done {
            events.extend(done(&run, step));
        }
        for (step, code) in self.failed {
            events.push(started(&run, step));
            let code = (*code).to_owned();
            let lost = Failure { code: SPENT.to_owned(), ..Failure::default() };
            let error = Failure { step: (*step).to_owned(), code, ..Failure::default() };
            events.push(match error.code.as_str() {
                "lost" => Event::Lost { step: (*step).to_owned(), attempt: 1, error: lost },
                _ => Event::Failed { step: (*step).to_owned(), attempt: 1, error },
            });
        }
        events.into_iter().for_each(|event| apply(&mut run, event));
        run
    }
}

fn done(run: &Run, step: &str) -> Vec<Event> {
    let (id, items) = step.split_once('[').unwrap_or((step, ""));
    let count: usize = items.trim_end_matches(']').parse().unwrap_or(0);
    let one = |path: String| {
        let outputs = Map::from([("id".to_owned(), Value::from("some-id"))]);
        let checks = indexmap::IndexMap::new();
        let start = started(run, &path);
        [start, Event::Succeeded { step: path, attempt: 1, outputs, checks, unwritten: false }]
    };
    if count == 0 {
        return one(id.to_owned()).to_vec();
    }
    let items = vec![Value::Null; count];
    let expanded = Event::Expanded { step: id.to_owned(), items };
    let each = (0..count).flat_map(|item| one(format!("{id}[{item}]")));
    std::iter::once(expanded).chain(each).collect()
}

fn started(run: &Run, path: &str) -> Event {
    let slot = run.graph().slot(path).expect("it is a step");
    let shape = run.shape(slot.node);
    Event::Started(Box::new(Started {
        step: path.to_owned(),
        attempt: 1,
        uses: shape.uses.clone(),
        role: shape.role,
        params: Map::new(),
        deadline: BEGIN,
        marker: shape.writes.then(|| "cutover-fake".to_owned()),
        writes: shape.writes,
        checks: indexmap::IndexMap::new(),
    }))
}

fn apply(run: &mut Run, event: Event) {
    let shown = format!("{event:?}");
    run.apply(&Entry { at: BEGIN, event });
    assert!(run.defects().is_empty(), "{:?}: {shown}", run.defects());
}

/// Takes everything back that can be, but for what fails; what goes at once stands in one word.
fn taken_back(run: &mut Run, fails: &[&str]) -> String {
    let mut words = Vec::new();
    loop {
        let now: Vec<Slot> = run.next_undos();
        if now.is_empty() {
            return words.join(" ");
        }
        let paths: Vec<String> = now.iter().map(|slot| run.graph().path(*slot)).collect();
        for step in paths.clone() {
            let (uses, with) = (None, Map::new());
            apply(run, Event::UndoStarted { step, attempt: 1, uses, with });
        }
        for step in &paths {
            let step = step.clone();
            apply(
                run,
                match fails.contains(&step.as_str()) {
                    true => Event::UndoFailed { error: Failure::default(), step },
                    false => Event::Undone { step, note: String::new() },
                },
            );
        }
        words.push(paths.join("+"));
    }
}

#[track_caller]
fn order(steps: &str, done: &[&str], failed: &[(&str, &str)], fails: &[&str]) -> String {
    let told = Told { steps, done, failed, planted: Planted::default() };
    taken_back(&mut told.run(), fails)
}

const CHAIN: &str = r#"
  - { id: a, uses: test.write, with: { name: a } }
  - { id: b, uses: test.http, undo: { none: it says nothing }, with: { name: b } }
  - { id: c, uses: test.write, with: { name: c } }
  - { id: look, uses: test.look, with: { name: c } }
  - { id: z, uses: test.write, with: { name: z } }
"#;

#[test]
fn a_chain_goes_back_in_reverse_over_what_has_no_undo() {
    assert_eq!(order(CHAIN, &["a", "b", "c", "look"], &[("z", "refused")], &[]), "c a");
}

#[test]
fn what_did_not_run_or_changed_nothing_is_not_taken_back() {
    assert_eq!(order(CHAIN, &["a"], &[("b", "refused")], &[]), "a");
    assert_eq!(order(CHAIN, &[], &[("a", "refused")], &[]), "");
}

#[test]
fn a_write_of_which_nobody_knows_is_taken_back_too() {
    assert_eq!(order(CHAIN, &["a", "b"], &[("c", "lost")], &[]), "c a");
}

#[test]
fn a_failed_undo_stops_what_is_above_it_and_nothing_else() {
    let steps = r#"
  - { id: a, uses: test.write, with: { name: a } }
  - { id: left, uses: test.write, needs: [a], with: { name: left } }
  - { id: right, uses: test.write, needs: [a], with: { name: right } }
  - { id: z, uses: test.write, needs: [left, right], with: { name: z } }
"#;
    let done = &["a", "left", "right"];
    assert_eq!(order(steps, done, &[("z", "refused")], &[]), "right+left a");
    assert_eq!(order(steps, done, &[("z", "refused")], &["left"]), "right+left");
    let told = Told { steps, done, failed: &[("z", "refused")], planted: Planted::default() };
    let mut run = told.run();
    taken_back(&mut run, &["left"]);
    assert!(run.is_undo_stuck());
    // A resume tries what failed, and what waited for it, and not what is back.
    apply(&mut run, Event::Resumed { machine: "here".to_owned() });
    assert_eq!(taken_back(&mut run, &[]), "left a");
    assert!(!run.is_undo_stuck());
}

#[test]
fn items_go_back_in_reverse_one_by_one_and_one_that_fails_stops_no_sibling() {
    let steps = r#"
  - { id: a, uses: test.write, with: { name: a } }
  - { id: push, uses: test.write, for_each: [1, 2, 3], with: { name: n } }
  - { id: z, uses: test.write, with: { name: z } }
"#;
    let done = &["a", "push[3]"];
    assert_eq!(order(steps, done, &[("z", "refused")], &[]), "push[2] push[1] push[0] a");
    let left = order(steps, done, &[("z", "refused")], &["push[1]"]);
    assert_eq!(left, "push[2] push[1] push[0]");
}

#[test]
fn items_that_were_done_go_back_where_another_one_failed() {
    let steps = "  - { id: push, uses: test.write, for_each: [1, 2], with: { name: n } }\n";
    let told = Told { steps, done: &[], failed: &[], planted: Planted::default() };
    let mut run = told.run();
    let [expanded, first, done_first, second, _] = done(&run, "push[2]").try_into().unwrap();
    for event in [expanded, first, done_first, second] {
        apply(&mut run, event);
    }
    let error = Failure { step: "push[1]".to_owned(), ..Failure::default() };
    apply(&mut run, Event::Failed { step: "push[1]".to_owned(), attempt: 1, error });
    assert_eq!(taken_back(&mut run, &[]), "push[0]");
}

const RELOADED: &str = r#"
  - { id: create, uses: fake.create, with: { profile: admin, description: ci } }
  - { id: works, uses: fake.list, verifies: create, with: { profile: admin, token: "{{ steps.create.token }}" } }
  - { id: publish, uses: fake.publish, with: { profile: ci, token: "{{ steps.create.token }}" } }
  - { id: reload, uses: test.http, undo: again, with: { name: reload } }
  - { id: restart, uses: test.http, undo: again, with: { name: restart } }
  - { id: z, uses: test.write, with: { name: z } }
"#;

#[test]
fn a_step_runs_again_once_what_is_above_it_is_back_and_before_a_create_is_revoked() {
    let done = &["create", "works", "publish", "reload", "restart"];
    let failed = &[("z", "refused")];
    let all = "publish reload restart create";
    assert_eq!(order(RELOADED, done, failed, &[]), all);
    // Where it could not be run again, somebody may still run on the new value.
    assert_eq!(order(RELOADED, done, failed, &["reload"]), "publish reload");
    assert_eq!(order(RELOADED, done, failed, &["publish"]), "publish");
}

#[test]
fn a_step_that_failed_half_way_runs_again_too() {
    let done = &["create", "works", "publish"];
    assert_eq!(order(RELOADED, done, &[("reload", "exit")], &[]), "publish reload create");
    assert_eq!(order(RELOADED, done, &[("reload", "not_sent")], &[]), "publish create");
}

#[test]
fn what_was_kept_for_a_create_goes_back_after_it_and_is_not_waited_for_by_a_reload() {
    let steps = r#"
  - { id: chosen, uses: secret.generate }
  - { id: keep, uses: fake.store, with: { path: pending, value: "{{ steps.chosen.value }}" } }
  - { id: create, uses: fake.chosen, with: { url: "https://a.example", admin_password: "{{ steps.chosen.value }}", user: svc, password: "{{ steps.chosen.value }}" } }
  - { id: publish, uses: fake.publish, with: { profile: ci, token: "{{ steps.chosen.value }}" } }
  - { id: reload, uses: test.http, undo: again, with: { name: reload } }
  - { id: z, uses: test.write, with: { name: z } }
"#;
    let done = &["chosen", "keep", "create", "publish", "reload"];
    let failed = &[("z", "refused")];
    assert_eq!(order(steps, done, failed, &[]), "publish reload create keep");
    assert_eq!(order(steps, done, failed, &["create"]), "publish reload create");
}

const GIVEN: &str = r#"
  - { id: create, uses: fake.create, with: { profile: admin, description: ci } }
  - { id: works, uses: fake.list, verifies: create, with: { profile: admin, token: "{{ steps.create.token }}" } }
  - { id: keep, uses: fake.store, with: { path: a, value: "{{ steps.create.token }}" } }
  - { id: told, uses: test.http, needs: [keep], undo: { none: why }, with: { name: "{{ steps.create.id }}" } }
  - { id: push, uses: test.give, needs: [keep], undo: { none: why }, with: { token: "{{ steps.create.token }}" } }
  - { id: z, uses: test.write, needs: [keep, told, push], with: { name: z } }
"#;

#[test]
fn a_create_stays_while_a_step_was_given_its_secret_that_cannot_be_taken_back() {
    let done = &["create", "works", "keep"];
    // It was given nothing but the id.
    assert_eq!(
        order(GIVEN, &[done, &["told"][..]].concat(), &[("push", "refused")], &[]),
        "keep create"
    );
    assert_eq!(order(GIVEN, &[done, &["push"][..]].concat(), &[("told", "refused")], &[]), "keep");
    // A program that ended with an error, and one that gave no answer, may have passed it on.
    for code in ["exit", "lost"] {
        assert_eq!(order(GIVEN, done, &[("push", code)], &[]), "keep", "{code}");
    }
    let told =
        Told { steps: GIVEN, done, failed: &[("push", "exit")], planted: Planted::default() };
    let mut run = told.run();
    taken_back(&mut run, &[]);
    let why = run.outcome().undo_error.expect("it is told");
    assert_eq!(
        (why.step.as_str(), why.message.as_str()),
        ("create", "`push` was given its value, and cannot be taken back")
    );
}

#[test]
fn a_secret_that_was_read_back_and_passed_on_is_followed() {
    let steps = r#"
  - { id: create, uses: fake.create, with: { profile: admin, description: ci } }
  - { id: works, uses: fake.list, verifies: create, with: { profile: admin, token: "{{ steps.create.token }}" } }
  - { id: keep, uses: fake.store, with: { path: a, value: "{{ steps.create.token }}" } }
  - { id: get, uses: fake.get, with: { path: a } }
  - { id: push, uses: test.give, undo: { none: why }, with: { token: "{{ steps.get.value }}" } }
  - { id: z, uses: test.write, with: { name: z } }
"#;
    let done = &["create", "works", "keep", "get", "push"];
    assert_eq!(order(steps, done, &[("z", "refused")], &[]), "keep");
}

#[test]
fn a_question_that_nobody_answered_holds_up_no_undo() {
    let steps = r#"
  - { id: ask, uses: test.http, needs: [], with: { name: ask } }
  - { id: a, uses: test.write, needs: [], with: { name: a } }
  - { id: z, uses: test.write, needs: [a], with: { name: z } }
"#;
    let told = Told { steps, done: &["a"], failed: &[], planted: Planted::default() };
    let mut run = told.run();
    let ask = started(&run, "ask");
    apply(&mut run, ask);
    let (step, until, ask) = ("ask".to_owned(), None, Some("well?".to_owned()));
    apply(&mut run, Event::Parked { step, until, ask });
    assert_eq!(run.outcome().parked.len(), 1);
    let z = started(&run, "z");
    apply(&mut run, z);
    let error = Failure { step: "z".to_owned(), ..Failure::default() };
    apply(&mut run, Event::Failed { step: "z".to_owned(), attempt: 1, error });
    let (uses, with) = (None, Map::new());
    apply(&mut run, Event::UndoStarted { step: "a".to_owned(), attempt: 1, uses, with });
    assert_eq!(run.next(BEGIN), [], "the undo is waited for");
    apply(&mut run, Event::Undone { step: "a".to_owned(), note: String::new() });
    assert!(matches!(run.next(BEGIN)[..], [Action::End { .. }]));
    let outcome = run.outcome();
    assert_eq!((outcome.parked.len(), outcome.steps[0].status), (0, StepStatus::Failed));
}

#[test]
fn a_planted_engine_revokes_what_a_place_may_still_hold() {
    let done = &["create", "works", "keep", "push"];
    let planted = Planted::bug(Bug::UndoRevokesHeld);
    let told = Told { steps: GIVEN, done, failed: &[("told", "refused")], planted };
    assert_eq!(taken_back(&mut told.run(), &["keep"]), "keep create");
}

#[test]
fn what_is_being_taken_back_to_begin_anew_when_a_step_fails_is_taken_back_first() {
    let mut run =
        Told { steps: CHAIN, done: &["a"], failed: &[], planted: Planted::default() }.run();
    let begun = started(&run, "b");
    apply(&mut run, begun);
    let (uses, with, step) = (None, Map::new(), "a".to_owned());
    apply(&mut run, Event::UndoStarted { step: step.clone(), attempt: 1, uses, with });
    let error = Failure { step: "b".to_owned(), ..Failure::default() };
    apply(&mut run, Event::Failed { step: "b".to_owned(), attempt: 1, error });
    assert_eq!(run.next(BEGIN), [], "it is waited for");
    apply(&mut run, Event::Undone { step, note: String::new() });
    let [Action::End { status, .. }] = run.next(BEGIN)[..] else { panic!("{:?}", run.next(BEGIN)) };
    assert_eq!(status, Status::Undone);
}
