//! `cutover init --timer`: what calls `cutover tick` again and again.

use std::env;
use std::io;
use std::path::{Path, PathBuf};

use serde_json::json;

use super::init::{fits, write_new};
use crate::args::{InitArgs, TimerKind};
use crate::exit::{Exit, Problem};
use crate::render::timer::{self, Call};
use crate::session::{Session, working_folder};

/// The name where none is given.
const NAME: &str = "cutover-tick";

/// Writes the units of systemd, or prints a cron line.
///
/// # Errors
/// Where the folder is not there, or a file is and would be overwritten.
pub(crate) fn run(kind: TimerKind, args: &InitArgs, session: &Session) -> anyhow::Result<Exit> {
    let call = call(&args.folder, session)?;
    match kind {
        TimerKind::Cron => cron(&call, session),
        TimerKind::Systemd => systemd(&call, args, session),
    }
}

fn cron(call: &Call, session: &Session) -> anyhow::Result<Exit> {
    let line = timer::cron_line(call);
    if session.out.is_human() {
        session.out.data(&line)?;
        session.out.talk("  Put it into your crontab: crontab -e\n");
    } else {
        session.out.json(&json!({ "line": line.trim_end() }))?;
    }
    Ok(Exit::Done)
}

fn systemd(call: &Call, args: &InitArgs, session: &Session) -> anyhow::Result<Exit> {
    let name = args.name.as_deref().unwrap_or(NAME);
    if !fits(name) {
        let help = "Lower-case letters, digits and dashes, a letter first, at most 64.";
        return Err(Problem::wrong(format!("`{name}` is no name of a service")).help(help).into());
    }
    let files = [("service", timer::service(call)), ("timer", timer::timer(call))];
    let files = files.map(|(ending, text)| (PathBuf::from(format!("{name}.{ending}")), text));
    if args.print {
        let texts = files.map(|(file, text)| format!("# {}\n{text}", file.display()));
        session.out.data(&texts.join("\n"))?;
        return Ok(Exit::Done);
    }
    if let Some((file, _)) = files.iter().find(|(file, _)| file.exists()) {
        let problem = Problem::wrong(format!("`{}` is there already", file.display()));
        return Err(problem.help("Choose another name: cutover init NAME --timer systemd").into());
    }
    for (file, text) in &files {
        write_new(file, text, "cutover init NAME --timer systemd")?;
    }
    if session.out.is_human() {
        session.out.talk(&told(name));
    } else {
        let files = files.map(|(file, _)| file);
        session.out.json(&json!({ "files": files }))?;
    }
    Ok(Exit::Done)
}

fn told(name: &str) -> String {
    format!(
        "wrote {name}.service and {name}.timer\n  \
         Put them where systemd looks: cp {name}.service {name}.timer ~/.config/systemd/user/\n  \
         Begin:                        systemctl --user enable --now {name}.timer\n  \
         Also while nobody is here:    loginctl enable-linger\n  \
         What it did:                  journalctl --user -u {name}\n"
    )
}

fn call(folder: &Path, session: &Session) -> Result<Call, Problem> {
    let not_there = |path: &Path, error: &io::Error| {
        Problem::wrong(format!("`{}` cannot be found: {error}", path.display()))
    };
    let text = |path: PathBuf| {
        path.into_os_string().into_string().map_err(|path| {
            Problem::wrong(format!("`{}` is no text, and cannot be written down", path.display()))
        })
    };
    let folder = folder.canonicalize().map_err(|error| not_there(folder, &error))?;
    if !folder.is_dir() {
        return Err(Problem::wrong(format!("`{}` is no folder", folder.display())));
    }
    let program = env::current_exe().map_err(|error| not_there(Path::new("cutover"), &error))?;
    let state = match session.world() {
        Some(_) => None,
        None => Some(text(working_folder().join(session.state()))?),
    };
    let path = env::var("PATH").unwrap_or_else(|_| "/usr/local/bin:/usr/bin:/bin".to_owned());
    let (program, folder, cwd) = (text(program)?, text(folder)?, text(working_folder())?);
    Ok(Call { program, folder, state, cwd, path })
}
