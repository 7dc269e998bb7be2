//! `cutover tick`: everything that is due, then the end. For timers and CI.
//!
//! Runs that were cut off or whose time has come, debts, the sweep, the triggers of a folder's
//! workflows: in this order, so that what a run leaves is paid before another begins. Each thing is
//! tried by itself, and the worst decides how the command ends.

mod owed;
mod runs;
pub(super) mod triggers;

use std::path::Path;

use serde_json::json;

use crate::exit::Exit;
use crate::render::tick::{self as picture, Did};
use crate::session::Session;
use crate::state;
use crate::workplace::Workplace;

/// What a tick has done so far.
struct Tick<'a> {
    place: Workplace<'a>,
    done: Vec<Did>,
}

/// Does everything that is due.
///
/// # Errors
/// Where the folder or the state cannot be read, or the state has lost something.
pub(crate) fn run(folder: &Path, session: &Session) -> anyhow::Result<Exit> {
    let files = triggers::files(folder)?;
    session.make_world()?;
    let Some(place) = Workplace::open(session)? else {
        // Where nothing is known, nothing is due: a first run is a person's.
        let waiting = triggers::unknown(&files, session);
        waiting.iter().for_each(|did| say(did, session));
        return end(&waiting, None, session);
    };
    let mut tick = Tick { place, done: Vec::new() };
    tick.runs()?;
    tick.debts()?;
    tick.sweep()?;
    tick.triggers(&files)?;
    let next = tick.next(&files)?;
    end(&tick.done, next, session)
}

impl Tick<'_> {
    /// Notes what was done, and says it.
    fn did(&mut self, did: Did) {
        say(&did, self.place.session);
        self.done.push(did);
    }

    /// Says whether somebody asked to stop.
    fn is_stopped(&self) -> bool {
        self.place.is_stopped()
    }
}

fn say(did: &Did, session: &Session) {
    if !session.out.is_human() {
        return;
    }
    let line = picture::line(did);
    if did.exit == Exit::Done { session.out.talk(&line) } else { session.out.complain(&line) }
}

fn end(done: &[Did], next: Option<String>, session: &Session) -> anyhow::Result<Exit> {
    let worst = done.iter().map(|did| did.exit).max_by_key(|exit| exit.weight());
    let worst = worst.unwrap_or(Exit::Done);
    match session.out.form {
        crate::args::Output::Json => {
            let done: Vec<_> = done.iter().map(picture::json).collect();
            let at = crate::render::json::moment(Some(state::now()));
            session.out.json(&json!({ "at": at, "done": done, "exit": worst.code() }))?;
        }
        crate::args::Output::Jsonl => {}
        crate::args::Output::Human if done.is_empty() => {
            let next = next.map(|next| format!("; next: {next}")).unwrap_or_default();
            session.out.talk(&format!("nothing is due{next}\n"));
        }
        crate::args::Output::Human => {}
    }
    Ok(worst)
}
