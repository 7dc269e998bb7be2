//! Programs: argument list, cleared environment, a process group that ends at the deadline.

use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;

use cutover_engine::effect::{Access, Call, EffectError, Exec, FileContent, Keep, Reply};
use cutover_engine::keep::place_of;
use cutover_engine::value::{Piece, pieces};
use tokio::process::Command;
use zeroize::Zeroizing;

use crate::child::dies_with_us;
use crate::clock;
use crate::escape::last_lines;
use crate::keep::{keep, most_of};
use crate::local::Inner;
use crate::perform::{closed, no_answer, not_sent, refused, try_again};

mod running;
pub(crate) mod scratch;

pub(crate) use running::OUTPUT_LIMIT;
use running::{Ended, Excess, Output};
use scratch::Scratch;

/// How many lines of standard error are kept of a program that failed.
const STDERR_LINES: usize = 8;
/// How many characters of them.
const STDERR_CHARACTERS: usize = 2000;

/// Runs a program.
pub(crate) async fn perform(
    inner: &Arc<Inner>,
    call: &Call,
    exec: &Exec,
) -> Result<Reply, EffectError> {
    let access = call.effect.access();
    if clock::until(call.deadline).is_zero() {
        return Err(try_again(format!("`{}` had no time left to start", name_of(exec))));
    }
    let scratch = write_files(inner, call, exec)?;
    let stdin = exec.stdin.as_deref().map(|text| inner.secrets.open(text)).transpose();
    let stdin = stdin.map_err(closed)?;
    let mut command = command(inner, call, exec, &scratch, stdin.is_some())?;
    if access == Access::Write {
        dies_with_us(&mut command);
    }
    let output = running::run(command, stdin, call.deadline, excess(access, &exec.keep))
        .await
        .map_err(|error| not_started(exec, &error))?;
    drop(scratch);
    answer(inner, call, exec, access, output)
}

/// A program that only looks and prints without end is ended; one that writes is let finish.
fn excess(access: Access, keep: &Keep) -> Excess {
    match (access, most_of(keep)) {
        (Access::Read, Some(limit)) => Excess::End(limit),
        (Access::Read, None) | (Access::Write | Access::Pure, _) => Excess::Drop,
    }
}

fn name_of(exec: &Exec) -> &str {
    exec.argv.first().map_or("", String::as_str)
}

fn command(
    inner: &Inner,
    call: &Call,
    exec: &Exec,
    scratch: &Scratch,
    has_stdin: bool,
) -> Result<Command, EffectError> {
    let argv = arguments(inner, exec, scratch)?;
    let Some(name) = argv.first().filter(|name| !name.is_empty()) else {
        return Err(not_sent("a program without a name"));
    };
    let cwd = exec.cwd.as_deref().map(|path| inner.options.absolute(path));
    let folder = cwd.as_deref().unwrap_or(&inner.options.cwd);
    // A plugin's program is the one that was found when the plugin was loaded.
    let granted = call.grant.as_ref().map(|grant| grant.programs.get(name).map(PathBuf::from));
    let program = granted
        .unwrap_or_else(|| find(inner, name, folder))
        .ok_or_else(|| not_sent(format!("there is no program `{name}` on the PATH")))?;
    let mut command = Command::new(program);
    command.arg0(name).args(&argv[1..]).current_dir(folder).process_group(0);
    command.env_clear().env("PATH", &inner.options.path).env("HOME", &inner.options.home);
    command.envs(&inner.options.env);
    if let Some(lang) = &inner.options.lang {
        command.env("LANG", lang);
    }
    for (key, value) in &exec.env {
        let value = inner.secrets.open(value).map_err(closed)?;
        if key.is_empty() || key.contains(['=', '\0']) || value.contains('\0') {
            return Err(not_sent(format!("`{key}` cannot be a variable of an environment")));
        }
        command.env(key, value.as_str());
    }
    let stdin = if has_stdin { Stdio::piped() } else { Stdio::null() };
    command.stdin(stdin).stdout(Stdio::piped()).stderr(Stdio::piped());
    Ok(command)
}

/// Returns the arguments with the paths of the call's files in them. A secret is refused: every
/// user of the machine can read the arguments of a program.
fn arguments(inner: &Inner, exec: &Exec, scratch: &Scratch) -> Result<Vec<String>, EffectError> {
    let mut argv = Vec::with_capacity(exec.argv.len());
    for (index, argument) in exec.argv.iter().enumerate() {
        for piece in pieces(argument) {
            match piece {
                Piece::Plain(_) => {}
                Piece::Secret(handle) => {
                    let origin = handle.origin;
                    return Err(not_sent(format!("the secret `{origin}` in an argument")));
                }
                Piece::Unknown { from, .. } => {
                    return Err(not_sent(format!("`{from}` is not known yet")));
                }
            }
        }
        if argument.contains('\0') {
            return Err(not_sent("an argument with a zero byte in it"));
        }
        let is_ours = exec.paths.contains(&index) && argument.starts_with('~');
        argv.push(match is_ours {
            true => inner.options.absolute(argument).to_string_lossy().into_owned(),
            false => scratch.fill(argument),
        });
    }
    Ok(argv)
}

fn find(inner: &Inner, name: &str, folder: &Path) -> Option<PathBuf> {
    if name.starts_with("~/") {
        return Some(inner.options.absolute(name)).filter(|path| is_program(path));
    }
    if name.contains('/') {
        return Some(folder.join(name)).filter(|path| is_program(path));
    }
    let folders = inner.options.path.split(':').filter(|part| !part.is_empty());
    folders.map(|part| folder.join(part).join(name)).find(|path| is_program(path))
}

fn is_program(path: &Path) -> bool {
    path.metadata().is_ok_and(|file| file.is_file() && file.permissions().mode() & 0o111 != 0)
}

fn write_files(inner: &Inner, call: &Call, exec: &Exec) -> Result<Scratch, EffectError> {
    let mut scratch = Scratch::none();
    for (name, content) in &exec.files {
        let text = match content {
            FileContent::Text(text) => inner.secrets.open(text).map_err(closed)?,
            FileContent::Toml(edit) => super::file::edited(inner, edit, None)?,
        };
        scratch
            .add(&inner.options.state, &call.run, name, text.as_bytes())
            .map_err(|error| not_sent(format!("no file for `{}`: {error}", name_of(exec))))?;
    }
    Ok(scratch)
}

fn not_started(exec: &Exec, error: &std::io::Error) -> EffectError {
    let message = format!("`{}` could not be started: {error}", name_of(exec));
    let for_good =
        [ErrorKind::NotFound, ErrorKind::PermissionDenied, ErrorKind::ArgumentListTooLong];
    if for_good.contains(&error.kind()) { not_sent(message) } else { try_again(message) }
}

fn answer(
    inner: &Inner,
    call: &Call,
    exec: &Exec,
    access: Access,
    output: Output,
) -> Result<Reply, EffectError> {
    let name = name_of(exec);
    let too_much = output.too_much;
    let stdout = keep(output.stdout, &exec.keep, &inner.secrets, &place_of(&call.step), "secret");
    let code = match output.ended {
        Ended::Code(code) => code,
        Ended::Signal(signal) => {
            return Err(no_answer(access, format!("`{name}` was ended by signal {signal}")));
        }
        Ended::Deadline => {
            return Err(no_answer(access, format!("`{name}` ran past its deadline and was ended")));
        }
        Ended::TooMuch => {
            let size = size(most_of(&exec.keep).unwrap_or(OUTPUT_LIMIT));
            return Err(refused(format!("`{name}` printed more than {size} and was ended"), 0));
        }
        Ended::Unknown(error) => {
            return Err(no_answer(access, format!("`{name}` was lost sight of: {error}")));
        }
    };
    if !exec.accept.contains(&code) {
        let stderr = stderr_of(inner, &output.stderr, &exec.keep);
        let error = refused(format!("`{name}` ended with code {code}"), code);
        return Err(with_stderr(error, stderr));
    }
    let unusable = if too_much && exec.keep != Keep::Nothing {
        Some(format!("printed more than {}", size(OUTPUT_LIMIT)))
    } else {
        stdout.as_ref().err().map(|why| format!("printed what is {why}"))
    };
    match (stdout, unusable) {
        (Ok(stdout), None) => Ok(Reply::Exec { code, stdout }),
        (_, why) => {
            let message = format!("`{name}` {}", why.unwrap_or_default());
            Err(match access {
                Access::Write => EffectError::Lost { message },
                Access::Read | Access::Pure => refused(message, code),
            })
        }
    }
}

fn size(bytes: usize) -> String {
    if bytes < 1 << 20 { format!("{} KiB", bytes >> 10) } else { format!("{} MiB", bytes >> 20) }
}

fn with_stderr(mut error: EffectError, lines: String) -> EffectError {
    if let EffectError::Refused { stderr, .. } = &mut error {
        *stderr = lines;
    }
    error
}

/// Returns the last lines of standard error, with live secrets taken out, and words that begin as
/// the program's secrets do.
fn stderr_of(inner: &Inner, stderr: &[u8], how: &Keep) -> String {
    let text = Zeroizing::new(String::from_utf8_lossy(stderr).into_owned());
    let lines = Keep::Lines { seal_words: seal_words(how), seal_last: false };
    let sealed = keep(text.as_bytes().to_vec(), &lines, &inner.secrets, "steps", "stderr");
    drop(sealed);
    last_lines(&inner.redact(&text), STDERR_LINES, STDERR_CHARACTERS)
}

fn seal_words(how: &Keep) -> Vec<String> {
    match how {
        Keep::Lines { seal_words, .. } => seal_words.clone(),
        Keep::Nothing
        | Keep::Text
        | Keep::Secret
        | Keep::Json { .. }
        | Keep::Answer { .. }
        | Keep::Toml { .. } => Vec::new(),
    }
}
