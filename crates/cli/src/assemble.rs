//! Puts the host together: what of the process it may see, in or out of the sandbox.

use std::env;
use std::sync::Arc;

use cutover_host::{LocalHost, LogLine, Options};

use crate::exit::Problem;
use crate::out::Out;
use crate::planted;
use crate::progress::{self, Progress};
use crate::render::value::inline;
use crate::session::{Session, working_folder};
use crate::state;

/// Turns the second net off, for the test that looks for leaks behind it.
const SECOND_NET: &str = "CUTOVER_SECOND_NET";

/// Opens the host. From here on all output passes its second net.
///
/// # Errors
/// Where secrets would not be safe in this process.
pub(crate) fn host(
    session: &Session,
    progress: Option<&Arc<Progress>>,
) -> Result<LocalHost, Problem> {
    let mut options = Options::new(session.state(), session.home(), working_folder());
    options.path = path(session).unwrap_or(options.path);
    options.lang = env::var("LANG").ok();
    options.variables = Arc::new(|name| env::var(name).ok());
    options.only_here = session.world().is_some();
    options.planted = planted::bug();
    options.redact = env::var(SECOND_NET).as_deref() != Ok("off");
    options.log = progress.map(|progress| {
        let (progress, out) = (Arc::clone(progress), Arc::clone(&session.out));
        let log: cutover_host::LogSink = Arc::new(move |line| say(&progress, &out, line));
        log
    });
    let host = LocalHost::open(options).map_err(|error| state::problem(&error, session))?;
    let net = host.clone();
    session.out.redact_with(Arc::new(move |text| net.redact(text).into_owned()));
    Ok(host)
}

fn say(progress: &Progress, out: &Out, line: &LogLine) {
    let quiet = line.level == "debug" && out.loudness < 1;
    if !quiet {
        let fields = if line.fields.is_null() { String::new() } else { inline(&line.fields) };
        progress.log(&progress::log_line(line.level, &line.step, &line.message, &fields));
    }
}

/// Returns the `PATH` of programs: ours, the stand-ins of the sandbox first.
pub(crate) fn path(session: &Session) -> Option<String> {
    let ours = env::var("PATH").ok().filter(|path| !path.is_empty());
    let Some(world) = session.world() else { return ours };
    let bin = world.bin().display().to_string();
    Some(ours.map_or(bin.clone(), |ours| format!("{bin}:{ours}")))
}
