//! The made-up steps that are like the general built-in ones: files, programs, HTTP, log.

use super::{out, spec, text};
use crate::spec::{Condition, Output, Param, Place, Role, Spec};
use crate::types::Type;

pub(super) fn general() -> Vec<Spec> {
    let file = || Place::new("file", &["path"]);
    let path = || Param::required("path", Type::Path, "the file");
    let read = Spec {
        reads_from: Some(file()),
        ..spec(
            "file.read",
            Role::Read,
            vec![path(), Param::optional("secret", Type::Boolean, "a secret").or(true).literal()],
            vec![
                out("content", Type::Secret).only_when(Condition::new("secret", [true])),
                out("content", Type::String).only_when(Condition::new("secret", [false])),
            ],
        )
    };
    let write = Spec {
        publishes_to: Some(file()),
        read_back: Some("file.read".to_owned()),
        has_read: true,
        has_undo: true,
        ..spec(
            "file.write",
            Role::Publish,
            vec![
                path(),
                Param::required("content", Type::String, "the text").may_be_secret(),
                Param::optional("mode", Type::String, "the mode").or("0600"),
            ],
            vec![out("path", Type::Path)],
        )
    };
    let remove = Spec { has_undo: true, ..spec("file.remove", Role::Other, vec![path()], vec![]) };
    let generate = Spec {
        pure: true,
        ..spec(
            "secret.generate",
            Role::Other,
            vec![Param::optional("length", Type::Integer, "how long").or(40)],
            vec![out("value", Type::Secret)],
        )
    };
    let mut all = vec![read, write, remove, generate, exec(), http()];
    all.extend(small());
    all
}

fn small() -> Vec<Spec> {
    let log = Spec {
        pure: true,
        ..spec(
            "log",
            Role::Other,
            vec![
                text("message"),
                Param::optional("level", word(&["info", "warn"]), "how loud").or("info"),
                Param::optional("fields", Type::map(Type::Any), "more"),
            ],
            vec![],
        )
    };
    let assert = Spec {
        pure: true,
        ..spec(
            "assert",
            Role::Other,
            vec![
                Param::required("that", Type::Boolean, "what must hold"),
                Param::optional("message", Type::String, "words"),
            ],
            vec![],
        )
    };
    let wait = spec(
        "wait",
        Role::Other,
        vec![
            Param::optional("for", Type::Duration, "how long"),
            Param::optional("until", Type::Timestamp, "until when"),
        ],
        vec![out("at", Type::Timestamp)],
    );
    let approval = Spec {
        asks: true,
        has_undo: true,
        ..spec("approval.wait", Role::Other, vec![text("ask")], vec![out("by", Type::String)])
    };
    vec![log, assert, wait, approval]
}

fn word(words: &[&str]) -> Type {
    Type::Enum(words.iter().map(|word| (*word).to_owned()).collect())
}

fn repeat() -> Param {
    Param::optional("repeat", word(&["safe", "never"]), "sent again").or("never").literal()
}

fn kept(name: &str, ty: Type, how: &str) -> Output {
    out(name, ty).only_when(Condition::new("output", [how]))
}

fn answer() -> [Param; 5] {
    [
        Param::optional("output", word(&["none", "text", "json", "secret"]), "what to keep")
            .or("none")
            .literal(),
        Param::optional("seal", Type::list(Type::String), "secrets in it").literal(),
        Param::optional("reads", Type::Boolean, "it changes nothing").or(false).literal(),
        repeat(),
        Param::optional("expires", Type::Timestamp, "when what it makes dies"),
    ]
}

fn exec() -> Spec {
    let mut params = vec![
        Param::required("argv", Type::list(Type::String), "program and arguments"),
        Param::optional("stdin", Type::String, "standard input").may_be_secret(),
        Param::optional("env", Type::map(Type::String), "environment").may_be_secret(),
        Param::optional("cwd", Type::Path, "working folder"),
        Param::optional("accept", Type::list(Type::Integer), "exit codes"),
    ];
    params.extend(answer());
    Spec {
        reads_when: vec![Condition::new("reads", [true])],
        repeat_safe_when: vec![Condition::new("repeat", ["safe"])],
        expires: Some("expires".to_owned()),
        ..spec(
            "exec.run",
            Role::Other,
            params,
            vec![
                out("code", Type::Integer),
                kept("stdout", Type::String, "text"),
                kept("json", Type::Any, "json"),
                kept("secret", Type::Secret, "secret"),
            ],
        )
    }
}

fn http() -> Spec {
    let mut params = vec![
        Param::required("method", Type::String, "the method").literal(),
        Param::required("url", Type::Url, "the address"),
        Param::optional("headers", Type::map(Type::String), "headers").may_be_secret(),
        Param::optional("query", Type::map(Type::String), "query"),
        Param::optional("json", Type::Any, "a JSON body").may_be_secret(),
        Param::optional("body", Type::String, "a body").may_be_secret(),
    ];
    params.extend(answer());
    Spec {
        reads_when: vec![
            Condition::new("reads", [true]),
            Condition::new("method", ["GET", "HEAD", "OPTIONS"]),
        ],
        repeat_safe_when: vec![
            Condition::new("repeat", ["safe"]),
            Condition::new("method", ["PUT", "DELETE"]),
        ],
        expires: Some("expires".to_owned()),
        ..spec(
            "http.request",
            Role::Other,
            params,
            vec![
                out("status", Type::Integer),
                kept("body", Type::String, "text"),
                kept("body", Type::Any, "json"),
                kept("secret", Type::Secret, "secret"),
            ],
        )
    }
}
