//! What `doctor` says: one fact a line, and below it what to do where something is not right.

use std::path::Path;

use cutover_host::doctor::{Clock, Damage, Disk, Findings, Leftover, Open};
use serde_json::{Value as Json, json};

use super::time;
use crate::exit::Exit;
use crate::style::Paint;
use crate::text::{self, tame};
use crate::typed::{Typed, quoted};

/// As many changed rows are named.
const ROWS: usize = 5;

/// How a fact stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Level {
    /// It is as it should be.
    Ok,
    /// It should be looked at some time.
    Look,
    /// A promise does not hold.
    Bad,
}

/// One fact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fact {
    /// How it stands.
    pub(crate) level: Level,
    /// What it is about.
    pub(crate) about: &'static str,
    /// What is so.
    pub(crate) fact: String,
    /// What to do, a line each; none where there is nothing to do.
    pub(crate) todo: Vec<String>,
}

/// How paths and commands are shown.
pub(crate) struct Shown<'a> {
    /// A path for people.
    pub(crate) path: &'a dyn Fn(&Path) -> String,
    /// Commands.
    pub(crate) typed: &'a Typed,
}

const MIB: u64 = 1024 * 1024;

impl Level {
    fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Look => "look",
            Self::Bad => "bad",
        }
    }

    fn paint(self) -> Paint {
        match self {
            Self::Ok => Paint::Good,
            Self::Look => Paint::Warn,
            Self::Bad => Paint::Bad,
        }
    }
}

impl Fact {
    /// Makes a fact that is as it should be.
    pub(crate) fn ok(about: &'static str, fact: impl Into<String>) -> Self {
        Self { level: Level::Ok, about, fact: fact.into(), todo: Vec::new() }
    }

    /// Makes one that should be looked at.
    pub(crate) fn look(about: &'static str, fact: impl Into<String>) -> Self {
        Self { level: Level::Look, ..Self::ok(about, fact) }
    }

    /// Makes one of a promise that does not hold.
    pub(crate) fn bad(about: &'static str, fact: impl Into<String>) -> Self {
        Self { level: Level::Bad, ..Self::ok(about, fact) }
    }

    /// Adds what to do.
    #[must_use]
    pub(crate) fn todo(mut self, todo: impl Into<String>) -> Self {
        self.todo.push(todo.into());
        self
    }
}

/// Returns everything that was found as facts.
pub(crate) fn facts(found: &Findings, shown: &Shown<'_>) -> Vec<Fact> {
    let mut facts = vec![
        disk(&found.disk, shown),
        held("locks", &found.locks, "one that is held keeps others out"),
        held("syncs", &found.syncs, "a file and its name reach the disk"),
        room(found.room, shown, &found.disk.folder),
        sqlite(&found.sqlite),
        held("core dumps", &found.core_dumps, "off, and nobody else reads this process"),
        held("children", &found.death_signal, "a program that writes dies with cutover"),
        clock(&found.clock),
    ];
    facts.extend(access(found, shown));
    facts.extend(events(found, shown));
    facts.extend(leftovers(&found.leftovers, shown));
    facts
}

/// Returns how `doctor` ends.
pub(crate) fn exit(facts: &[Fact]) -> Exit {
    let worst = facts.iter().map(|fact| fact.level).max();
    if worst == Some(Level::Bad) { Exit::Stuck } else { Exit::Done }
}

/// Returns the facts as lines, each with what to do below it.
pub(crate) fn drawing(facts: &[Fact], columns: usize) -> String {
    let widest = facts.iter().map(|fact| text::width(fact.about)).max().unwrap_or(0);
    let mut drawn = String::new();
    for fact in facts {
        let level = text::pad(fact.level.as_str(), 4);
        let head = format!("  {}  {}  ", level, text::pad(fact.about, widest));
        let room = columns.saturating_sub(text::width(&head)).max(20);
        let blank = " ".repeat(text::width(&head));
        let told = text::wrap(&tame(&fact.fact), room);
        for (nth, line) in told.iter().enumerate() {
            let before = if nth == 0 {
                head.replacen(&level, &fact.level.paint().on(&level), 1)
            } else {
                blank.clone()
            };
            drawn.push_str(format!("{before}{line}").trim_end());
            drawn.push('\n');
        }
        for todo in fact.todo.iter().map(|todo| tame(todo)) {
            let lines = if is_typed(&todo) { vec![todo] } else { text::wrap(&todo, room) };
            drawn.extend(lines.iter().map(|line| format!("{blank}{line}\n")));
        }
    }
    drawn
}

/// A command to type stays in one piece.
fn is_typed(todo: &str) -> bool {
    ["cutover ", "chmod ", "rm "].iter().any(|command| todo.starts_with(command))
}

/// Returns the last line.
pub(crate) fn summary(facts: &[Fact]) -> String {
    let of = |level| facts.iter().filter(|fact| fact.level == level).count();
    match (of(Level::Bad), of(Level::Look)) {
        (0, 0) => Paint::Good.on("Everything holds."),
        (0, looks) => format!("Everything holds; {} to look at.", text::count(looks, "thing")),
        (bad, _) => {
            let line = format!("{} not right; what to do stands below each.", are(bad));
            Paint::Bad.on(&line)
        }
    }
}

fn are(count: usize) -> String {
    let verb = if count == 1 { "is" } else { "are" };
    format!("{} {verb}", text::count(count, "thing"))
}

/// Returns the facts as `--output json` has them.
pub(crate) fn json(facts: &[Fact]) -> Json {
    let fact = |fact: &Fact| {
        json!({
            "about": fact.about,
            "level": fact.level.as_str(),
            "fact": fact.fact,
            "todo": fact.todo,
        })
    };
    facts.iter().map(fact).collect()
}

fn held(about: &'static str, found: &Result<(), String>, holds: &str) -> Fact {
    match found {
        Ok(()) => Fact::ok(about, holds),
        Err(why) => Fact::bad(about, why.clone())
            .todo("Keep the state on a local disk of a system that gives this."),
    }
}

fn disk(disk: &Disk, shown: &Shown<'_>) -> Fact {
    let folder = (shown.path)(&disk.folder);
    let kind = &disk.kind;
    if disk.network {
        return Fact::bad("file system", format!("{folder} is on {kind}, over a network"))
            .todo("Locks and SQLite's memory do not hold there: put the state on a local disk.");
    }
    if disk.fleeting {
        return Fact::look("file system", format!("{folder} is on {kind}, gone at a restart"))
            .todo("What is owed would be forgotten: put the state on a disk that stays.");
    }
    Fact::ok("file system", format!("{folder} is on {kind}"))
}

fn room((free, floor): (Option<u64>, u64), shown: &Shown<'_>, folder: &Path) -> Fact {
    let Some(free) = free else { return Fact::look("room", "how much is free cannot be told") };
    let fact = format!("{} MiB free, {} MiB are needed", free / MIB, floor / MIB);
    if free >= floor {
        return Fact::ok("room", fact);
    }
    Fact::bad("room", fact)
        .todo("Nothing is created below that, since its result might not fit.")
        .todo(format!("Make room on the disk of {}.", (shown.path)(folder)))
}

fn sqlite((version, good): &(&'static str, Result<(), String>)) -> Fact {
    match good {
        Ok(()) => Fact::ok("sqlite", *version),
        Err(why) => Fact::bad("sqlite", why.clone()).todo("Use a build with a newer one."),
    }
}

fn clock(clock: &Clock) -> Fact {
    let now = time::minute(clock.now);
    if let Some(behind) = clock.behind() {
        return Fact::bad(
            "clock",
            format!("{now}, {} behind the newest event", time::rough(behind)),
        )
        .todo("What is due is told by it: set it right, then look again.");
    }
    if !clock.is_sane() {
        return Fact::bad("clock", format!("{now} cannot be right")).todo("Set it right.");
    }
    Fact::ok("clock", now)
}

fn access(found: &Findings, shown: &Shown<'_>) -> Vec<Fact> {
    if !found.state {
        return Vec::new();
    }
    if found.open.is_empty() {
        return vec![Fact::ok("access", "the state is this user's alone")];
    }
    found.open.iter().map(|open| one_open(open, shown)).collect()
}

fn one_open(open: &Open, shown: &Shown<'_>) -> Fact {
    let path = (shown.path)(&open.path);
    let chmod = |mode: u32| format!("chmod {mode:o} {}", quoted(&open.path.display().to_string()));
    if open.mode == open.wanted {
        return Fact::bad("access", format!("{path} belongs to another user"))
            .todo("Run cutover as the user that owns its state, or use another state.");
    }
    let fact = format!("{path} is {:04o}, and should be {:04o}", open.mode, open.wanted);
    let fact = if open.mode & 0o022 == 0 {
        Fact::look("access", fact)
    } else {
        Fact::bad("access", format!("{fact}: others can change it"))
    };
    fact.todo(chmod(open.wanted))
}

fn events(found: &Findings, shown: &Shown<'_>) -> Vec<Fact> {
    let whole = match &found.damage {
        Ok(whole) => whole,
        Err(error) => {
            return vec![
                Fact::bad("events", error.to_string())
                    .todo("Keep the file and what lies beside it, and put a copy back."),
            ];
        }
    };
    if whole.damage.is_empty() && !found.state {
        return Vec::new();
    }
    if whole.damage.is_empty() {
        let counts = (text::count(whole.runs, "run"), whole.events);
        let fact = format!("{}, {} events: none changed, none missing", counts.0, counts.1);
        return vec![Fact::ok("events", fact)];
    }
    whole.damage.iter().map(|damage| one_damage(damage, shown)).collect()
}

fn one_damage(damage: &Damage, shown: &Shown<'_>) -> Fact {
    match damage {
        Damage::Tail(why) => Fact::bad("lost tail", why.clone())
            .todo("Nothing is created or revoked with this state.")
            .todo(
                "Put a whole copy back if there is one; else look at what the providers list, and \
                 then go on without what is lost:",
            )
            .todo(shown.typed.command("doctor --accept-lost-tail")),
        Damage::Gone(why) => Fact::bad("lost state", why.clone())
            .todo("Nothing is created or revoked with this state.")
            .todo(
                "Which credentials and providers it knew, and what it owed, stood nowhere else: put \
                 a whole copy back if there is one.",
            )
            .todo(
                "Else look at each provider yourself: what a run made there is marked `cutover-..`. \
                 Then go on with an empty state:",
            )
            .todo(shown.typed.command("doctor --accept-lost-tail")),
        Damage::Run { run, why } => Fact::bad("events", why.clone())
            .todo(format!("The others go on. Keep the file; run {run} is driven no more."))
            .todo(
                "Look at its provider for what it made, and put a whole copy back if there is one.",
            ),
        Damage::Tables { rows } => Fact::bad("tables", changed_rows(rows))
            .todo("Every event can be read; what follows from them can be made anew:")
            .todo(shown.typed.command("doctor --rebuild-tables")),
    }
}

/// Names the rows that are not what the events say, the first few of them.
fn changed_rows(rows: &[String]) -> String {
    let named = rows.iter().take(ROWS).map(|row| tame(row)).collect::<Vec<_>>().join(", ");
    let more = rows.len().saturating_sub(ROWS);
    let more = if more == 0 { String::new() } else { format!(" and {more} more") };
    format!("not what the events say: {named}{more}")
}

fn leftovers(left: &[Leftover], shown: &Shown<'_>) -> Vec<Fact> {
    if left.is_empty() {
        return vec![Fact::ok("leftovers", "none")];
    }
    left.iter().map(|left| leftover(left, shown)).collect()
}

fn leftover(left: &Leftover, shown: &Shown<'_>) -> Fact {
    let rm = |path: &Path| format!("rm {}", quoted(&path.display().to_string()));
    match left {
        Leftover::Former { run, path } => {
            let fact = format!("{} was kept by run {run}, which is over", (shown.path)(path));
            Fact::look("leftovers", fact).todo("It may hold what was in use before.").todo(rm(path))
        }
        Leftover::Lock { path } => {
            let fact = format!("{} is the lock of a killed process", (shown.path)(path));
            Fact::look("leftovers", fact)
                .todo("It holds nobody up. The next driver of that run removes it.")
        }
        Leftover::Scratch { path } => {
            let fact = format!("{} was left by a killed process", (shown.path)(path));
            Fact::look("leftovers", fact).todo("It may hold a secret. The next run removes it.")
        }
    }
}

#[cfg(test)]
mod tests;
