//! `cutover test`: the author's rehearsal of a workflow.

use std::env;
use std::sync::Arc;

use crate::args::TestArgs;
use crate::exit::{Exit, Problem};
use crate::plugins::Shelf;
use crate::rehearse::{self, Cast, CrashAt, Script};
use crate::render::rehearsal::{self, Report};
use crate::session::Session;
use crate::{document, inputs};

/// Rehearses a workflow in worlds of its own.
///
/// # Errors
/// Where the document is wrong, or something of it has no stand-in.
pub(crate) fn run(args: &TestArgs, session: &Session) -> anyhow::Result<Exit> {
    let file = &args.workflow.file;
    let cast = Arc::new(Cast::default());
    let shelf = Shelf::new(session).rehearsed(&cast);
    let (document, checked) = document::load_whole(file, &shelf, session)?;
    let exe = env::current_exe()
        .map_err(|error| Problem::edge(format!("this program cannot find itself: {error}")))?;
    let given = inputs::given(&args.workflow)?;
    let (registry, file) = (document.registry, file.display().to_string());
    let script = Script { checked, file, given, registry, cast, exe };
    let (first, clean) = rehearse::first_run(&script)?;
    let points = first.points;
    let mut report = Report { first, crashes: None, leaks: None };
    if report.is_right()
        && let Some(at) = args.crash_at
    {
        refuse_beyond(at, points)?;
        let tell = |done| progress(done, points, session);
        let crashes = rehearse::crashes(&script, (&clean, points), at, &tell);
        clear(session);
        report.crashes = Some(crashes?);
    }
    if report.is_right() && args.leaks {
        report.leaks = Some(rehearse::leaks(&script, points)?);
    }
    if session.out.is_human() {
        let words = inputs::words(&args.workflow);
        let again = words.strip_prefix("run").unwrap_or(&words);
        let again = session.typed().command(&format!("test{again}"));
        session.out.complain(&rehearsal::drawing(&report, &again, session.out.columns()));
    } else {
        session.out.json(&rehearsal::json(&report))?;
    }
    Ok(if report.is_right() { Exit::Done } else { Exit::Failed })
}

fn refuse_beyond(at: CrashAt, points: usize) -> Result<(), Problem> {
    match at {
        CrashAt::One(point) if point == 0 || point > points => {
            let message = format!("there is no point {point}: this workflow has {points}");
            Err(Problem::wrong(message).help("`--crash-at every` tries each of them"))
        }
        CrashAt::One(_) | CrashAt::Every => Ok(()),
    }
}

fn progress(done: usize, points: usize, session: &Session) {
    if session.out.is_human() && session.out.is_on_terminal() {
        session
            .out
            .redraw(usize::from(done > 0), &format!("  ....     crash {done} of {points}\n"));
    }
}

fn clear(session: &Session) {
    if session.out.is_human() && session.out.is_on_terminal() {
        session.out.redraw(1, "");
    }
}
