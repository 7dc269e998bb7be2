//! The normal form of what a parameter is given, so that two expressions can be told to be one.

use crate::check::{Checked, Node};
use crate::template::{Expr, Kind, Part, Path, Template};
use crate::types::Type;
use crate::value::Value;
use crate::workflow::{self, ForEach, Tree};

/// How often a name may stand for another one before it is left alone.
const MAX_DEPTH: usize = 8;

/// What a parameter is given, spans and spelling forgotten: equal forms have equal values.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Form(Vec<Piece>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    Expr(String),
}

/// What is known by value. A check knows nothing, a plan its inputs.
pub(crate) trait Known {
    /// Returns the value of a template, where it can be told.
    fn template(&self, template: &Template) -> Option<Value>;
    /// Returns the value of an expression, where it can be told.
    fn expr(&self, expr: &Expr) -> Option<Value>;
    /// Returns a path as the host takes it.
    fn absolute(&self, path: &str) -> String;
}

/// What a check knows by value.
pub(crate) struct Nothing;

/// Where an expression stands: what its names mean there.
#[derive(Clone, Copy)]
pub(crate) struct Here<'a> {
    checked: &'a Checked,
    node: &'a Node,
    known: &'a dyn Known,
    depth: usize,
}

impl Known for Nothing {
    fn template(&self, _template: &Template) -> Option<Value> {
        None
    }

    fn expr(&self, _expr: &Expr) -> Option<Value> {
        None
    }

    fn absolute(&self, path: &str) -> String {
        path.to_owned()
    }
}

impl Form {
    /// Returns the form of a value that is written out.
    pub(crate) fn of_value(value: &Value) -> Self {
        match value {
            Value::Text(text) => Self(vec![Piece::Text(text.clone())]),
            other => Self(vec![Piece::Expr(literal(other))]),
        }
    }

    /// Returns the form of a path of the file system: `a/./b`, `a//b` and `c/../a/b` are one.
    pub(crate) fn as_path(&self) -> Self {
        let mut parts: Vec<Vec<Piece>> = vec![Vec::new()];
        for piece in &self.0 {
            let Piece::Text(text) = piece else {
                last(&mut parts).push(piece.clone());
                continue;
            };
            for (nth, part) in text.split('/').enumerate() {
                if nth > 0 {
                    parts.push(Vec::new());
                }
                if !part.is_empty() {
                    last(&mut parts).push(Piece::Text(part.to_owned()));
                }
            }
        }
        join(normal(parts))
    }

    /// Returns it for people: as it would be written.
    pub(crate) fn shown(&self) -> String {
        self.0
            .iter()
            .map(|piece| match piece {
                Piece::Text(text) => text.clone(),
                Piece::Expr(expr) => format!("{{{{ {expr} }}}}"),
            })
            .collect()
    }

    /// Returns the expression where it is just one.
    pub(crate) fn sole(&self) -> Option<&str> {
        match self.0.as_slice() {
            [Piece::Expr(expr)] => Some(expr),
            _ => None,
        }
    }

    fn push(&mut self, piece: Piece) {
        if let (Some(Piece::Text(text)), Piece::Text(more)) = (self.0.last_mut(), &piece) {
            text.push_str(more);
        } else {
            self.0.push(piece);
        }
    }
}

impl<'a> Here<'a> {
    /// Returns the scope of a step.
    pub(crate) fn new(checked: &'a Checked, node: &'a Node, known: &'a dyn Known) -> Self {
        Self { checked, node, known, depth: 0 }
    }

    /// Returns the form of a parameter: what is written, else its default.
    pub(crate) fn param(self, name: &str) -> Form {
        let spec = self.node.step.spec().param(name);
        let written = self.node.decl.with.get(name).map(|entry| self.value(&entry.node));
        let form = written
            .filter(|form| *form != Form::of_value(&Value::Null))
            .or_else(|| spec.map(|param| Form::of_value(&param.default)))
            .unwrap_or_default();
        match spec.map(|param| &param.ty) {
            Some(Type::Path) => self.path_form(&form),
            _ => form,
        }
    }

    fn path_form(self, form: &Form) -> Form {
        match form.0.as_slice() {
            [Piece::Text(path)] => Form(vec![Piece::Text(self.known.absolute(path))]).as_path(),
            _ => form.as_path(),
        }
    }

    /// Returns the form of a value of the document.
    pub(crate) fn value(self, node: &workflow::Node) -> Form {
        match &node.tree {
            Tree::Literal(value) => Form::of_value(value),
            Tree::Template(template) => self.template(template),
            Tree::List(_) | Tree::Map(_) => Form(vec![Piece::Expr(self.tree(node))]),
        }
    }

    /// Returns the form of a template.
    pub(crate) fn template(self, template: &Template) -> Form {
        if let Some(value) = self.known.template(template) {
            return Form::of_value(&value);
        }
        let mut form = Form::default();
        for part in &template.parts {
            match part {
                Part::Text(text) => form.push(Piece::Text(text.clone())),
                Part::Expr(expr) => {
                    self.expr_form(expr).0.into_iter().for_each(|piece| form.push(piece));
                }
                Part::If { .. } | Part::Each { .. } => form.push(Piece::Expr(self.part(part))),
            }
        }
        form
    }

    /// Returns an expression as it is normally written.
    pub(crate) fn expr(self, expr: &Expr) -> String {
        match &expr.kind {
            Kind::Literal(value) => literal(value),
            Kind::Path(path) => self.path(path),
            Kind::Call { helper, args, named } => {
                let args = args.iter().map(|arg| format!(" {}", self.expr(arg)));
                let named = named.iter().map(|(key, arg)| format!(" {key}={}", self.expr(arg)));
                let words: String = args.chain(named).collect();
                format!("({helper}{words})")
            }
        }
    }

    fn expr_form(self, expr: &Expr) -> Form {
        if let Some(value) = self.known.expr(expr) {
            return Form::of_value(&value);
        }
        match &expr.kind {
            Kind::Literal(value) => Form::of_value(value),
            Kind::Path(path) => {
                self.stands_for(path).unwrap_or_else(|| Form(vec![Piece::Expr(self.path(path))]))
            }
            Kind::Call { .. } => Form(vec![Piece::Expr(self.expr(expr))]),
        }
    }

    /// A path that is another name for something: `credential.name`, or the output of a step that
    /// has the name of the parameter that tells its place.
    fn stands_for(self, path: &Path) -> Option<Form> {
        if self.depth == MAX_DEPTH {
            return None;
        }
        let names: Vec<&str> = path.rest.iter().map(|(name, _)| name.as_str()).collect();
        match (path.head.as_str(), names.as_slice()) {
            ("credential", ["name"]) => {
                let credential = self.checked.workflow().credential.as_ref()?;
                Some(Self { depth: self.depth + 1, ..self }.value(&credential.name))
            }
            ("steps", [id, output]) => self.echo(id, output),
            _ => None,
        }
    }

    fn echo(self, id: &str, output: &str) -> Option<Form> {
        let node = &self.checked.nodes()[self.checked.index(id)?];
        let spec = node.step.spec();
        let places = [&spec.stores_at, &spec.publishes_to, &spec.reads_from];
        let names_place =
            places.into_iter().flatten().any(|place| place.args.iter().any(|arg| arg == output));
        let is_output = spec.outputs.iter().any(|found| found.name == output);
        let plain = node.decl.for_each.is_none() && node.decl.when.is_none();
        (names_place && is_output && plain)
            .then(|| Self { node, depth: self.depth + 1, ..self }.param(output))
    }

    fn path(self, path: &Path) -> String {
        let rest: String = path.rest.iter().map(|(name, _)| format!(".{name}")).collect();
        match path.head.as_str() {
            "item" | "index" => format!("{}{rest} of {}", path.head, self.list()),
            head => format!("{head}{rest}"),
        }
    }

    fn list(self) -> String {
        match &self.node.decl.for_each {
            None => String::new(),
            Some(ForEach::List(list)) => self.tree(list),
            Some(ForEach::Expr(expr)) => self.expr(expr),
        }
    }

    fn tree(self, node: &workflow::Node) -> String {
        match &node.tree {
            Tree::Literal(value) => literal(value),
            Tree::Template(template) => format!("{:?}", self.template(template).shown()),
            Tree::List(items) => {
                let items: Vec<String> = items.iter().map(|item| self.tree(item)).collect();
                format!("[{}]", items.join(", "))
            }
            Tree::Map(map) => {
                let pairs: Vec<String> = map
                    .iter()
                    .map(|(key, entry)| format!("{key:?}: {}", self.tree(&entry.node)))
                    .collect();
                format!("{{{}}}", pairs.join(", "))
            }
        }
    }

    fn parts(self, parts: &[Part]) -> String {
        parts.iter().map(|part| self.part(part)).collect()
    }

    fn part(self, part: &Part) -> String {
        match part {
            Part::Text(text) => format!("{text:?}"),
            Part::Expr(expr) => self.expr(expr),
            Part::If { arms, otherwise } => {
                let arms: String = arms
                    .iter()
                    .map(|(when, then)| format!("#if {} {}", self.expr(when), self.parts(then)))
                    .collect();
                format!("{arms}#else {}/if", self.parts(otherwise))
            }
            Part::Each { list, body, otherwise } => format!(
                "#each {} {}#else {}/each",
                self.expr(list),
                self.parts(body),
                self.parts(otherwise)
            ),
        }
    }
}

fn literal(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(truth) => truth.to_string(),
        Value::Int(number) => number.to_string(),
        Value::Float(number) => format!("{number:?}"),
        Value::Text(text) => format!("{text:?}"),
        Value::List(items) => {
            let items: Vec<String> = items.iter().map(literal).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Map(map) => {
            let pairs: Vec<String> =
                map.iter().map(|(key, value)| format!("{key:?}: {}", literal(value))).collect();
            format!("{{{}}}", pairs.join(", "))
        }
        Value::Duration(length) => length.to_string(),
        Value::Timestamp(at) => at.to_string(),
        Value::Unknown(unknown) => format!("unknown {}", unknown.from),
    }
}

fn last(parts: &mut [Vec<Piece>]) -> &mut Vec<Piece> {
    parts.last_mut().expect("there is one part from the start")
}

/// Drops what does not move: empty parts and `.`, and `..` with the written-out part before it.
fn normal(parts: Vec<Vec<Piece>>) -> Vec<Vec<Piece>> {
    let is = |part: &[Piece], word: &str| matches!(part, [Piece::Text(text)] if text == word);
    let mut kept: Vec<Vec<Piece>> = Vec::new();
    for (nth, part) in parts.into_iter().enumerate() {
        let at_root = nth == 0 && part.is_empty();
        let backs = is(&part, "..")
            && kept.last().is_some_and(|before| {
                matches!(before.as_slice(), [Piece::Text(text)] if text != ".." && text != "~")
            });
        if backs {
            kept.pop();
        } else if at_root || !(part.is_empty() || is(&part, ".")) {
            kept.push(part);
        }
    }
    kept
}

fn join(parts: Vec<Vec<Piece>>) -> Form {
    let mut form = Form::default();
    for (nth, part) in parts.into_iter().enumerate() {
        if nth > 0 {
            form.push(Piece::Text("/".to_owned()));
        }
        part.into_iter().for_each(|piece| form.push(piece));
    }
    form
}
