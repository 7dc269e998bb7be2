//! What an expression for an id gives: one captured credential, or something that could be another.

use crate::check::rules::flow::{Flow, is_part_of, text_of};
use crate::source::Span;
use crate::spec::Role;
use crate::template::{Expr, Kind, Part, Path};
use crate::types::Type;
use crate::workflow::{ForEach, Node, Tree};

/// Asks for one revoke of a workflow.
pub(super) struct Ask<'a> {
    /// The workflow.
    pub(super) flow: &'a Flow<'a>,
    /// The revoke, by index.
    pub(super) revoke: usize,
}

/// What is wrong with an id.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// It is written out.
    Literal,
    /// It is picked by where it stands: `first`, `last`, a number.
    Position(String),
    /// It is a list.
    Many,
    /// It is each item of a list that nothing narrows.
    Unfiltered,
    /// It is an item, in a workflow of one credential.
    ItemOfCredential,
    /// It is what this run makes and promotes.
    New(String),
    /// It is read when the new one may be there already.
    ReadTooLate(String),
    /// It comes from a step that does not only look.
    NotRead(String),
    /// It is something that is no id at all.
    NotAnId(String),
}

type Verdict = Result<(), (Span, Fault)>;

impl Ask<'_> {
    /// Judges what a parameter is given.
    pub(super) fn value(&self, node: &Node) -> Verdict {
        let template = match &node.tree {
            Tree::Literal(_) => return Err((node.span, Fault::Literal)),
            Tree::List(_) | Tree::Map(_) => return Err((node.span, Fault::Many)),
            Tree::Template(template) => template,
        };
        self.parts(&template.parts)?;
        let named = template.parts.iter().any(|part| !matches!(part, Part::Text(_)));
        if named { Ok(()) } else { Err((node.span, Fault::Literal)) }
    }

    fn parts(&self, parts: &[Part]) -> Verdict {
        parts.iter().try_for_each(|part| match part {
            Part::Text(_) => Ok(()),
            Part::Expr(expr) => self.expr(expr),
            Part::If { arms, otherwise } => {
                arms.iter().try_for_each(|(_, then)| self.parts(then))?;
                self.parts(otherwise)
            }
            Part::Each { list, .. } => Err((list.span, Fault::Many)),
        })
    }

    fn expr(&self, expr: &Expr) -> Verdict {
        match &expr.kind {
            Kind::Literal(_) => Err((expr.span, Fault::Literal)),
            Kind::Path(path) => self.path(path).map_err(|fault| (expr.span, fault)),
            Kind::Call { helper, args, named } => self.call(expr, helper, args, named),
        }
    }

    fn call(&self, expr: &Expr, helper: &str, args: &[Expr], named: &[(String, Expr)]) -> Verdict {
        match (helper, args) {
            ("first" | "last", _) => Err((expr.span, Fault::Position(format!("the {helper}")))),
            ("lookup", [list, key]) => self.lookup(list, key),
            ("find", [list]) if !named.is_empty() => self.source(list),
            ("find" | "filter" | "map" | "sort_by" | "split", _) => Err((expr.span, Fault::Many)),
            // What is joined of several may be partly written out.
            ("concat", args) => {
                let (_, names): (Vec<&Expr>, Vec<&Expr>) =
                    args.iter().partition(|arg| matches!(arg.kind, Kind::Literal(_)));
                if names.is_empty() {
                    return Err((expr.span, Fault::Literal));
                }
                names.into_iter().try_for_each(|arg| self.expr(arg))
            }
            ("default", args) => args.iter().try_for_each(|arg| self.expr(arg)),
            (_, [first, ..]) => self.expr(first),
            (_, []) => Err((expr.span, Fault::Literal)),
        }
    }

    fn lookup(&self, list: &Expr, key: &Expr) -> Verdict {
        match (&list.kind, &key.kind) {
            (Kind::Call { helper: "find", .. }, Kind::Literal(key)) if key.as_text().is_some() => {
                self.expr(list)
            }
            (_, Kind::Literal(key)) if key.as_text().is_some() => self.expr(list),
            _ => Err((key.span, Fault::Position("an item".to_owned()))),
        }
    }

    fn path(&self, path: &Path) -> Result<(), Fault> {
        let names: Vec<&str> = path.rest.iter().map(|(name, _)| name.as_str()).collect();
        let is_number = |name: &&&str| name.bytes().all(|byte| byte.is_ascii_digit());
        if let Some(number) = names.iter().find(is_number) {
            return Err(Fault::Position(format!("number {number}")));
        }
        match (path.head.as_str(), names.as_slice()) {
            ("credential", ["old", "id"]) => Ok(()),
            ("inputs", [name]) => match self.flow.checked.workflow().inputs.get(*name) {
                Some(input) if matches!(input.ty, Type::List(_)) => Err(Fault::Many),
                _ => Ok(()),
            },
            ("inputs", _) => Ok(()),
            ("steps", [id, output @ ..]) => {
                self.step(path, id)?;
                if self.is_list(id, output) { Err(Fault::Many) } else { Ok(()) }
            }
            ("item", _) => self.item(),
            _ => Err(Fault::NotAnId(text_of(path))),
        }
    }

    /// Judges where an id comes from, whatever is picked of it.
    fn source(&self, list: &Expr) -> Verdict {
        match &list.kind {
            Kind::Literal(_) => Err((list.span, Fault::Literal)),
            Kind::Call { args, .. } => match args.first() {
                Some(first) => self.source(first),
                None => Err((list.span, Fault::Literal)),
            },
            Kind::Path(path) => match (path.head.as_str(), path.rest.first()) {
                ("inputs", _) => Ok(()),
                ("steps", Some((id, _))) => self.step(path, id).map_err(|fault| (list.span, fault)),
                _ => Err((list.span, Fault::NotAnId(text_of(path)))),
            },
        }
    }

    fn step(&self, path: &Path, id: &str) -> Result<(), Fault> {
        let Some(source) = self.flow.checked.index(id) else { return Ok(()) };
        let node = self.flow.node(source);
        let promoted = self.flow.checked.create().filter(|_| self.flow.checked.promote().is_some());
        if Some(source) == promoted {
            return Err(Fault::New(id.to_owned()));
        }
        if node.role == Role::Create || self.made_here(source, path) {
            return Ok(());
        }
        if node.role != Role::Read {
            return Err(Fault::NotRead(id.to_owned()));
        }
        let creates =
            (0..self.flow.nodes().len()).filter(|nth| self.flow.node(*nth).role == Role::Create);
        let mut late = creates.filter(|create| !self.flow.is_before(source, *create));
        if late.next().is_some() { Err(Fault::ReadTooLate(id.to_owned())) } else { Ok(()) }
    }

    /// Whether a program of the author's made what the run keeps, and this is of its answer.
    fn made_here(&self, source: usize, path: &Path) -> bool {
        let text = text_of(path);
        self.flow
            .made_at(source)
            .is_some_and(|made| made.values.iter().all(|value| !is_part_of(&text, value)))
    }

    /// Whether an output of a step, or what a path leads to in it, is a list.
    fn is_list(&self, id: &str, output: &[&str]) -> bool {
        let Some(source) = self.flow.checked.index(id) else { return false };
        let node = self.flow.node(source);
        if node.decl.for_each.is_some() {
            return true;
        }
        let Some((name, rest)) = output.split_first() else { return true };
        let mut outputs = node.step.spec().outputs_with(&node.literals);
        let Some(found) = outputs.find(|found| found.name == *name) else { return false };
        let mut ty = &found.ty;
        for name in rest {
            match ty {
                Type::Object(fields) => match fields.get(*name) {
                    Some(field) => ty = field,
                    None => return false,
                },
                Type::Map(of) => ty = of,
                _ => break,
            }
        }
        matches!(ty, Type::List(_))
    }

    fn item(&self) -> Result<(), Fault> {
        if self.flow.checked.workflow().credential.is_some() {
            return Err(Fault::ItemOfCredential);
        }
        match &self.flow.node(self.revoke).decl.for_each {
            None => Ok(()),
            Some(ForEach::List(list)) if list.literal().is_some() => Err(Fault::Literal),
            Some(ForEach::List(_)) => Ok(()),
            Some(ForEach::Expr(expr)) => self.narrowed(expr),
        }
    }

    /// Judges a list by whether something narrows it: a `filter`, or whoever gave the inputs.
    fn narrowed(&self, list: &Expr) -> Result<(), Fault> {
        match &list.kind {
            Kind::Literal(_) => Err(Fault::Literal),
            Kind::Path(path) if path.head == "inputs" => Ok(()),
            Kind::Path(_) => Err(Fault::Unfiltered),
            Kind::Call { helper: "filter", named, .. } if !named.is_empty() => {
                self.source(list).map_err(|(_, fault)| fault)
            }
            Kind::Call { helper: "map" | "sort_by" | "split" | "default", args, .. } => {
                args.first().map_or(Err(Fault::Unfiltered), |first| self.narrowed(first))
            }
            Kind::Call { .. } => Err(Fault::Unfiltered),
        }
    }
}
