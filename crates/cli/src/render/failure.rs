//! What stopped a command, and the next thing to type.

use cutover_engine::host::HostError;
use cutover_engine::time::Timestamp;

use super::next::commands;
use super::standing::Standing;
use super::time;
use crate::exit::{Exit, Problem};
use crate::style::Paint;
use crate::text::{self, tame};
use crate::typed::Typed;

/// Returns an error as its lines: the message, then what to do.
pub(crate) fn drawing(error: &anyhow::Error, columns: usize) -> String {
    let Some(problem) = error.downcast_ref::<Problem>() else {
        return format!("{} {}\n", Paint::Bad.on("error:"), tame(&format!("{error:#}")));
    };
    of_problem(problem, columns)
}

/// Returns a problem as its lines.
pub(crate) fn of_problem(problem: &Problem, columns: usize) -> String {
    let message = match problem.message.split_once(": ") {
        Some((head @ ("taken" | "stuck" | "damaged"), rest)) => {
            format!("{} {}", Paint::Bad.on(&format!("{head}:")), tame(rest))
        }
        _ => format!("{} {}", Paint::Bad.on("error:"), tame(&problem.message)),
    };
    let lines = problem.help.iter().flat_map(|line| wrapped(line, columns));
    let help: String = lines.map(|line| format!("  {line}\n")).collect();
    format!("{}{help}{}", text::fitted(&message, columns), commands(&problem.next, 2, columns))
}

/// A line that fits stays as it is, blanks and all; so does a command to type.
fn wrapped(line: &str, columns: usize) -> Vec<String> {
    let (line, room) = (tame(line), columns.saturating_sub(2));
    let is_typed = line.starts_with("cutover ");
    if is_typed || text::width(&line) <= room { vec![line] } else { text::wrap(&line, room) }
}

/// Returns what an error of the edge means for the person who typed the command. `holder` is how
/// the run stands that holds a credential.
pub(crate) fn of_host(
    error: &HostError,
    holder: Option<&Standing>,
    now: Timestamp,
    typed: &Typed,
) -> Problem {
    match error {
        HostError::Taken { run, key, .. } if *key == format!("run {run}") => driven(run, typed),
        HostError::Taken { alive: true, .. } => busy(error, typed),
        HostError::Taken { .. } => taken(error, holder, now, typed),
        HostError::Fenced(run) => {
            Problem::edge(format!("another process has taken over run {run}; this one stopped"))
                .next("See what it does", typed.command(&format!("runs show {run}")))
        }
        HostError::Unannounced(_) => {
            Problem::new(Exit::Bug, error.to_string()).help("This is our bug: please report it.")
        }
        HostError::State { message } => Problem::edge(message.clone()),
        HostError::Sync { message } => Problem::edge(message.clone())
            .help("What was written last may be gone; the run stopped where it was."),
        HostError::Damaged { message } => Problem::new(Exit::Stuck, format!("damaged: {message}"))
            .help("Nothing was created or revoked. Keep the file, and look:")
            .help(typed.command("doctor")),
    }
}

/// A run that another process drives.
pub(crate) fn driven(run: &str, typed: &Typed) -> Problem {
    Problem::edge(format!("taken: run {run} is driven by another process just now."))
        .next("Wait until it has ended, or look", typed.command(&format!("runs show {run}")))
}

/// A credential that a living process works on.
fn busy(error: &HostError, typed: &Typed) -> Problem {
    let HostError::Taken { key, run, step, .. } = error else {
        return Problem::edge(error.to_string());
    };
    let in_step = step.as_ref().map(|step| format!(" in `{step}`")).unwrap_or_default();
    let who = if run.is_empty() { "another run".to_owned() } else { format!("run {run}") };
    let problem =
        Problem::edge(format!("taken: {key} is being worked on by {who}{in_step} just now."));
    match run.is_empty() {
        true => problem.help("Wait until it has ended, then try again."),
        false => problem
            .next("Wait until it has ended, or look", typed.command(&format!("runs show {run}"))),
    }
}

/// A credential with a run that is not over and that no process drives.
fn taken(error: &HostError, holder: Option<&Standing>, now: Timestamp, typed: &Typed) -> Problem {
    let HostError::Taken { key, run, step, marker, since, .. } = error else {
        return Problem::edge(error.to_string());
    };
    let ago = since.map(|at| format!(" {} ago", time::rough(now.since(at)))).unwrap_or_default();
    let how = holder.map_or_else(
        || match step {
            Some(step) => format!(", cut off in `{step}`{ago}"),
            None => format!(", cut off{ago}"),
        },
        |holder| how(holder, &ago),
    );
    let mut problem = Problem::edge(format!("taken: {key} has an unfinished run, {run}{how}."));
    if let Some(marker) = marker {
        problem = problem.help(format!("It may have left something marked {marker}."));
    }
    let asked = match holder {
        Some(holder @ (Standing::Parked(_) | Standing::Stuck(_) | Standing::Waits(_))) => {
            holder.next(run, typed)
        }
        Some(
            Standing::Over(_)
            | Standing::Alive(_)
            | Standing::CutOff(_)
            | Standing::Interrupted
            | Standing::Unreadable(_),
        )
        | None => vec![("Go on with it".to_owned(), typed.command(&format!("resume {run}")))],
    };
    problem.next.extend(asked);
    problem.next("Give it up", typed.command(&format!("abandon {run}")))
}

/// Returns how the run stands that holds a credential, as the rest of a sentence.
fn how(holder: &Standing, ago: &str) -> String {
    match holder {
        Standing::CutOff(_) => format!(", {}{ago}", holder.brief()),
        Standing::Interrupted => format!(", interrupted{ago}"),
        Standing::Parked(waiting) => match waiting.as_slice() {
            [one] => format!(": it {}", one.words()),
            _ => format!(", {}", holder.brief()),
        },
        Standing::Stuck(Some(error)) => {
            format!(", stuck{ago}: `{}` could not be taken back", error.step)
        }
        Standing::Stuck(None) => format!(", stuck{ago}"),
        Standing::Waits(step) => format!(": `{step}` failed after promotion{ago}"),
        Standing::Over(_) | Standing::Alive(_) | Standing::Unreadable(_) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use cutover_engine::event::Failure;
    use cutover_engine::time::Duration;
    use insta::assert_snapshot;

    use super::super::parks::{Kind, Park};
    use super::super::standing::{Doing, Open};

    use super::*;

    fn drawn(error: &HostError, holder: Option<&Standing>) -> String {
        let now = Timestamp(0) + Duration::seconds(120);
        let problem = of_host(error, holder, now, &Typed::default());
        let drawn = drawing(&anyhow::Error::new(problem), 100);
        anstream::adapter::strip_str(&drawn).to_string()
    }

    fn taken(alive: bool, run: &str) -> HostError {
        HostError::Taken {
            key: "influx-ci-prod".to_owned(),
            run: run.to_owned(),
            step: (!run.is_empty()).then(|| "create".to_owned()),
            marker: (!alive).then(|| "cutover-1f0a77c2-k3f9-8e21c04d".to_owned()),
            since: Some(Timestamp(0)),
            alive,
        }
    }

    #[test]
    fn a_taken_credential_says_by_what_and_what_to_type() {
        let open =
            Open { step: "create".to_owned(), marker: None, writes: true, doing: Doing::Run };
        let cut = Standing::CutOff(Some(open));
        assert_snapshot!(drawn(&taken(false, "k3f9"), Some(&cut)), @"
        taken: influx-ci-prod has an unfinished run, k3f9, cut off in `create` 2 min ago.
          It may have left something marked cutover-1f0a77c2-k3f9-8e21c04d.
          Go on with it: cutover resume k3f9      Give it up: cutover abandon k3f9
        ");
        assert_eq!(drawn(&taken(false, "k3f9"), None), drawn(&taken(false, "k3f9"), Some(&cut)));
        assert_snapshot!(drawn(&taken(true, "k3f9"), None), @"
        taken: influx-ci-prod is being worked on by run k3f9 in `create` just now.
          Wait until it has ended, or look: cutover runs show k3f9
        ");
        assert_snapshot!(drawn(&taken(true, ""), None), @"
        taken: influx-ci-prod is being worked on by another run just now.
          Wait until it has ended, then try again.
        ");
        let driven = HostError::Taken {
            key: "run k3f9".to_owned(),
            run: "k3f9".to_owned(),
            step: None,
            marker: None,
            since: None,
            alive: true,
        };
        assert_snapshot!(drawn(&driven, None), @"
        taken: run k3f9 is driven by another process just now.
          Wait until it has ended, or look: cutover runs show k3f9
        ");
    }

    #[test]
    fn a_credential_whose_run_waits_says_for_what() {
        let held = HostError::Taken {
            key: "influx-ci-prod".to_owned(),
            run: "k3f9".to_owned(),
            step: None,
            marker: None,
            since: Some(Timestamp(0)),
            alive: false,
        };
        let (step, kind) = ("approve".to_owned(), Kind::Word);
        let parked = Standing::Parked(vec![Park { step, until: None, ask: None, kind }]);
        assert_snapshot!(drawn(&held, Some(&parked)), @"
        taken: influx-ci-prod has an unfinished run, k3f9: it waits for a yes or a no on `approve`.
          Yes:        cutover resume k3f9 --approve approve
          No:         cutover resume k3f9 --reject approve
          Give it up: cutover abandon k3f9
        ");
        let failure = Failure { step: "publish".to_owned(), ..Failure::default() };
        assert_snapshot!(drawn(&held, Some(&Standing::Stuck(Some(failure)))), @"
        taken: influx-ci-prod has an unfinished run, k3f9, stuck 2 min ago: `publish` could not be taken
          back.
          When that is mended: cutover resume k3f9      Give it up: cutover abandon k3f9
        ");
        assert_snapshot!(drawn(&held, Some(&Standing::Waits("cleanup".to_owned()))), @"
        taken: influx-ci-prod has an unfinished run, k3f9: `cleanup` failed after promotion 2 min ago.
          When that is mended: cutover resume k3f9      Give it up: cutover abandon k3f9
        ");
    }

    #[test]
    fn every_error_of_the_edge_has_its_exit_code() {
        let message = "no room".to_owned();
        let code =
            |error: &HostError| of_host(error, None, Timestamp(0), &Typed::default()).exit.code();
        assert_eq!(code(&taken(false, "k3f9")), 75);
        assert_eq!(code(&HostError::State { message: message.clone() }), 75);
        assert_eq!(code(&HostError::Sync { message: message.clone() }), 75);
        assert_eq!(code(&HostError::Fenced("k3f9".to_owned())), 75);
        assert_eq!(code(&HostError::Damaged { message }), 3);
        assert_eq!(code(&HostError::Unannounced("create".to_owned())), 101);
    }
}
