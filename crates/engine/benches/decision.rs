//! What one decision costs: `Run::next` and the two events that answer it, with more and more that
//! is finished. Budget: 1 us, and the same in every row.

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use indexmap::IndexMap;

use cutover_engine::check::check;
use cutover_engine::ctx::Ctx;
use cutover_engine::event::{Claimed, Entry, Event, Started};
use cutover_engine::parse::parse;
use cutover_engine::plan::{Plan, plan};
use cutover_engine::run::{Action, Run};
use cutover_engine::source::Source;
use cutover_engine::spec::{Role, Spec};
use cutover_engine::step::{BoxFuture, Registry, Step, StepError};
use cutover_engine::time::Timestamp;
use cutover_engine::value::{Map, Value};

const FINISHED: [usize; 3] = [100, 10_000, 100_000];
/// How many decisions are measured before a new run is made.
const FRESH: usize = 5_000;
const FRESH_STEPS: usize = 1000;
const NOW: Timestamp = Timestamp(1_700_000_000_000);

/// A pure step that does nothing.
struct Nothing(Spec);

impl Step for Nothing {
    fn spec(&self) -> &Spec {
        &self.0
    }

    fn read<'a>(
        &'a self,
        _params: &'a Map,
        _ctx: &'a Ctx<'a>,
    ) -> BoxFuture<'a, Result<Option<Map>, StepError>> {
        Box::pin(async { Ok(None) })
    }

    fn run<'a>(
        &'a self,
        _params: &'a Map,
        _ctx: &'a Ctx<'a>,
    ) -> BoxFuture<'a, Result<Map, StepError>> {
        Box::pin(async { Ok(Map::new()) })
    }

    fn undo<'a>(
        &'a self,
        _params: &'a Map,
        _done: &'a Map,
        _ctx: &'a Ctx<'a>,
    ) -> BoxFuture<'a, Result<(), StepError>> {
        Box::pin(async { Ok(()) })
    }
}

fn planned(steps: &str) -> Plan {
    let text = format!("version: 1\nname: many\nmax_parallel: 8\nsteps:\n{steps}");
    let mut registry = Registry::default();
    let name = "nothing.at_all".to_owned();
    registry.add(Nothing(Spec { name, role: Role::Other, pure: true, ..Spec::default() }));
    let source = Arc::new(Source::new("bench.yaml", text));
    let (workflow, found) = parse(Arc::clone(&source));
    let workflow = Arc::new(workflow.unwrap_or_else(|| panic!("{}", found.to_lines(&source))));
    let (checked, found) = check(&workflow, &registry);
    let checked = checked.unwrap_or_else(|| panic!("{}", found.to_lines(&source)));
    plan(&Arc::new(checked), &Map::new()).expect("it has no inputs")
}

/// A run of one step with items, or of many steps, claimed.
fn claimed(plan: &Plan, items: usize) -> Run {
    let mut run = Run::new(plan, "k3f9");
    let claimed = Claimed {
        format: 1,
        workflow: "many".to_owned(),
        file: String::new(),
        text: String::new(),
        digest: String::new(),
        inputs: Map::new(),
        started_at: NOW,
        credential: None,
        owner: None,
        old: None,
        salt: String::new(),
        machine: String::new(),
        engine: String::new(),
        first: false,
        plugins: indexmap::IndexMap::new(),
        trigger: None,
        family: cutover_engine::event::Kin::default(),
    };
    apply(&mut run, Event::Claimed(Box::new(claimed)));
    if items > 0 {
        let items = vec![Value::Null; items];
        apply(&mut run, Event::Expanded { step: "all".to_owned(), items });
    }
    run
}

fn apply(run: &mut Run, event: Event) {
    run.apply(&Entry { at: NOW, event });
}

fn answers(step: &str) -> [Event; 2] {
    let started = Started {
        step: step.to_owned(),
        attempt: 1,
        uses: String::new(),
        role: Role::Other,
        params: Map::new(),
        deadline: NOW,
        marker: None,
        writes: false,
        checks: IndexMap::new(),
    };
    let succeeded = Event::Succeeded {
        step: step.to_owned(),
        attempt: 1,
        outputs: Map::new(),
        checks: IndexMap::new(),
        unwritten: false,
    };
    [Event::Started(Box::new(started)), succeeded]
}

#[expect(clippy::disallowed_methods, reason = "a benchmark measures real time")]
fn clock() -> Instant {
    Instant::now()
}

/// Decides about the steps in a range of numbers and returns how long that took.
fn decide(run: &mut Run, entries: &[[Entry; 2]]) -> Duration {
    let begin = clock();
    for [started, succeeded] in entries {
        let actions = run.next(NOW);
        assert!(matches!(actions[0], Action::Start { .. }));
        black_box(actions);
        run.apply(started);
        run.apply(succeeded);
    }
    begin.elapsed()
}

fn entries(names: impl Iterator<Item = String>) -> Vec<[Entry; 2]> {
    names.map(|name| answers(&name).map(|event| Entry { at: NOW, event })).collect()
}

fn measure(run: impl Fn() -> Run, names: &[String], finished: usize, iterations: u64) -> Duration {
    let mut whole = Duration::ZERO;
    let mut left = usize::try_from(iterations).expect("it fits");
    let before = entries(names[..finished].iter().cloned());
    let fresh = entries(names[finished..].iter().cloned());
    while left > 0 {
        let mut run = run();
        decide(&mut run, &before);
        let now = left.min(fresh.len());
        whole += decide(&mut run, &fresh[..now]);
        assert!(run.defects().is_empty(), "{:?}", run.defects());
        left -= now;
    }
    whole
}

fn items(criterion: &mut Criterion) {
    let plan = planned("  - { id: all, uses: nothing.at_all, for_each: [1] }\n");
    let mut group = criterion.benchmark_group("decision/items finished");
    for finished in FINISHED {
        let count = finished + FRESH;
        let names: Vec<String> = (0..count).map(|at| format!("all[{at}]")).collect();
        group.bench_function(BenchmarkId::from_parameter(finished), |bencher| {
            bencher.iter_custom(|iterations| {
                measure(|| claimed(&plan, count), &names, finished, iterations)
            });
        });
    }
}

fn steps(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("decision/steps finished");
    // More would not fit into a workflow file.
    for finished in [100, 3000] {
        let names: Vec<String> = (0..finished + FRESH_STEPS).map(|at| format!("s{at}")).collect();
        let line =
            |name: &String| format!("  - {{ id: {name}, uses: nothing.at_all, needs: [] }}\n");
        let plan = planned(&names.iter().map(line).collect::<String>());
        group.bench_function(BenchmarkId::from_parameter(finished), |bencher| {
            bencher.iter_custom(|iterations| {
                measure(|| claimed(&plan, 0), &names, finished, iterations)
            });
        });
    }
}

criterion_group!(benches, items, steps);
criterion_main!(benches);
