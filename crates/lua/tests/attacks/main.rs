//! Attacks on the VM: each ends soon, takes little, and reaches nothing.
//!
//! One test, one after the other: what memory one takes is told by the process as a whole.

#[path = "../plugins/support.rs"]
#[expect(dead_code, reason = "the other tests use the rest of it")]
mod support;
mod sweep;
#[path = "../plugins/world.rs"]
#[expect(dead_code, reason = "the other tests use the rest of it")]
mod world;

use std::sync::Mutex;
use std::time::{Duration, Instant};

use cutover_engine::ctx::Mode;
use cutover_engine::spec::{Output, Spec};
use cutover_engine::step::Step;
use cutover_engine::types::Type;
use cutover_lua::vm::Limits;

use crate::support::{params, spec, step};
use crate::world::{World, block_on};

/// What must be seen nowhere.
const CANARY: &str = "canary-plain-0123456789";
/// How long an attack's own code may run.
const RUNNING: Duration = Duration::from_millis(300);
/// How much of a processor all of it may take: a machine that has much else to do takes longer.
const LONGEST: Duration = Duration::from_secs(1);
/// How much more memory it may take, in KiB.
const MOST_MEMORY: u64 = 128 << 10;
/// The attacks on what an effect says: they must be refused before it.
const TABLES: [&str; 3] =
    [include_str!("time.lua"), include_str!("space.lua"), include_str!("reach.lua")];

/// The tests take turns: what one takes is told by the process as a whole.
pub(crate) static ALONE: Mutex<()> = Mutex::new(());

#[test]
fn every_attack_ends_soon_takes_little_and_reaches_nothing() {
    let _alone = ALONE.lock();
    let attacks: Vec<(&str, &str)> = TABLES.iter().flat_map(|table| parse(table)).collect();
    assert!(attacks.len() >= 137, "{} attacks", attacks.len());
    let failures: Vec<String> =
        attacks.iter().flat_map(|(name, body)| attack(name, body)).collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

fn parse(table: &'static str) -> Vec<(&'static str, &'static str)> {
    table.split("--@ ").skip(1).filter_map(|attack| attack.split_once('\n')).collect()
}

fn attack(name: &str, body: &str) -> Vec<String> {
    let init = format!(
        "local function attack(ctx, p)\n{body}\nend\nreturn {{ issue = {{ run = function(ctx, p)\n\
         local gave = attack(ctx, p)\nreturn {{ id = 'x', any = gave }}\nend }} }}"
    );
    let outputs =
        vec![Output::new("id", Type::String, "."), Output::new("any", Type::Any, ".").nullable()];
    let spec = Spec { outputs, ..spec() };
    let world = World::new(|_| Ok((200, "{}".into())));
    let params = params(&world, [("value", world.secret("value", CANARY))]);
    let limits = Limits { running: RUNNING, ..Limits::default() };
    let step = step(&[("init.lua", &init)], spec).with_limits(limits);
    let (before, began) = (memory("VmRSS"), worked());
    forget_peak();
    let end = block_on(step.run(&params, &world.ctx(Mode::Run)));
    let took = worked().saturating_sub(began);
    let more = memory("VmHWM").saturating_sub(before);
    let mut failures = Vec::new();
    let mut fail = |why: String| failures.push(format!("{name}: {why}"));
    if took > LONGEST {
        fail(format!("took {took:?}"));
    }
    if more > MOST_MEMORY {
        fail(format!("took {more} KiB"));
    }
    let reached = world.asked().concat()
        + &format!("{:?}", world.files.lock().expect("no test panics while it holds them"));
    // A forged mark is text like any other.
    if reached != "{}" && (!name.starts_with("secret_forged") || reached.contains(CANARY)) {
        fail(format!("reached the world: {reached}"));
    }
    let said = format!("{end:?} {:?}", world.logs());
    if said.contains(CANARY)
        || end.is_ok() && ["EVIL", "survived"].iter().any(|it| said.contains(it))
    {
        fail(format!("gave {said}"));
    }
    if said.len() > 64 << 10 && end.is_err() {
        fail(format!("an error of {} bytes", said.len()));
    }
    if (name == "fine") != end.is_ok() && must_fail(name) {
        fail(format!("ended as {said}"));
    }
    failures
}

/// Some of them do nothing wrong, only much or nothing at all.
fn must_fail(name: &str) -> bool {
    let harmless = [
        "rep_of_nothing",
        "rep_negative",
        "find_plain_quadratic",
        "pattern_with_a_set_within_bounds",
        "format_wide",
        "secret_forged",
        "secret_in_a_log",
        "secret_in_a_log_line",
        "secret_printed",
        "secret_to_a_number",
        "secret_forged_in_a_body",
        "secret_forged_in_pieces",
        "result_with_metamethods",
    ];
    let ways = ["endless", "kept", "tamper", "secret", "os_", "io_", "load", "result_", "error"];
    !harmless.contains(&name) && ways.iter().any(|way| name.starts_with(way)) || name == "fine"
}

#[expect(clippy::disallowed_methods, reason = "how long an attack takes is what is tested")]
fn now() -> Instant {
    Instant::now()
}

/// Returns how much of a processor this process has taken.
#[expect(clippy::disallowed_methods, reason = "how long an attack takes is what is tested")]
fn worked() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
    let ticks: u64 = fields.skip(11).take(2).filter_map(|ticks| ticks.parse::<u64>().ok()).sum();
    Duration::from_millis(ticks * 10)
}

/// Returns a figure of this process in KiB.
#[expect(clippy::disallowed_methods, reason = "what memory an attack takes is what is tested")]
fn memory(name: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}

#[expect(clippy::disallowed_methods, reason = "what memory an attack takes is what is tested")]
fn forget_peak() {
    // Where it cannot be reset the peak is that of all attacks, which is stricter.
    let _ = std::fs::write("/proc/self/clear_refs", "5");
}
