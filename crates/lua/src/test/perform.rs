//! An effect on a world of stand-ins: what is asked of it, and what its answer means. The meaning is
//! that of the real host.

use cutover_engine::effect::{
    Access, Body, Call, Effect, EffectError, Exec, FileContent, HIDDEN_HEADERS, Http, Keep, Reply,
    WriteFile,
};
use cutover_engine::host::Secrets;
use cutover_engine::keep::{keep, place_of};
use cutover_engine::time::Duration;
use cutover_engine::value::{Value, shown};
use indexmap::IndexMap;

use super::link::Link;
use super::secrets::{open, open_json};
use super::words::absolute;
use super::world::{Ask, Told};
use crate::vm::pure::toml_to_json;

/// The mode of every file.
const MODE: u32 = 0o600;

/// Does one thing in a world of stand-ins. Time, chance and log lines are not of the world.
pub(crate) fn perform(
    link: &Link,
    secrets: &dyn Secrets,
    call: &Call,
) -> Result<Reply, EffectError> {
    let place = place_of(&call.step);
    match &call.effect {
        Effect::Http(http) => {
            let ask = ask_http(secrets, http).map_err(closed)?;
            match link.ask(ask) {
                Told::Http { status, headers, body } => {
                    judge(secrets, (call, http), status, &headers, &body)
                }
                other => Err(nobody(&other, &name_of(http))),
            }
        }
        Effect::Exec(exec) => {
            let ask = ask_exec(secrets, exec).map_err(closed)?;
            match link.ask(ask) {
                Told::Exec { code, stdout, stderr } => {
                    ended(secrets, exec, (code, &stdout, &stderr), &place)
                }
                other => Err(nobody(&other, &program_of(exec))),
            }
        }
        Effect::ReadFile(read) => match link.ask(Ask::Read(absolute(&read.path))) {
            Told::File(None) => Ok(Reply::Missing),
            Told::File(Some(text)) => {
                let kept = kept(&text, &read.keep, secrets, (&place, "content"));
                let kept = kept.map_err(|why| not_sent(format!("`{}` is {why}", read.path)))?;
                Ok(Reply::File { content: kept, mode: MODE })
            }
            other => Err(nobody(&other, &read.path)),
        },
        Effect::WriteFile(write) => {
            let text = content(secrets, write)?;
            written(link, Ask::Write { path: absolute(&write.path), text }, &write.path)
        }
        Effect::RestoreFile(restore) => {
            let wrote = match &restore.wrote {
                None => None,
                Some(FileContent::Text(text)) => Some(open(secrets, text).map_err(closed)?),
                Some(FileContent::Toml(_)) => return Err(no_toml(&restore.path)),
            };
            written(link, Ask::Restore { path: absolute(&restore.path), wrote }, &restore.path)
        }
        Effect::RemoveFile(remove) => {
            written(link, Ask::Remove(absolute(&remove.path)), &remove.path)
        }
        Effect::Sleep { .. } | Effect::Random { .. } | Effect::Log { .. } => {
            Err(not_sent("a world of stand-ins has no clock, no chance and no log".to_owned()))
        }
    }
}

/// Returns method and address for people, without what stands after `?`.
pub(crate) fn name_of(http: &Http) -> String {
    let url = shown(&http.url);
    format!("{} {}", http.method, url.split(['?', '#']).next().unwrap_or_default())
}

/// Returns a program with its arguments for people.
pub(crate) fn program_of(exec: &Exec) -> String {
    shown(&exec.argv.join(" "))
}

fn not_sent(message: String) -> EffectError {
    EffectError::NotSent { message, retryable: false }
}

fn closed(why: String) -> EffectError {
    if why.ends_with("any more") {
        return EffectError::Gone { message: why };
    }
    not_sent(why)
}

fn nobody(told: &Told, what: &str) -> EffectError {
    match told {
        Told::Broken(why) => not_sent(why.clone()),
        Told::Foreign => EffectError::Refused {
            message: format!("`{what}` holds something else by now"),
            code: 1,
            retryable: false,
            retry_after: None,
            body: Value::Null,
            stderr: String::new(),
        },
        Told::Nobody | Told::Http { .. } | Told::Exec { .. } | Told::File(_) | Told::Written(_) => {
            not_sent(format!("no fake answers `{what}`"))
        }
    }
}

fn no_toml(path: &str) -> EffectError {
    not_sent(format!("`{path}` is edited as TOML, which stand-ins do not know"))
}

fn content(secrets: &dyn Secrets, write: &WriteFile) -> Result<String, EffectError> {
    match &write.content {
        FileContent::Text(text) => open(secrets, text).map_err(closed),
        FileContent::Toml(_) => Err(no_toml(&write.path)),
    }
}

fn written(link: &Link, ask: Ask, path: &str) -> Result<Reply, EffectError> {
    match link.ask(ask) {
        Told::Written(changed) => Ok(Reply::Written { changed }),
        other => Err(nobody(&other, path)),
    }
}

fn opened(
    secrets: &dyn Secrets,
    pairs: &IndexMap<String, String>,
) -> Result<IndexMap<String, String>, String> {
    pairs.iter().map(|(name, value)| Ok((name.clone(), open(secrets, value)?))).collect()
}

fn ask_http(secrets: &dyn Secrets, http: &Http) -> Result<Ask, String> {
    let mut headers = opened(secrets, &http.headers)?;
    if let Some((user, password)) = &http.basic {
        let login = format!("{user}:{}", open(secrets, password)?);
        let login = super::forms::base64(login.as_bytes());
        headers.insert("Authorization".to_owned(), format!("Basic {login}"));
    }
    let mut form = IndexMap::new();
    let body = match &http.body {
        Body::Empty => None,
        Body::Json(value) => Some(open_json(secrets, value)?.to_string()),
        Body::Text(text) => Some(open(secrets, text)?),
        Body::Form(fields) => {
            form = opened(secrets, fields)?;
            None
        }
    };
    let url = open(secrets, &http.url)?;
    let (url, written) = url.split_once('?').unwrap_or((&url, ""));
    let mut query: IndexMap<String, String> = IndexMap::new();
    for part in written.split('&').filter(|part| !part.is_empty()) {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        query.insert(super::words::unescape(name), super::words::unescape(value));
    }
    query.extend(opened(secrets, &http.query)?);
    let (method, url) = (http.method.clone(), url.to_owned());
    Ok(Ask::Http { method, url, query, headers, form, body })
}

fn ask_exec(secrets: &dyn Secrets, exec: &Exec) -> Result<Ask, String> {
    let stdin = exec.stdin.as_deref().map(|text| open(secrets, text)).transpose()?;
    let text = |content: &FileContent| match content {
        FileContent::Text(text) => open(secrets, text),
        FileContent::Toml(_) => Err("stand-ins do not know TOML".to_owned()),
    };
    let files = exec.files.iter().map(|(name, content)| Ok((name.clone(), text(content)?)));
    Ok(Ask::Exec {
        argv: exec.argv.clone(),
        env: opened(secrets, &exec.env)?,
        stdin,
        files: files.collect::<Result<_, String>>()?,
        cwd: exec.cwd.clone(),
    })
}

fn judge(
    secrets: &dyn Secrets,
    (call, http): (&Call, &Http),
    status: u16,
    headers: &IndexMap<String, String>,
    body: &str,
) -> Result<Reply, EffectError> {
    let (name, place) = (name_of(http), place_of(&call.step));
    let is_write = call.effect.access() == Access::Write;
    let kept = kept(body, &http.keep, secrets, (&place, "secret"));
    let accepted = match http.accept.as_slice() {
        [] => (200..300).contains(&status),
        accept => accept.contains(&status),
    };
    let no_answer = |message: String| match is_write {
        true => EffectError::Lost { message },
        false => EffectError::NotSent { message, retryable: true },
    };
    if accepted {
        let shown = headers.iter().filter(|(name, _)| !HIDDEN_HEADERS.contains(&name.as_str()));
        let headers = shown.map(|(name, value)| (name.clone(), value.clone())).collect();
        return match kept {
            Ok(body) => Ok(Reply::Http { status, headers, body }),
            Err(why) if is_write => Err(EffectError::Lost {
                message: format!("`{name}` answered {status} with a body that is {why}"),
            }),
            Err(why) => Err(refused(
                format!("`{name}` answered {status} with a body that is {why}"),
                i32::from(status),
            )),
        };
    }
    if status != 501 && (status == 408 || status >= 500) {
        return Err(no_answer(format!("`{name}` answered {status}")));
    }
    let wait = headers.get("retry-after").and_then(|wait| wait.parse().ok());
    Err(EffectError::Refused {
        message: format!("`{name}` answered {status}"),
        code: i32::from(status),
        retryable: status == 429,
        retry_after: wait.filter(|_| status == 429).map(Duration::seconds),
        body: kept.unwrap_or_default(),
        stderr: String::new(),
    })
}

fn ended(
    secrets: &dyn Secrets,
    exec: &Exec,
    (code, stdout, stderr): (i32, &str, &str),
    place: &str,
) -> Result<Reply, EffectError> {
    let name = exec.argv.first().map(String::as_str).unwrap_or_default();
    if !exec.accept.contains(&code) {
        let message = format!("`{name}` ended with exit code {code}");
        let stderr = cutover_engine::value::clean(stderr);
        return Err(match refused(message, code) {
            EffectError::Refused { message, code, retryable, retry_after, body, .. } => {
                EffectError::Refused { message, code, retryable, retry_after, body, stderr }
            }
            other => other,
        });
    }
    match kept(stdout, &exec.keep, secrets, (place, "secret")) {
        Ok(stdout) => Ok(Reply::Exec { code, stdout }),
        Err(why) if exec.reads => Err(refused(format!("`{name}` printed what is {why}"), code)),
        Err(why) => Err(EffectError::Lost { message: format!("`{name}` printed what is {why}") }),
    }
}

/// Returns what is kept of an answer of a stand-in.
fn kept(
    text: &str,
    how: &Keep,
    secrets: &dyn Secrets,
    place: (&str, &str),
) -> Result<Value, String> {
    keep(text.as_bytes(), how, secrets, place, toml_to_json)
}

pub(crate) fn refused(message: String, code: i32) -> EffectError {
    EffectError::Refused {
        message,
        code,
        retryable: false,
        retry_after: None,
        body: Value::Null,
        stderr: String::new(),
    }
}
