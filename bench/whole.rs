//! Whole processes against floors, interleaved, medians and ratios: run it with `bench/run`.
//!
//! The figures of one machine say little; the ratios of one interleaved run say something. Nothing
//! here fails: it prints a table of budgets, met or not.

mod floors;
mod measure;
mod worlds;

use std::process::Command;

use measure::{Row, interleaved, median, per_second, print};
use worlds::{BINARY, Bench};

const STARTS: usize = 41;
const RUNS: usize = 9;
const DURABLE: usize = 1000;

fn main() {
    let bench = Bench::new();
    let rows = [
        version(),
        check(&bench),
        one_step(&bench),
        durable(&bench),
        programs(&bench),
        waits(&bench),
        items(&bench),
        plugins(&bench),
        memory(&bench),
    ];
    print(&rows.concat());
}

fn version() -> Vec<Row> {
    let mut ours = Command::new(BINARY);
    ours.arg("--version");
    let mut make = Command::new("make");
    make.arg("--version");
    let [ours, make] = interleaved(STARTS, [&mut ours, &mut make]);
    vec![Row::ratio("cold `cutover --version`", ours, "make --version", make, 2.0)]
}

fn check(bench: &Bench) -> Vec<Row> {
    let file = bench.steps("check", 20, |at| {
        format!("uses: exec.run\n    undo: {{ none: nothing is left }}\n    with: {{ argv: [\"true\", \"{at}\"] }}")
    });
    let mut command = bench.cutover(&["check", &file]);
    let [ours] = interleaved(STARTS, [&mut command]);
    vec![Row::limit("check of 20 steps, whole process", ours, 10.0)]
}

fn one_step(bench: &Bench) -> Vec<Row> {
    let file =
        bench.steps("one", 1, |_| "uses: file.remove\n    with: { path: absent }".to_owned());
    let mut command = bench.run(&file);
    let [ours] = interleaved(STARTS, [&mut command]);
    vec![Row::limit("one durable step, whole process", ours, 10.0)]
}

/// A step that writes and costs next to nothing: it removes a file that is not there.
fn durable(bench: &Bench) -> Vec<Row> {
    let file = bench
        .steps("durable", DURABLE, |_| "uses: file.remove\n    with: { path: absent }".to_owned());
    let one =
        bench.steps("single", 1, |_| "uses: file.remove\n    with: { path: absent }".to_owned());
    let mut ours = Vec::new();
    let mut floor = Vec::new();
    for _ in 0..RUNS {
        let [all] = interleaved(1, [&mut bench.run(&file)]);
        let [start] = interleaved(1, [&mut bench.run(&one)]);
        ours.push(per_second(DURABLE, all - start));
        floor.push(per_second(DURABLE, floors::sqlite_commits(&bench.folder(), DURABLE)));
    }
    vec![Row::rate(
        "durable steps in order",
        median(ours),
        "SQLite FULL commits",
        median(floor),
        0.8,
    )]
}

fn programs(bench: &Bench) -> Vec<Row> {
    let file = bench.steps("programs", DURABLE, |_| {
        "uses: exec.run\n    undo: { none: nothing is left }\n    with: { argv: [/bin/true] }"
            .to_owned()
    });
    let mut ours = Vec::new();
    let mut floor = Vec::new();
    for _ in 0..3 {
        let [all] = interleaved(1, [&mut bench.run(&file)]);
        ours.push(all);
        floor.push(floors::spawns(DURABLE) + floors::sqlite_commits(&bench.folder(), DURABLE));
    }
    vec![Row::ratio(
        "1000 x /bin/true in order, durable",
        median(ours),
        "spawn loop + commits",
        median(floor),
        1.5,
    )]
}

fn waits(bench: &Bench) -> Vec<Row> {
    let file = bench.independent("waits", DURABLE, "uses: wait\n    with: { for: 10ms }");
    let [ours] = interleaved(RUNS, [&mut bench.run(&file)]);
    let parse = bench.cutover(&["check", &file]);
    let mut parse = parse;
    let [checked] = interleaved(RUNS, [&mut parse]);
    vec![
        Row::limit("1000 waits of 10 ms at once, whole process", ours, 60.0),
        Row::plain("  of which reading and checking the file", checked),
    ]
}

fn items(bench: &Bench) -> Vec<Row> {
    let (small, large) = (bench.items("small", 10_000), bench.items("large", 100_000));
    let [small_ms, large_ms] = interleaved(3, [&mut bench.run(&small), &mut bench.run(&large)]);
    let peak = measure::peak_memory(&mut bench.run(&large));
    vec![
        Row::ratio("100,000 items of a pure step", large_ms, "10,000 items", small_ms, 11.0),
        Row::memory("  peak memory", peak, 200.0),
    ]
}

/// What a step in Lua takes beside the effect that it asks for: the same one by a built-in step.
fn plugins(bench: &Bench) -> Vec<Row> {
    let looked_at = bench.looked_at();
    let built_in = |_| format!("uses: file.read\n    with: {{ path: {looked_at}, secret: false }}");
    let (one, one_built_in) =
        (bench.plugin("one-in-lua", 1), bench.steps("one-built-in", 1, built_in));
    let (all, all_built_in) =
        (bench.plugin("all-in-lua", DURABLE), bench.steps("all-built-in", DURABLE, built_in));
    let [one, one_built_in] =
        interleaved(STARTS, [&mut bench.run(&one), &mut bench.run(&one_built_in)]);
    let [all, all_built_in] =
        interleaved(RUNS, [&mut bench.run(&all), &mut bench.run(&all_built_in)]);
    let each = ((all - one) - (all_built_in - one_built_in)) / (DURABLE - 1) as f64;
    vec![
        Row::limit("one step of a plugin, whole process", one, 15.0),
        Row::plain("  the same by a built-in step", one_built_in),
        Row::micros("a step in Lua beside its effect, each of 1000", each * 1000.0, 300.0),
    ]
}

fn memory(bench: &Bench) -> Vec<Row> {
    let file =
        bench.steps("memory", 3, |_| "uses: file.remove\n    with: { path: absent }".to_owned());
    vec![Row::memory(
        "peak memory of a small workflow",
        measure::peak_memory(&mut bench.run(&file)),
        20.0,
    )]
}
