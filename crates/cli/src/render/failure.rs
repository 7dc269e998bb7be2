//! What stopped a command, and the next thing to type.

use cutover_engine::host::HostError;
use cutover_engine::time::Timestamp;

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
    let message = match problem.message.split_once(": ") {
        Some((head @ ("taken" | "stuck" | "damaged"), rest)) => {
            format!("{} {}", Paint::Bad.on(&format!("{head}:")), tame(rest))
        }
        _ => format!("{} {}", Paint::Bad.on("error:"), tame(&problem.message)),
    };
    let lines = problem.help.iter().flat_map(|line| wrapped(line, columns));
    let help: String = lines.map(|line| format!("  {line}\n")).collect();
    format!("{message}\n{help}")
}

/// A line that fits stays as it is, blanks and all.
fn wrapped(line: &str, columns: usize) -> Vec<String> {
    let (line, room) = (tame(line), columns.saturating_sub(2));
    if text::width(&line) <= room { vec![line] } else { text::wrap(&line, room) }
}

/// Returns what an error of the edge means for the person who typed the command.
pub(crate) fn of_host(error: &HostError, now: Timestamp, typed: &Typed) -> Problem {
    match error {
        HostError::Taken { .. } => taken(error, now, typed),
        HostError::Fenced(run) => {
            Problem::edge(format!("another process has taken over run {run}; this one stopped"))
                .help(format!("See what it does: {}", typed.command(&format!("runs show {run}"))))
        }
        HostError::Unannounced(_) => Problem {
            exit: Exit::Bug,
            message: error.to_string(),
            help: vec!["This is our bug: please report it.".to_owned()],
        },
        HostError::State { message } => Problem::edge(message.clone()),
        HostError::Sync { message } => Problem::edge(message.clone())
            .help("What was written last may be gone; the run stopped where it was."),
        HostError::Damaged { message } => Problem {
            exit: Exit::Stuck,
            message: format!("damaged: {message}"),
            help: vec![
                "Nothing was created or revoked. Keep the file, and look:".to_owned(),
                typed.command("doctor"),
            ],
        },
    }
}

fn taken(error: &HostError, now: Timestamp, typed: &Typed) -> Problem {
    let HostError::Taken { key, run, step, marker, since, alive } = error else {
        return Problem::edge(error.to_string());
    };
    let in_step = step.as_ref().map(|step| format!(" in `{step}`")).unwrap_or_default();
    if *alive {
        let who = if run.is_empty() { "another run".to_owned() } else { format!("run {run}") };
        let problem =
            Problem::edge(format!("taken: {key} is being worked on by {who}{in_step} just now"));
        return if run.is_empty() {
            problem.help("Wait until it has ended, then try again.")
        } else {
            let look = typed.command(&format!("runs show {run}"));
            problem.help(format!("Wait until it has ended, or look: {look}"))
        };
    }
    let ago = since.map(|at| format!(" {} ago", time::rough(now.since(at)))).unwrap_or_default();
    let cut = match step {
        Some(_) => format!(", cut off{in_step}{ago}"),
        None => format!(", cut off{ago}"),
    };
    let problem = Problem::edge(format!("taken: {key} has an unfinished run, {run}{cut}"));
    let problem = match marker {
        Some(marker) => problem.help(format!("It may have left something marked {marker}.")),
        None => problem,
    };
    problem
        .help(format!("What happened in it: {}", typed.command(&format!("runs show {run}"))))
        .help(format!("Give it up:          {}", typed.command(&format!("abandon {run}"))))
}

#[cfg(test)]
mod tests {
    use cutover_engine::time::Duration;
    use insta::assert_snapshot;

    use super::*;

    fn drawn(error: &HostError) -> String {
        let now = Timestamp(0) + Duration::seconds(120);
        let drawn = drawing(&anyhow::Error::new(of_host(error, now, &Typed::default())), 100);
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
        assert_snapshot!(drawn(&taken(false, "k3f9")), @r"
        taken: influx-ci-prod has an unfinished run, k3f9, cut off in `create` 2 min ago
          It may have left something marked cutover-1f0a77c2-k3f9-8e21c04d.
          What happened in it: cutover runs show k3f9
          Give it up:          cutover abandon k3f9
        ");
        assert_snapshot!(drawn(&taken(true, "k3f9")), @r"
        taken: influx-ci-prod is being worked on by run k3f9 in `create` just now
          Wait until it has ended, or look: cutover runs show k3f9
        ");
        assert_snapshot!(drawn(&taken(true, "")), @r"
        taken: influx-ci-prod is being worked on by another run just now
          Wait until it has ended, then try again.
        ");
    }

    #[test]
    fn every_error_of_the_edge_has_its_exit_code() {
        let message = "no room".to_owned();
        let code = |error: &HostError| of_host(error, Timestamp(0), &Typed::default()).exit.code();
        assert_eq!(code(&taken(false, "k3f9")), 75);
        assert_eq!(code(&HostError::State { message: message.clone() }), 75);
        assert_eq!(code(&HostError::Sync { message: message.clone() }), 75);
        assert_eq!(code(&HostError::Fenced("k3f9".to_owned())), 75);
        assert_eq!(code(&HostError::Damaged { message }), 3);
        assert_eq!(code(&HostError::Unannounced("create".to_owned())), 101);
    }
}
