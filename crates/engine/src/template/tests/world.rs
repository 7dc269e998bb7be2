//! The world of the tests: a few steps and inputs with values and types, and a table of secrets.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Mutex;

use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::host::Secrets;
use crate::source::{Source, Span};
use crate::template::{Expr, NullInText, Path, Placement, Scope, Template, Typed, Types, follow};
use crate::time::{Duration, Timestamp};
use crate::types::Type;
use crate::value::{Handle, Piece, Unknown, Value, pieces, shown};

/// 2026-01-31T12:00:00Z.
pub(super) const STARTED: Timestamp = Timestamp(1_769_860_800_000);
pub(super) const TOKEN: &str = "fake token / 1";

/// A table of secrets that counts how often it was opened.
#[derive(Default)]
pub(super) struct Table {
    plain: Mutex<BTreeMap<u128, String>>,
    pub(super) opened: Mutex<usize>,
}

impl Table {
    pub(super) fn open(&self, text: &str) -> String {
        let plain = self.plain.lock().unwrap();
        let open = |piece| match piece {
            Piece::Plain(text) => text.to_owned(),
            Piece::Secret(handle) => plain[&handle.id].clone(),
            Piece::Unknown { .. } => panic!("an unknown was opened"),
        };
        pieces(text).into_iter().map(open).collect()
    }
}

impl Secrets for Table {
    fn seal(&self, origin: &str, text: String) -> Handle {
        let mut plain = self.plain.lock().unwrap();
        let id = plain.len() as u128 + 1;
        plain.insert(id, text);
        Handle { id, origin: origin.to_owned() }
    }

    fn derive(
        &self,
        origin: &str,
        texts: &[&str],
        compute: &dyn Fn(&[String]) -> Result<String, String>,
    ) -> Result<Handle, String> {
        *self.opened.lock().unwrap() += 1;
        let opened: Vec<String> = texts.iter().map(|text| self.open(text)).collect();
        Ok(self.seal(origin, compute(&opened)?))
    }

    fn same(&self, a: &str, b: &str) -> bool {
        self.open(a) == self.open(b)
    }

    fn check(&self, _: &str, _: &str) -> Option<String> {
        None
    }

    fn prefix(&self, _: &str, _: usize) -> Option<String> {
        None
    }
}

/// Values and types of everything in scope.
pub(super) struct World {
    pub(super) values: Value,
    pub(super) types: Type,
    pub(super) hooks: bool,
    pub(super) table: Table,
}

fn tokens() -> Value {
    let token = |id: &str, live: bool, age: Value| {
        Value::map([("id", id.into()), ("live", live.into()), ("age", age)])
    };
    Value::List(vec![
        token("a", true, Value::Int(3)),
        token("b", false, Value::Null),
        token("c", true, Value::Int(1)),
    ])
}

fn token_type() -> Type {
    Type::object([("id", Type::String), ("live", Type::Boolean), ("age", Type::Integer)])
}

impl World {
    pub(super) fn new() -> Self {
        let table = Table::default();
        let token = table.seal("steps.create.token", TOKEN.to_owned());
        let unknown = |from: &str, ty: Type| Value::Unknown(Unknown { from: from.to_owned(), ty });
        let create = Value::map([
            ("id", "b71c".into()),
            ("token", token.clone().into()),
            ("bearer", Value::Text(format!("Bearer {}", token.to_mark()))),
            ("held", Value::map([("name", "x".into()), ("value", token.into())])),
            ("count", Value::Int(3)),
            ("ratio", Value::Float(0.5)),
            ("ok", Value::Bool(true)),
            ("none", Value::Null),
            ("expires_at", Value::Timestamp(STARTED + Duration::seconds(3600))),
            ("any", Value::map([("deep", Value::List(vec![Value::Int(7)]))])),
        ]);
        let later = Value::map([
            ("id", unknown("steps.later.id", Type::String)),
            ("token", unknown("steps.later.token", Type::Secret)),
            ("tokens", unknown("steps.later.tokens", Type::list(token_type()))),
        ]);
        let values = Value::map([
            (
                "steps",
                Value::map([
                    ("create", create),
                    ("list", Value::map([("tokens", tokens()), ("none", Value::Null)])),
                    ("later", later),
                    ("push", Value::List(vec![Value::map([("path", "one".into())]), Value::Null])),
                ]),
            ),
            (
                "inputs",
                Value::map([
                    ("environment", "prod".into()),
                    ("name", "  Ünïcode Name ".into()),
                    ("hosts", Value::List(vec!["a".into(), "b".into()])),
                    ("empty", Value::List(Vec::new())),
                ]),
            ),
            ("run", Value::map([("started_at", STARTED.into()), ("id", "k3f9".into())])),
            (
                "credential",
                Value::map([
                    ("lifetime", Value::Duration(Duration::seconds(30 * 86_400))),
                    ("old", Value::Null),
                ]),
            ),
            ("item", Value::Int(4)),
        ]);
        Self { values, types: types(), hooks: false, table }
    }

    fn null(&self) -> NullInText {
        if self.hooks { NullInText::Empty } else { NullInText::Error }
    }
}

fn types() -> Type {
    let create = Type::object([
        ("id", Type::String),
        ("token", Type::Secret),
        ("bearer", Type::Secret),
        ("held", Type::object([("name", Type::String), ("value", Type::Secret)])),
        ("count", Type::Integer),
        ("ratio", Type::Number),
        ("ok", Type::Boolean),
        ("none", Type::String),
        ("expires_at", Type::Timestamp),
        ("any", Type::Any),
    ]);
    let later = Type::object([
        ("id", Type::String),
        ("token", Type::Secret),
        ("tokens", Type::list(token_type())),
    ]);
    Type::object([
        (
            "steps",
            Type::object([
                ("create", create),
                (
                    "list",
                    Type::object([
                        ("tokens", Type::list(token_type())),
                        ("none", Type::list(token_type())),
                    ]),
                ),
                ("later", later),
                ("push", Type::list(Type::object([("path", Type::String)]))),
            ]),
        ),
        (
            "inputs",
            Type::object([
                ("environment", Type::Enum(vec!["staging".to_owned(), "prod".to_owned()])),
                ("name", Type::String),
                ("hosts", Type::list(Type::String)),
                ("empty", Type::list(Type::String)),
            ]),
        ),
        ("run", Type::object([("started_at", Type::Timestamp), ("id", Type::String)])),
        (
            "credential",
            Type::object([
                ("lifetime", Type::Duration),
                ("old", Type::object([("id", Type::String)])),
            ]),
        ),
        ("item", Type::Integer),
    ])
}

impl Scope for World {
    fn path(&self, path: &Path) -> Value {
        self.peek(path).into_owned()
    }

    fn peek(&self, path: &Path) -> Cow<'_, Value> {
        follow(self.values.get(&path.head), &path.rest)
    }

    fn null_in_text(&self) -> NullInText {
        self.null()
    }
}

impl Types for World {
    /// What is named `none`, `old` or stands in it, or in a list, may be null.
    fn path(&self, path: &Path, span: Span) -> Result<Typed, Diagnostic> {
        let mut ty = self.types.at(&path.head);
        let mut nullable = false;
        for (key, _) in &path.rest {
            nullable |= matches!(key.as_str(), "none" | "old") || matches!(ty, Some(Type::List(_)));
            ty = ty.and_then(|ty| ty.at(key));
        }
        let unknown = || Diagnostic::error("T03", span, format!("`{path}` is not here"));
        Ok(Typed { nullable, ..Typed::new(ty.ok_or_else(unknown)?) })
    }

    fn null_in_text(&self) -> NullInText {
        self.null()
    }
}

/// The text is the whole source.
pub(super) fn placed(text: &str) -> Placement {
    Placement { span: Span::new(0, text.len()), verbatim: Some(0) }
}

pub(super) fn lines(text: &str, list: Vec<Diagnostic>) -> String {
    let mut found = Diagnostics { list };
    found.settle();
    let source = Source::new("test.yaml", text);
    let carets = |found: &Diagnostic| format!("[{}]", source.slice(found.span));
    let places: Vec<String> = found.list.iter().map(carets).collect();
    found
        .to_lines(&source)
        .lines()
        .zip(places)
        .map(|(line, place)| format!("{line} {place}\n"))
        .collect()
}

/// Renders a template; a mistake anywhere is part of the answer.
pub(super) fn render_in(world: &World, text: &str) -> Value {
    match Template::parse(text, placed(text)) {
        Err(found) => panic!("{}", lines(text, found)),
        Ok(template) => match template.render(world, &world.table) {
            Ok(value) => value,
            Err(error) => Value::Text(format!("error: {error} [{}]", &text[error.span.range()])),
        },
    }
}

/// Renders a template in the ordinary world.
pub(super) fn render(text: &str) -> Value {
    render_in(&World::new(), text)
}

/// Renders a template to text for people.
pub(super) fn shown_as(text: &str) -> String {
    match render(text) {
        Value::Text(text) => shown(&text),
        other => format!("{other:?}"),
    }
}

/// Computes a bare expression.
pub(super) fn eval(text: &str) -> Value {
    eval_in(&World::new(), text)
}

/// Computes a bare expression in a world.
pub(super) fn eval_in(world: &World, text: &str) -> Value {
    match Expr::parse(text, placed(text)) {
        Err(found) => panic!("{}", lines(text, found)),
        Ok(expr) => match expr.eval(world, &world.table) {
            Ok(value) => value,
            Err(error) => Value::Text(format!("error: {error} [{}]", &text[error.span.range()])),
        },
    }
}

/// What is wrong with the syntax of a template.
pub(super) fn template_fails(text: &str) -> String {
    match Template::parse(text, placed(text)) {
        Ok(template) => panic!("`{text}` is fine: {template:?}"),
        Err(found) => lines(text, found),
    }
}

/// What is wrong with the syntax of a bare expression.
pub(super) fn expression_fails(text: &str) -> String {
    match Expr::parse(text, placed(text)) {
        Ok(expr) => panic!("`{text}` is fine: {expr}"),
        Err(found) => lines(text, found),
    }
}

/// The type of a template, or what is wrong with it.
pub(super) fn typed(text: &str) -> String {
    typed_in(&World::new(), text)
}

/// The type of a template in a world.
pub(super) fn typed_in(world: &World, text: &str) -> String {
    let template = Template::parse(text, placed(text));
    let template = template.unwrap_or_else(|found| panic!("{}", lines(text, found)));
    match template.infer(world) {
        Err(found) => lines(text, found),
        Ok(typed) => {
            let nullable = if typed.nullable { " or null" } else { "" };
            let secret = if typed.secret { ", secret" } else { "" };
            format!("{}{nullable}{secret}", typed.ty)
        }
    }
}

/// The type of a bare expression.
pub(super) fn expression_typed(text: &str) -> String {
    let braced = format!("{{{{{text}}}}}");
    typed(&braced)
}
