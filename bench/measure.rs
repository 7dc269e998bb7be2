//! Times of whole processes, and the table that is printed of them.

use std::fs;
use std::process::{Command, Stdio};
use std::time::Instant;

/// A line of the table.
#[derive(Clone)]
pub(crate) struct Row {
    work: String,
    ours: String,
    against: String,
    ratio: String,
    budget: String,
    met: Option<bool>,
}

impl Row {
    /// A time that may be at most so many times another.
    pub(crate) fn ratio(work: &str, ours: f64, floor: &str, theirs: f64, budget: f64) -> Self {
        let ratio = ours / theirs;
        Self {
            work: work.to_owned(),
            ours: format!("{ours:.1} ms"),
            against: format!("{floor}: {theirs:.1} ms"),
            ratio: format!("{ratio:.2}x"),
            budget: format!("<= {budget}x"),
            met: Some(ratio <= budget),
        }
    }

    /// A rate that must be at least so many times another.
    pub(crate) fn rate(work: &str, ours: f64, floor: &str, theirs: f64, budget: f64) -> Self {
        let ratio = ours / theirs;
        Self {
            work: work.to_owned(),
            ours: format!("{ours:.0}/s"),
            against: format!("{floor}: {theirs:.0}/s"),
            ratio: format!("{ratio:.2}x"),
            budget: format!(">= {budget}x"),
            met: Some(ratio >= budget),
        }
    }

    /// A time with a limit.
    pub(crate) fn limit(work: &str, ours: f64, budget: f64) -> Self {
        Self {
            work: work.to_owned(),
            ours: format!("{ours:.1} ms"),
            against: String::new(),
            ratio: String::new(),
            budget: format!("<= {budget} ms"),
            met: Some(ours <= budget),
        }
    }

    /// A short time with a limit.
    pub(crate) fn micros(work: &str, ours: f64, budget: f64) -> Self {
        Self {
            ours: format!("{ours:.0} µs"),
            budget: format!("<= {budget} µs"),
            ..Self::limit(work, ours, budget)
        }
    }

    /// A size with a limit.
    pub(crate) fn memory(work: &str, ours: f64, budget: f64) -> Self {
        Self {
            ours: format!("{ours:.1} MB"),
            budget: format!("<= {budget} MB"),
            ..Self::limit(work, ours, budget)
        }
    }

    /// A time to know.
    pub(crate) fn plain(work: &str, ours: f64) -> Self {
        Self { budget: String::new(), met: None, ..Self::limit(work, ours, 0.0) }
    }
}

/// Runs commands in turn and returns the median of each, in milliseconds.
pub(crate) fn interleaved<const N: usize>(
    rounds: usize,
    mut commands: [&mut Command; N],
) -> [f64; N] {
    let mut times: [Vec<f64>; N] = std::array::from_fn(|_| Vec::with_capacity(rounds));
    for _ in 0..rounds {
        for (command, times) in commands.iter_mut().zip(&mut times) {
            times.push(once(command));
        }
    }
    times.map(median)
}

fn once(command: &mut Command) -> f64 {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let began = Instant::now();
    let status = command.status().expect("the program can be started");
    let took = began.elapsed().as_secs_f64() * 1000.0;
    assert!(status.success(), "{command:?} failed: {status}");
    took
}

/// Returns the median of some numbers.
pub(crate) fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    numbers[numbers.len() / 2]
}

/// Returns how often something happened a second.
pub(crate) fn per_second(count: usize, ms: f64) -> f64 {
    f64::from(u32::try_from(count).expect("a count is small")) * 1000.0 / ms
}

/// Returns the most memory that a process held, in MB.
pub(crate) fn peak_memory(command: &mut Command) -> f64 {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.spawn().expect("the program can be started");
    let status = format!("/proc/{}/status", child.id());
    let mut peak_kb: f64 = 0.0;
    while child.try_wait().expect("the child is ours").is_none() {
        let text = fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kb = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<f64>().ok());
        peak_kb = peak_kb.max(kb.unwrap_or(0.0));
    }
    peak_kb / 1024.0
}

/// Prints the table.
#[expect(clippy::print_stdout, reason = "a table is what this program is for")]
pub(crate) fn print(rows: &[Row]) {
    println!("| work | measured | against | ratio | budget | met |");
    println!("|---|---|---|---|---|---|");
    for row in rows {
        let met = row.met.map_or("", |met| if met { "yes" } else { "no" });
        println!(
            "| {} | {} | {} | {} | {} | {met} |",
            row.work, row.ours, row.against, row.ratio, row.budget
        );
    }
}
