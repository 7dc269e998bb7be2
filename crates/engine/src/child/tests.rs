//! Workflows that run workflows: what is checked with them, and what becomes of a crash.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use crate::check::{Checked, check};
use crate::child::Sources;
use crate::child::{Children, Family, gather};
use crate::effect::{Call, EffectError, Reply};
use crate::event::{Decision, Entry, Event, Status};
use crate::execute::testing::{Fault, Journal, MemoryHost, StopAt, steps, told, words};
use crate::execute::{Drive, Patience, Said, execute};
use crate::host::{Claim, Host, HostError, Key, Position, Secrets};
use crate::parse::parse;
use crate::plan::{Plan, plan};
use crate::planted::Planted;
use crate::run::{Outcome, Run};
use crate::source::Source;
use crate::step::{BoxFuture, Registry};
use crate::time::Timestamp;
use crate::value::Map;
use crate::workflow::Workflow;

const PARENT: &str = "k3f9";

const CHILD: &str = r#"
version: 1
name: child
inputs:
  who: { type: string }
  times: { type: integer, default: 2 }
steps:
  - { id: look, uses: test.look, with: { name: "{{ inputs.who }}" } }
  - { id: echo, uses: test.echo, with: { value: "{{ inputs.times }}" } }
outputs:
  greeted: "{{ inputs.who }}"
  times: "{{ inputs.times }}"
"#;

/// A parent that runs `child.yaml` and uses what it gives.
fn parent(with: &str) -> String {
    format!(
        r#"
version: 1
name: parent
steps:
  - {{ id: first, uses: workflow.run, with: {with} }}
  - {{ id: after, uses: test.echo, with: {{ value: "{{{{ steps.first.greeted }}}}" }} }}
"#
    )
}

fn checked(text: &str, files: &[(&str, &str)]) -> Result<Arc<Checked>, String> {
    let source = Arc::new(Source::new("parent.yaml", text));
    let (workflow, mut found) = parse(Arc::clone(&source));
    let workflow = Arc::new(workflow.expect("it parses"));
    let files: BTreeMap<&str, &str> = files.iter().copied().collect();
    let read = |path: &str| match files.get(path) {
        Some(text) => Ok((*text).to_owned()),
        None => Err("there is no such file".to_owned()),
    };
    let plugins = |_: &Workflow, _: &str, registry: &Registry| Ok(registry.clone());
    let sources = Sources { read: &read, plugins: &plugins };
    let registry = gather(&workflow, "parent.yaml", &steps::registry(), sources);
    let (right, more) = check(&workflow, &registry);
    found.extend(more);
    match found.has_errors() {
        true => Err(found.to_lines(&source)),
        false => Ok(Arc::new(right.expect("it is right"))),
    }
}

fn planned(text: &str, files: &[(&str, &str)]) -> Plan {
    let checked = checked(text, files).unwrap_or_else(|found| panic!("{found}"));
    plan(&checked, &Map::new()).expect("it has no inputs")
}

/// What is wrong with a parent, in one line.
#[track_caller]
fn refused(text: &str, files: &[(&str, &str)], words: &[&str]) {
    let found = checked(text, files).err().expect("it is wrong");
    assert!(words.iter().all(|word| found.contains(word)), "{words:?} in {found}");
}

/// A world with a journal for each run.
struct Home {
    host: MemoryHost,
    runs: Mutex<BTreeMap<String, Journal>>,
    /// A run that is taken as often.
    taken: Mutex<usize>,
    /// The runs whose locks were let go.
    released: Mutex<Vec<String>>,
}

impl Home {
    fn new(host: MemoryHost) -> Self {
        Self { host, runs: Mutex::default(), taken: Mutex::new(0), released: Mutex::default() }
    }

    fn history(&self, run: &str) -> Vec<Entry> {
        self.runs.lock().unwrap().get(run).map(|one| one.entries.clone()).unwrap_or_default()
    }

    fn children(&self) -> Vec<String> {
        self.runs.lock().unwrap().keys().filter(|run| *run != PARENT).cloned().collect()
    }

    /// Cuts a run's history off after its first events of a kind, as a crash does.
    fn cut(&self, run: &str, kind: &str) {
        let mut runs = self.runs.lock().unwrap();
        let journal = runs.get_mut(run).expect("there is such a run");
        let at = journal.entries.iter().position(|entry| entry.event.kind() == kind);
        let kept = journal.entries[..=at.expect("there is such an event")].to_vec();
        *journal = Journal::holding(&kept);
    }

    fn run(&self, plan: &Plan) -> Outcome {
        self.hear(plan, None)
    }

    fn hear(&self, plan: &Plan, word: Option<&Said>) -> Outcome {
        let stop = StopAt(&self.host.clock, None);
        let drive = Drive {
            run: PARENT,
            file: "parent.yaml",
            machine: "here",
            first: false,
            expected: None,
            watch: &|_: &Run, _: &Entry| {},
            stop: &stop,
            word,
            patience: Patience::Return,
            trigger: None,
            planted: Planted::default(),
        };
        let history = self.history(PARENT);
        let ended = self.host.clock.block_on(execute(plan, &history, self, &drive));
        ended.expect("the edge holds")
    }
}

impl Children for Home {
    fn history<'a>(&'a self, run: &'a str) -> BoxFuture<'a, Result<Vec<Entry>, HostError>> {
        Box::pin(async move { Ok(Home::history(self, run)) })
    }

    fn secrets<'a>(&'a self, _workflow: &'a Workflow) -> BoxFuture<'a, Result<Map, String>> {
        Box::pin(async { Ok(Map::new()) })
    }

    fn see(&self, run: &Run, _entry: &Entry) {
        assert!(run.claimed().is_some_and(|claimed| claimed.family.parent.is_some()));
    }

    fn machine(&self) -> &str {
        "here"
    }
}

impl Host for Home {
    fn now(&self) -> Timestamp {
        self.host.now()
    }

    fn claim<'a>(
        &'a self,
        run: &'a str,
        _keys: &'a [Key],
    ) -> BoxFuture<'a, Result<Claim, HostError>> {
        let mut taken = self.taken.lock().unwrap();
        if run != PARENT && *taken > 0 {
            *taken -= 1;
            let key = "influx-ci".to_owned();
            let run = "zz99".to_owned();
            let error =
                HostError::Taken { key, run, step: None, marker: None, since: None, alive: true };
            return Box::pin(async move { Err(error) });
        }
        let mut runs = self.runs.lock().unwrap();
        let position = runs.entry(run.to_owned()).or_default().position();
        Box::pin(async move { Ok(Claim { position, ..Claim::default() }) })
    }

    fn record<'a>(
        &'a self,
        run: &'a str,
        after: Position,
        entries: &'a [Entry],
    ) -> BoxFuture<'a, Result<Position, HostError>> {
        Box::pin(async move {
            let mut runs = self.runs.lock().unwrap();
            runs.get_mut(run).expect("it was claimed").append(after, entries)
        })
    }

    fn perform<'a>(&'a self, call: &'a Call) -> BoxFuture<'a, Result<Reply, EffectError>> {
        self.host.perform(call)
    }

    fn release(&self, run: &str) {
        self.released.lock().unwrap().push(run.to_owned());
    }

    fn secrets(&self) -> &dyn Secrets {
        Host::secrets(&self.host)
    }

    fn random(&self) -> Option<u128> {
        self.host.random()
    }

    fn family(&self) -> Option<Family<'_>> {
        Some(Family { children: self, stop: None, parent: None })
    }
}

const GIVEN: &str = "{ file: child.yaml, inputs: { who: ann } }";

#[test]
fn a_child_runs_as_a_run_of_its_own_and_its_outputs_come_back() {
    let home = Home::new(MemoryHost::new());
    let outcome = home.run(&planned(&parent(GIVEN), &[("child.yaml", CHILD)]));
    assert_eq!(told(&outcome), "first succeeded, after succeeded");
    assert_eq!(outcome.steps[0].outputs["times"], 2.into());
    assert_eq!(outcome.steps[1].outputs["value"], "ann".into());
    let children = home.children();
    let [child] = children.as_slice() else { panic!("one child: {children:?}") };
    assert!(child.starts_with(PARENT) && child.len() > PARENT.len(), "{child}");
    let history = home.history(child);
    let Event::Claimed(claimed) = &history[0].event else { panic!("it begins with its claim") };
    assert_eq!(claimed.family.parent.as_deref(), Some("k3f9.first"));
    assert_eq!((claimed.workflow.as_str(), claimed.text.as_str()), ("child", CHILD));
    let Event::Claimed(claimed) = &home.history(PARENT)[0].event else { panic!("it has a claim") };
    assert_eq!(claimed.family.files["child.yaml"], CHILD, "a resume needs no file");
}

#[test]
fn what_a_child_gives_and_takes_is_checked_with_its_parent() {
    let files = [("child.yaml", CHILD)];
    let text = parent(GIVEN).replace("steps.first.greeted", "steps.first.nothing");
    refused(&text, &files, &["T04", "nothing"]);
    let text = parent("{ file: child.yaml, inputs: { whom: ann } }");
    refused(&text, &files, &["P02", "`child` has no input `whom`", "P03", "needs the input `who`"]);
    let text = parent("{ file: child.yaml, inputs: { who: ann, times: often } }");
    refused(&text, &files, &["P05", "`times`"]);
    let text = parent(GIVEN).replace(
        "test.echo, with: { value: \"{{ steps.first.greeted }}\"",
        "test.wait, with: { ms: \"{{ steps.first.greeted }}\"",
    );
    refused(&text, &files, &["P05", "`ms`"]);
}

#[test]
fn a_secret_crosses_in_neither_direction() {
    let secret = CHILD.replace("{ type: string }", "{ type: secret, from: { env: WHO } }");
    refused(&parent(GIVEN), &[("child.yaml", &secret)], &["P07", "cannot be run from here"]);
    let secret = secret
        .replace("name: \"{{ inputs.who }}\"", "name: x")
        .replace("greeted: \"{{ inputs.who }}\"", "greeted: x");
    refused(&parent(GIVEN), &[("child.yaml", &secret)], &["P02", "is a secret"]);
    checked(&parent("{ file: child.yaml }"), &[("child.yaml", &secret)]).expect("it has a `from`");
    let nowhere = secret.replace(", from: { env: WHO }", "");
    refused(&parent("{ file: child.yaml }"), &[("child.yaml", &nowhere)], &["P03", "`who`"]);
}

#[test]
fn a_file_that_is_not_there_or_not_right_is_told_where_it_is_named() {
    refused(&parent(GIVEN), &[], &["P07 5:", "`child.yaml` cannot be run from here: there is no"]);
    let wrong = CHILD.replace("test.echo", "test.ecko");
    refused(&parent(GIVEN), &[("child.yaml", &wrong)], &["P07", "P01: there is no step"]);
}

#[test]
fn a_circle_of_files_is_an_error() {
    let own = parent(GIVEN);
    let child = "version: 1\nname: child\nsteps:\n  - { id: up, uses: workflow.run, with: { file: parent.yaml } }\n";
    let said = "it is run by itself: parent.yaml -> child.yaml -> parent.yaml";
    refused(&own, &[("child.yaml", child), ("parent.yaml", &own)], &["P07", said]);
    let down = |nth: usize| {
        format!(
            "version: 1\nname: c{nth}\nsteps:\n  - {{ id: d, uses: workflow.run, with: {{ file: {}.yaml }} }}\n",
            nth + 1
        )
    };
    let deep: Vec<(String, String)> =
        (0..20).map(|nth| (format!("{nth}.yaml"), down(nth))).collect();
    let deep: Vec<(&str, &str)> = deep.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
    refused(&parent("{ file: 0.yaml }"), &deep, &["P07"]);
}

#[test]
fn a_child_that_fails_fails_its_step_and_says_which_run_it_was() {
    let home = Home::new(MemoryHost::new().fault("look", 1, Fault::Refused(1)));
    let outcome = home.run(&planned(&parent(GIVEN), &[("child.yaml", CHILD)]));
    assert_eq!(told(&outcome), "first failed, after pending");
    let error = outcome.error.expect("it failed");
    let child = &home.children()[0];
    let said = format!("run {child} of `child` failed at `look`");
    assert!(error.message.starts_with(&said), "{error:?}");
    assert_eq!(error.help, format!("what happened: cutover runs show {child}"));
}

#[test]
fn a_taken_credential_is_tried_again() {
    let text = parent(GIVEN).replace(
        "inputs: { who: ann } }",
        "inputs: { who: ann } }, retry: { max_attempts: 3, delay: 1s }",
    );
    let home = Home::new(MemoryHost::new());
    *home.taken.lock().unwrap() = 2;
    let outcome = home.run(&planned(&text, &[("child.yaml", CHILD)]));
    assert_eq!(told(&outcome), "first succeeded, after succeeded");
    assert_eq!(outcome.steps[0].attempts, 3);
    assert_eq!(home.children().len(), 1);
}

#[test]
fn after_a_crash_the_same_child_goes_on() {
    let plan = planned(&parent(GIVEN), &[("child.yaml", CHILD)]);
    let home = Home::new(MemoryHost::new());
    home.run(&plan);
    let child = home.children()[0].clone();
    home.cut(PARENT, "started");
    home.cut(&child, "claimed");
    let outcome = home.run(&plan);
    assert_eq!(told(&outcome), "first succeeded, after succeeded");
    assert_eq!(home.children(), [child.as_str()], "no second child");
    let again = words(&home.history(&child));
    assert_eq!(again.iter().filter(|word| word.starts_with("claimed")).count(), 1, "{again:?}");
}

#[test]
fn a_child_that_ended_before_the_crash_is_adopted_and_not_run_again() {
    let plan = planned(&parent(GIVEN), &[("child.yaml", CHILD)]);
    let home = Home::new(MemoryHost::new());
    home.run(&plan);
    let child = home.children()[0].clone();
    let before = home.history(&child);
    home.cut(PARENT, "started");
    let outcome = home.run(&plan);
    assert_eq!(outcome.status, Status::Succeeded, "{}", told(&outcome));
    assert_eq!(outcome.steps[1].outputs["value"], "ann".into());
    assert_eq!(home.history(&child), before, "nothing more happened in it");
    assert_eq!(home.children(), [child.as_str()], "and none followed it");
}

#[test]
fn a_child_that_failed_is_followed_by_another_one() {
    let text = parent(GIVEN);
    let plan = planned(&text, &[("child.yaml", CHILD)]);
    let home = Home::new(MemoryHost::new().fault("look", 1, Fault::Refused(1)));
    home.run(&plan);
    home.cut(PARENT, "started");
    let outcome = home.run(&plan);
    assert_eq!(outcome.status, Status::Succeeded, "{}", told(&outcome));
    assert_eq!(home.children().len(), 2);
}

#[test]
fn a_child_that_waits_parks_its_parent_and_hears_the_word_that_comes() {
    let child = "version: 1\nname: child\nsteps:\n  - { id: ok, uses: approval.wait, with: { ask: may it } }\noutputs: { greeted: \"{{ steps.ok.by }}\" }\n";
    let plan = planned(&parent("{ file: child.yaml }"), &[("child.yaml", child)]);
    let home = Home::new(MemoryHost::new());
    let outcome = home.run(&plan);
    assert_eq!((outcome.status, outcome.ended), (Status::Parked, false), "{}", told(&outcome));
    let run = home.children()[0].clone();
    let released = home.released.lock().unwrap().clone();
    assert_eq!(released, [run.as_str(), PARENT], "who waits holds nobody up");
    let asked = format!("run {run} of `child`, `ok`: may it");
    assert_eq!(outcome.parked[0].ask.as_deref(), Some(asked.as_str()));
    let (step, by) = ("first".to_owned(), "ann".to_owned());
    let said = Said { step, decision: Decision::Approve, by, note: String::new() };
    let outcome = home.hear(&plan, Some(&said));
    assert_eq!(told(&outcome), "first succeeded, after succeeded");
    assert_eq!(outcome.steps[1].outputs["value"], "ann".into());
    assert_eq!(home.children(), [run.as_str()], "it is the same child");
}

#[test]
fn each_item_has_a_child_of_its_own() {
    let text = r#"
version: 1
name: parent
steps:
  - { id: each, uses: workflow.run, for_each: [ann, bob], with: { file: sub/child.yaml, inputs: { who: "{{ item }}" } } }
"#;
    let home = Home::new(MemoryHost::new());
    let outcome = home.run(&planned(text, &[("sub/child.yaml", CHILD)]));
    assert_eq!(outcome.status, Status::Succeeded, "{}", told(&outcome));
    let of = |run: &String| {
        let Event::Claimed(claimed) = &home.history(run)[0].event else { panic!("it is claimed") };
        claimed.family.parent.clone().expect("it has one")
    };
    let mut parents: Vec<String> = home.children().iter().map(of).collect();
    parents.sort();
    assert_eq!(parents, ["k3f9.each[0]", "k3f9.each[1]"]);
}
