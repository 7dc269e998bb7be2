//! An effect as plain data and as one line: what a person reads and a saved plan compares.

use indexmap::IndexMap;

use crate::effect::{Body, Effect, Exec, FileContent, Http, RestoreFile, TomlEdit, WriteFile};
use crate::plan::preview::EffectPreview;
use crate::value::{Piece, Value, pieces, shown};

/// Returns an effect's canonical form.
pub(super) fn of(effect: &Effect) -> EffectPreview {
    let (kind, summary, detail) = match effect {
        Effect::Http(http) => ("http", http_line(http), http_detail(http)),
        Effect::Exec(exec) => ("exec", exec_line(exec), exec_detail(exec)),
        Effect::ReadFile(read) => ("read_file", shown(&read.path), path_of(&read.path)),
        Effect::WriteFile(write) => ("write_file", write_line(write), write_detail(write)),
        Effect::RestoreFile(restore) => {
            let line = format!("puts {} back", shown(&restore.path));
            ("restore_file", line, restore_detail(restore))
        }
        Effect::RemoveFile(remove) => {
            ("remove_file", format!("removes {}", shown(&remove.path)), path_of(&remove.path))
        }
        Effect::Sleep { until } => {
            ("sleep", format!("waits until {until}"), Value::map([("until", (*until).into())]))
        }
        Effect::Random { length, .. } => {
            let count = i64::try_from(*length).unwrap_or(i64::MAX);
            let line = format!("draws {length} random characters");
            ("random", line, Value::map([("length", count.into())]))
        }
        Effect::Log { level, message, .. } => {
            let detail = Value::map([("level", (*level).into()), ("message", text(message))]);
            ("log", shown(message), detail)
        }
    };
    EffectPreview { kind, access: effect.access(), summary, detail }
}

fn http_line(http: &Http) -> String {
    format!("{} {}", http.method, shown(&http.url))
}

fn http_detail(http: &Http) -> Value {
    let body = match &http.body {
        Body::Empty => Value::Null,
        Body::Json(json) => Value::map([("json", json.clone())]),
        Body::Form(form) => Value::map([("form", texts(form))]),
        Body::Text(plain) => Value::map([("text", text(plain))]),
    };
    let basic = http.basic.as_ref().map_or(Value::Null, |(user, password)| {
        Value::map([("user", text(user)), ("password", text(password))])
    });
    Value::map([
        ("method", text(&http.method)),
        ("url", text(&http.url)),
        ("query", texts(&http.query)),
        ("headers", texts(&http.headers)),
        ("basic", basic),
        ("body", body),
    ])
}

/// Arguments that a shell would not take as one word are quoted, so that a line can be read.
fn exec_line(exec: &Exec) -> String {
    let word = |argument: &String| {
        let plain = shown(argument);
        let tame = |c: char| c.is_alphanumeric() || "-_./:=,+@%~{}‹›".contains(c);
        if !plain.is_empty() && plain.chars().all(tame) { plain } else { format!("'{plain}'") }
    };
    exec.argv.iter().map(word).collect::<Vec<_>>().join(" ")
}

fn exec_detail(exec: &Exec) -> Value {
    let argv = exec.argv.iter().map(|argument| text(argument)).collect();
    let files = exec.files.iter().map(|(name, content)| (name.clone(), content_detail(content)));
    Value::map([
        ("argv", Value::List(argv)),
        ("env", texts(&exec.env)),
        ("stdin", exec.stdin.as_deref().map_or(Value::Null, text)),
        ("files", Value::map(files)),
        ("cwd", exec.cwd.as_deref().map_or(Value::Null, text)),
    ])
}

fn write_line(write: &WriteFile) -> String {
    let path = shown(&write.path);
    match &write.content {
        FileContent::Toml(edit) => {
            let keys: Vec<&str> = edit.set.keys().map(String::as_str).collect();
            let new: Vec<String> = edit.set.values().map(|value| shown(value)).collect();
            let (is, keys, new) = (shown(&edit.is), keys.join(", "), new.join(", "));
            format!("{path}  [{is}] {keys}  ‹old› -> {new}")
        }
        FileContent::Text(content) => {
            let sources = sources(content);
            match sources.as_slice() {
                [] => format!("{path}  {} characters", content.chars().count()),
                [one] if shown(content) == *one => format!("{path}  ‹old› -> {one}"),
                many => format!("{path}  text with {}", many.join(", ")),
            }
        }
    }
}

/// Returns where the secrets and unknowns of a text come from.
fn sources(content: &str) -> Vec<String> {
    let source = |piece: Piece<'_>| match piece {
        Piece::Plain(_) => None,
        Piece::Secret(handle) => Some(format!("‹{}›", handle.origin)),
        Piece::Unknown { from, .. } => Some(format!("‹{from}›")),
    };
    let mut found: Vec<String> = pieces(content).into_iter().filter_map(source).collect();
    found.dedup();
    found
}

fn write_detail(write: &WriteFile) -> Value {
    let mode = write.mode.map_or(Value::Null, |mode| format!("{mode:04o}").into());
    let content = content_detail(&write.content);
    Value::map([("path", text(&write.path)), ("content", content), ("mode", mode)])
}

fn restore_detail(restore: &RestoreFile) -> Value {
    let wrote = restore.wrote.as_ref().map_or(Value::Null, content_detail);
    Value::map([("path", text(&restore.path)), ("wrote", wrote)])
}

fn content_detail(content: &FileContent) -> Value {
    match content {
        FileContent::Text(plain) => Value::map([("text", text(plain))]),
        FileContent::Toml(edit) => Value::map([("toml", toml_detail(edit))]),
    }
}

fn toml_detail(edit: &TomlEdit) -> Value {
    let copy_from = edit.copy_from.as_ref().map_or(Value::Null, |(from, keys)| {
        let keys = keys.iter().map(|key| text(key)).collect();
        Value::map([("from", text(from)), ("keys", Value::List(keys))])
    });
    Value::map([
        ("base", edit.base.as_deref().map_or(Value::Null, text)),
        ("array", text(&edit.array)),
        ("key", text(&edit.key)),
        ("is", text(&edit.is)),
        ("set", texts(&edit.set)),
        ("copy_from", copy_from),
    ])
}

fn path_of(path: &str) -> Value {
    Value::map([("path", text(path))])
}

fn text(plain: &str) -> Value {
    plain.into()
}

fn texts(map: &IndexMap<String, String>) -> Value {
    Value::map(map.iter().map(|(name, value)| (name.clone(), text(value))))
}
