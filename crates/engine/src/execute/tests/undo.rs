//! Taking a failed run back: each form of an undo, its tries, and what it leaves.

use super::linear::rotation;
use crate::event::{Event, Status};
use crate::execute::testing::*;
use crate::planted::{Bug, Planted};
use crate::run::Outcome;

/// Runs steps of which the last one fails.
fn failed(steps: &str, host: &MemoryHost) -> Outcome {
    let last = "  - { id: bad, uses: test.exec, with: { program: bad } }\n";
    host.world().faults.push(("bad".to_owned(), 1, Fault::NotSent));
    run_text(&format!("version: 1\nname: some\nsteps:\n{steps}{last}"), host)
}

/// Returns what was done in the world, without what only looked.
fn changes(host: &MemoryHost) -> Vec<String> {
    let looks = ["which", "list", "get", "look", "bad"];
    let world = host.world();
    let calls = world.calls.iter().filter(|call| !looks.iter().any(|look| call.starts_with(look)));
    calls.cloned().collect()
}

#[test]
fn a_step_is_taken_back_by_its_own_undo() {
    let host = MemoryHost::new();
    let outcome = failed("  - { id: a, uses: test.write, with: { name: a } }\n", &host);
    assert_eq!(changes(&host), ["write a", "unwrite a"]);
    assert_eq!(told(&outcome), "a undone, bad failed");
    assert_eq!((outcome.status, outcome.ended), (Status::Undone, true));
    assert_eq!(outcome.error.expect("it failed").step, "bad");
    assert_eq!(
        words(&host.history())[1..],
        [
            "started a 1",
            "succeeded a 1",
            "started bad 1",
            "failed bad 1",
            "undo_started a",
            "undone a",
            "ended undone"
        ]
    );
}

#[test]
fn each_item_is_taken_back_by_another_step_that_sees_the_item() {
    let steps = r#"
  - id: a
    uses: test.http
    for_each: [x, y]
    with: { name: "{{ item }}" }
    undo: { uses: test.write, with: { name: "{{ index }} is {{ item }}" } }
"#;
    let host = MemoryHost::new();
    let outcome = failed(steps, &host);
    assert_eq!(changes(&host)[2..], ["write 1 is y", "write 0 is x"]);
    assert_eq!(outcome.status, Status::Undone);
    let kept = host.history().into_iter().find_map(|entry| match entry.event {
        Event::UndoStarted { step, uses, with, attempt } => Some((step, uses, with, attempt)),
        _ => None,
    });
    let (step, uses, with, attempt) = kept.expect("it was announced");
    assert_eq!((step.as_str(), uses.as_deref(), attempt), ("a[1]", Some("test.write"), 1));
    assert_eq!(with["name"], "1 is y".into());
}

#[test]
fn result_is_what_the_step_gave() {
    let steps = r#"
  - id: a
    uses: notify.webhook
    with: { url: "https://a.example", text: hi }
    undo: { uses: test.write, with: { name: "after {{ result.status }}" } }
"#;
    let host = MemoryHost::new();
    assert_eq!(failed(steps, &host).status, Status::Undone);
    assert_eq!(changes(&host), ["notify hi", "write after 204"]);
}

#[test]
fn what_has_no_undo_is_named_with_its_reason_and_stops_nothing() {
    let steps = r#"
  - { id: a, uses: test.write, with: { name: a } }
  - { id: b, uses: test.http, with: { name: b }, undo: { none: it is only counted } }
  - { id: c, uses: test.http, with: { name: c } }
"#;
    let host = MemoryHost::new();
    let outcome = failed(steps, &host);
    assert_eq!(changes(&host)[3..], ["unwrite a"]);
    assert_eq!((outcome.status, outcome.ended), (Status::Failed, true));
    assert_eq!(
        outcome.left,
        ["`b` was done, and stays: it is only counted", "`c` was done, and has no undo"]
    );
}

#[test]
fn a_message_that_was_sent_is_not_left_in_the_world() {
    let steps = "  - { id: a, uses: test.write, with: { name: a } }\n  \
        - { id: tell, uses: notify.webhook, with: { url: \"https://a.example\", text: hi } }\n";
    let outcome = failed(steps, &MemoryHost::new());
    assert_eq!((outcome.status, outcome.left.len()), (Status::Undone, 0));
}

#[test]
fn a_reload_is_run_again_between_the_places_and_the_create() {
    let text = rotation("0s").replace(
        "  - id: promote\n",
        "  - { id: reload, uses: test.http, undo: again, with: { name: reload } }\n  \
         - { id: bad, uses: test.exec, undo: { none: why }, with: { program: bad } }\n  \
         - id: promote\n",
    );
    let host = MemoryHost::new().fault("bad", 1, Fault::NotSent);
    let outcome = run_text(&text, &host);
    assert_eq!(changes(&host)[3..], ["restore profile ci", "write reload", "revoke new-2"]);
    assert_eq!(outcome.status, Status::Undone);
    assert_eq!(host.world().locked_out, Vec::<String>::new());
}

#[test]
fn an_undo_that_may_be_mended_is_tried_again_a_few_times() {
    let one = "  - { id: a, uses: test.write, with: { name: a } }\n";
    for fault in [Fault::Busy, Fault::NotSent] {
        let host = MemoryHost::new().fault("unwrite", 1, fault).fault("unwrite", 2, fault);
        assert_eq!(failed(one, &host).status, Status::Undone, "{fault:?}");
        assert!((4800..=6000).contains(&host.clock.passed()), "{}", host.clock.passed());
        let host = host.fault("unwrite", 6, fault);
        assert_eq!(
            words(&host.history()).iter().filter(|word| *word == "undo_started a").count(),
            1
        );
    }
    let host = (1..=3).fold(MemoryHost::new(), |host, nth| host.fault("unwrite", nth, Fault::Busy));
    assert_eq!(failed(one, &host).status, Status::Stuck);
    assert_eq!(changes(&host).len(), 4);
}

#[test]
fn an_undo_without_an_answer_is_over_only_when_nothing_of_it_can_land() {
    let one = "  - { id: a, uses: test.write, timeout: 40s, with: { name: a } }\n";
    for fault in [Fault::LostDone, Fault::LostUndone] {
        let host = MemoryHost::new().fault("unwrite", 1, fault);
        assert_eq!(failed(one, &host).status, Status::Undone, "{fault:?}");
        assert!((40_000..=41_000).contains(&host.clock.passed()), "{}", host.clock.passed());
        assert_eq!(changes(&host), ["write a", "unwrite a", "unwrite a", "unwrite a"], "{fault:?}");
    }
}

#[test]
fn an_undo_that_a_process_ended_in_is_over_only_when_nothing_of_it_can_land() {
    let plan = planned(
        "version: 1\nname: some\nsteps:\n  - { id: a, uses: test.write, timeout: 40s, with: { name: \
         a } }\n  - { id: bad, uses: test.exec, with: { program: bad } }\n",
    );
    let host = MemoryHost::new().fault("bad", 1, Fault::NotSent);
    run_with(&plan, &host, &How::default()).expect("the edge holds");
    let last = host.journal().commits.len() - 1;
    let host = MemoryHost::new().fault("bad", 1, Fault::NotSent);
    host.journal().fails_at = Some(last);
    run_with(&plan, &host, &How::default()).expect_err("its end is not recorded");
    host.journal().fails_at = None;
    assert_eq!(words(&host.history()).last().map(String::as_str), Some("undo_started a"));
    let (began, how) = (host.clock.passed(), How { history: host.history(), ..How::default() });
    let outcome = run_with(&plan, &host, &how).expect("the edge holds");
    assert_eq!(outcome.status, Status::Undone);
    assert!((39_000..=40_100).contains(&(host.clock.passed() - began)), "{began}");
    assert_eq!(changes(&host), ["write a", "unwrite a", "unwrite a", "unwrite a"]);
}

#[test]
fn a_try_without_an_answer_is_taken_back_although_the_next_one_was_refused() {
    let text = "version: 1\nname: some\nsteps:\n  - { id: a, uses: test.put, with: { name: a }, \
        retry: { max_attempts: 2, delay: 1s } }\n";
    let host =
        MemoryHost::new().fault("write", 1, Fault::LostDone).fault("write", 2, Fault::Refused(403));
    assert_eq!(run_text(text, &host).status, Status::Undone);
    // Once more when the first try can't land any more.
    assert_eq!(changes(&host), ["write a", "write a", "unwrite a", "unwrite a"]);
}

#[test]
fn its_own_retry_bounds_an_undo() {
    let one = "  - { id: a, uses: test.write, with: { name: a }, retry: { max_attempts: 5, delay: 1s } }\n";
    let host = (1..=4).fold(MemoryHost::new(), |host, nth| host.fault("unwrite", nth, Fault::Busy));
    assert_eq!(failed(one, &host).status, Status::Undone);
    assert_eq!(changes(&host).len(), 6);
}

#[test]
fn a_failed_undo_leaves_what_is_above_it_and_says_so() {
    let host = MemoryHost::new().fault("list", 2, Fault::Refused(401)).fault(
        "restore",
        1,
        Fault::Refused(409),
    );
    let text = rotation("0s")
        + "on_failure:\n  - { id: tell, uses: log, with: { message: \"{{ error.step }} {{ run.status }}\" } }\n\
        finally:\n  - { id: last, uses: log, with: { message: \"{{ run.status }}\" } }\n";
    let outcome = run_text(&text, &host);
    assert_eq!((outcome.status, outcome.ended), (Status::Stuck, true));
    assert_eq!(host.world().said, ["verify stuck", "stuck"]);
    assert_eq!(host.world().live(), ["old-id", "admin-id", "new-2"]);
    assert_eq!(
        outcome.left,
        [
            "new-2 (M.V1.fake)  live, made by this run, perhaps in use by fake profile ci",
            "old-id  live, in use before this run"
        ]
    );
    let why = outcome.undo_error.expect("it is told");
    assert_eq!(
        (why.step.as_str(), why.message.as_str()),
        ("publish", "restore was refused with 409")
    );
    assert_eq!(outcome.error.expect("it failed").step, "verify");
}

#[test]
fn a_program_that_was_given_the_secret_keeps_its_create_alive() {
    let push = "  - { id: push, uses: test.give, undo: { none: why }, with: { token: \"{{ steps.create.token }}\" } }\n";
    let text = rotation("0s").replace("  - id: verify\n", &format!("{push}  - id: verify\n"));
    // It ended with an error: it may have passed the value on before.
    let host = MemoryHost::new().fault("give", 1, Fault::Refused(1));
    let outcome = run_text(&text, &host);
    assert_eq!(outcome.status, Status::Stuck);
    assert!(host.world().live().contains(&"new-2"));
    assert_eq!(
        outcome.left[0],
        "new-2 (M.V1.fake)  live, made by this run, perhaps in use by `push`"
    );
    // It was never run: then nobody has it.
    let host = MemoryHost::new().fault("give", 1, Fault::NotSent);
    assert_eq!(run_text(&text, &host).status, Status::Undone);
    assert!(!host.world().live().contains(&"new-2"));
}

#[test]
fn what_was_in_use_before_is_never_revoked() {
    let host = MemoryHost::new().fault("list", 1, Fault::Refused(403)).knowing("new-2");
    let mut text = rotation("0s").replace(", in_use: steps.before.id", "");
    text = text.replace("    retry: { max_attempts: 5, delay: 10s, backoff: constant }\n", "");
    let outcome = run_text(&text, &host);
    assert_eq!(outcome.status, Status::Stuck);
    assert!(host.world().live().contains(&"new-2"));
    assert_eq!(
        outcome.undo_error.expect("it is told").message,
        "what it gave was in use before this run"
    );
}

#[test]
fn parameters_that_cannot_be_computed_are_a_failed_undo() {
    let steps = r#"
  - { id: list, uses: test.echo, with: { value: [1, 2] } }
  - id: a
    uses: test.http
    with: { name: a }
    undo: { uses: test.write, with: { name: '{{ default steps.list.value "none" }}' } }
"#;
    let outcome = failed(steps, &MemoryHost::new());
    assert_eq!(outcome.status, Status::Stuck);
    assert_eq!(outcome.undo_error.expect("it is told").code, "template");
}

#[test]
fn an_interrupt_leaves_an_undo_open() {
    let host = MemoryHost::new().fault("bad", 1, Fault::NotSent).fault("unwrite", 1, Fault::Busy);
    let text = "version: 1\nname: some\nsteps:\n  - { id: a, uses: test.write, with: { name: a } }\n  \
        - { id: bad, uses: test.exec, with: { program: bad } }\n";
    let how = How { stop_after: Some(500), ..How::default() };
    let outcome = run_with(&planned(text), &host, &how).expect("the edge holds");
    assert_eq!((outcome.ended, outcome.interrupted), (false, true));
    assert_eq!(words(&host.history()).last().map(String::as_str), Some("stopped"));
    let how = How { history: host.history(), ..How::default() };
    let outcome = run_with(&planned(text), &host, &how).expect("the edge holds");
    assert_eq!((outcome.status, outcome.ended), (Status::Undone, true));
}

#[test]
fn a_failure_of_the_edge_leaves_an_undo_open() {
    let host = MemoryHost::new().fault("bad", 1, Fault::NotSent).fault("unwrite", 1, Fault::Edge);
    let text = "version: 1\nname: some\nsteps:\n  - { id: a, uses: test.write, with: { name: a } }\n  \
        - { id: bad, uses: test.exec, with: { program: bad } }\n";
    run_with(&planned(text), &host, &How::default()).expect_err("the edge failed");
    assert_eq!(words(&host.history()).last().map(String::as_str), Some("undo_started a"));
    let how = How { history: host.history(), ..How::default() };
    let outcome = run_with(&planned(text), &host, &how).expect("the edge holds");
    assert_eq!((outcome.status, outcome.ended), (Status::Undone, true));
}

/// A vault holds the value before the first try, and a later step fails.
fn found_and_failed(planted: Planted) -> MemoryHost {
    let text = r#"
version: 1
name: some
steps:
  - { id: which, uses: fake.published, with: { profile: ci } }
  - { id: keep, uses: fake.store, with: { path: a, value: "{{ steps.which.token }}" } }
  - { id: bad, uses: test.exec, with: { program: bad } }
"#;
    let host = MemoryHost::new().fault("bad", 1, Fault::NotSent);
    host.world().places.insert("vault a".to_owned(), "old-value".to_owned());
    let how = How { planted, ..How::default() };
    let outcome = run_with(&planned(text), &host, &how).expect("the edge holds");
    assert!(words(&host.history()).contains(&"found keep 0".to_owned()), "{}", told(&outcome));
    host
}

#[test]
fn what_was_there_before_is_not_taken_back() {
    let host = found_and_failed(Planted::default());
    assert_eq!(changes(&host), Vec::<String>::new());
    assert_eq!(words(&host.history()).last().map(String::as_str), Some("ended failed"));
}

#[test]
fn an_engine_that_takes_back_what_was_there_before_is_caught() {
    let host = found_and_failed(Planted::bug(Bug::UndoesFound));
    assert_eq!(changes(&host), ["restore vault a"]);
}

#[test]
fn an_engine_that_revokes_what_a_place_holds_is_caught() {
    let planted = Planted::bug(Bug::UndoRevokesHeld);
    let host = MemoryHost::new().fault("list", 2, Fault::Refused(401)).fault(
        "restore",
        1,
        Fault::Refused(409),
    );
    let how = How { planted, ..How::default() };
    run_with(&planned(&rotation("0s")), &host, &how).expect("the edge holds");
    assert_eq!(host.world().locked_out, ["new-2"]);
}

/// A rotation that fails behind its place, whose undo says that often that it is done, and is not.
fn lied_to(times: usize) -> (Outcome, MemoryHost) {
    let text = rotation("0s").replace(
        "  - id: promote\n",
        "  - { id: bad, uses: test.exec, undo: { none: why }, with: { program: bad } }\n  \
         - id: promote\n",
    );
    let host = MemoryHost::new().fault("bad", 1, Fault::NotSent);
    let host = (1..=times).fold(host, |host, nth| host.fault("restore", nth, Fault::Lies));
    (run_text(&text, &host), host)
}

#[test]
fn a_place_that_still_holds_what_was_written_is_put_back_once_more() {
    let (outcome, host) = lied_to(2);
    assert_eq!(outcome.status, Status::Undone);
    assert_eq!(host.world().places["profile ci"], "old-value");
    assert_eq!(host.world().locked_out, Vec::<String>::new());
    assert_eq!(
        changes(&host)[2..],
        [["restore profile ci"; 3].as_slice(), &["revoke new-2"]].concat()
    );
}

#[test]
fn a_credential_stays_where_a_place_holds_it_after_its_undo() {
    let (outcome, host) = lied_to(3);
    assert_eq!((outcome.status, outcome.ended), (Status::Stuck, true));
    assert_eq!(host.world().locked_out, Vec::<String>::new());
    assert_eq!(host.world().live(), ["old-id", "admin-id", "new-2"]);
    let why = host.history().into_iter().find_map(|entry| match entry.event {
        Event::UndoFailed { error, .. } => Some(error.message),
        _ => None,
    });
    assert_eq!(why.as_deref(), Some("fake profile ci still holds what was written"));
}

#[test]
fn a_place_that_cannot_be_read_after_its_undo_is_not_believed() {
    let text = rotation("0s").replace(
        "  - id: promote\n",
        "  - { id: bad, uses: test.exec, undo: { none: why }, with: { program: bad } }\n  \
         - id: promote\n",
    );
    for (times, status) in [(1, Status::Undone), (3, Status::Stuck)] {
        let host = MemoryHost::new().fault("bad", 1, Fault::NotSent);
        let host =
            (3..3 + times).fold(host, |host, nth| host.fault("get", nth, Fault::Refused(500)));
        assert_eq!(run_text(&text, &host).status, status, "{times}");
        assert_eq!(host.world().live().len(), if status == Status::Undone { 2 } else { 3 });
    }
}
