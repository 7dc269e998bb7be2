//! What surely is not null where a step runs, because its `when` or `for_each` says so.

use std::collections::BTreeSet;

use crate::check::checked::{Checked, Node};
use crate::template::{Expr, Kind, Path};
use crate::value::Value;
use crate::workflow::{ForEach, OnError};

/// What is known where a step runs.
#[derive(Debug, Clone, Default)]
pub(super) struct Facts {
    /// Paths that are not null, as text, with all that they go through.
    paths: BTreeSet<String>,
    /// Conditions that hold, as text.
    conditions: BTreeSet<String>,
}

impl Facts {
    /// Gathers what is known where a step runs: from its own conditions, and from those of every
    /// step that must have run for them to hold.
    pub(super) fn of(node: &Node, checked: &Checked) -> Self {
        let mut facts = Self::default();
        let mut seen = BTreeSet::new();
        facts.learn(node);
        loop {
            let next = facts.ran(checked).find(|at| !seen.contains(at));
            let Some(at) = next else { return facts };
            seen.insert(at);
            facts.learn(&checked.nodes[at]);
        }
    }

    /// Returns the steps that a known path goes through. The list of a step with `for_each` is
    /// there whatever its items did.
    fn ran<'a>(&'a self, checked: &'a Checked) -> impl Iterator<Item = usize> + 'a {
        self.paths
            .iter()
            .filter_map(|path| checked.index(path.strip_prefix("steps.")?))
            .filter(|at| checked.nodes[*at].decl.for_each.is_none())
    }

    fn learn(&mut self, node: &Node) {
        if let Some(when) = &node.decl.when {
            self.assume(when);
        }
        if let Some(ForEach::Expr(list)) = &node.decl.for_each {
            self.not_null(list);
        }
    }

    /// Says whether a path is known not to be null.
    pub(super) fn has(&self, path: &str) -> bool {
        self.paths.contains(path)
    }

    /// Says whether a step surely ran and gave outputs.
    pub(super) fn has_run(&self, node: &Node) -> bool {
        if self.has(&format!("steps.{}", node.id())) {
            return true;
        }
        let continues = node.decl.on_error.as_ref().is_some_and(|on| on.value == OnError::Continue);
        !continues && node.decl.when.as_ref().is_some_and(|when| self.holds(when))
    }

    fn holds(&self, condition: &Expr) -> bool {
        if self.conditions.contains(&key(condition)) {
            return true;
        }
        match &condition.kind {
            Kind::Call { helper: "and", args, .. } => args.iter().all(|arg| self.holds(arg)),
            Kind::Path(path) => is_nullable_only(path) && self.has(&path_text(path)),
            Kind::Literal(_) | Kind::Call { .. } => false,
        }
    }

    /// Takes a condition to hold.
    fn assume(&mut self, condition: &Expr) {
        self.conditions.insert(key(condition));
        match &condition.kind {
            Kind::Path(_) => self.not_null(condition),
            Kind::Literal(_) => {}
            Kind::Call { helper, args, .. } => match (*helper, args.as_slice()) {
                ("and", args) => args.iter().for_each(|arg| self.assume(arg)),
                ("or", [first, rest @ ..]) => self.assume_any(first, rest),
                ("not", [inner]) => self.deny(inner),
                ("ne", [a, b]) => self.differ(a, b),
                ("eq", [a, b]) => self.equal(a, b),
                ("gt" | "gte" | "lt" | "lte", args) => {
                    args.iter().for_each(|arg| self.not_null(arg));
                }
                ("contains", [list, ..]) => self.not_null(list),
                _other_helper => self.not_null(condition),
            },
        }
    }

    fn assume_any(&mut self, first: &Expr, rest: &[Expr]) {
        let alone = |arg: &Expr| {
            let mut facts = Self::default();
            facts.assume(arg);
            facts
        };
        let common = rest.iter().map(alone).fold(alone(first), |common, other| Self {
            paths: common.paths.intersection(&other.paths).cloned().collect(),
            conditions: common.conditions.intersection(&other.conditions).cloned().collect(),
        });
        self.paths.extend(common.paths);
        self.conditions.extend(common.conditions);
    }

    /// Takes a condition not to hold.
    fn deny(&mut self, condition: &Expr) {
        let Kind::Call { helper, args, .. } = &condition.kind else { return };
        match (*helper, args.as_slice()) {
            ("or", args) => args.iter().for_each(|arg| self.deny(arg)),
            ("not", [inner]) => self.assume(inner),
            ("eq", [a, b]) => self.differ(a, b),
            ("ne", [a, b]) => self.equal(a, b),
            _other_helper => {}
        }
    }

    fn differ(&mut self, a: &Expr, b: &Expr) {
        if is_null(b) {
            self.not_null(a);
        }
        if is_null(a) {
            self.not_null(b);
        }
    }

    fn equal(&mut self, a: &Expr, b: &Expr) {
        if is_value(b) {
            self.not_null(a);
        }
        if is_value(a) {
            self.not_null(b);
        }
    }

    /// Takes an expression not to be null, and so what it is made of, where null gives null.
    fn not_null(&mut self, expr: &Expr) {
        match &expr.kind {
            Kind::Literal(_) => {}
            Kind::Path(path) => {
                let mut text = path.head.clone();
                for (name, _) in &path.rest {
                    text.push('.');
                    text.push_str(name);
                    self.paths.insert(text.clone());
                }
                self.paths.insert(path.head.clone());
            }
            Kind::Call { helper: "len" | "first" | "last" | "lookup" | "find", args, .. } => {
                if let Some(from) = args.first() {
                    self.not_null(from);
                }
            }
            Kind::Call { .. } => {}
        }
    }
}

/// Says whether a step may be finished without outputs.
pub(super) fn is_conditional(node: &Node) -> bool {
    let continues = node.decl.on_error.as_ref().is_some_and(|on| on.value == OnError::Continue);
    node.decl.when.is_some() || continues
}

/// Paths that are a map or null: not null is enough for the condition to hold.
fn is_nullable_only(path: &Path) -> bool {
    matches!((path.head.as_str(), path.rest.len()), ("credential", 1) | ("steps", 1))
}

fn is_null(expr: &Expr) -> bool {
    matches!(&expr.kind, Kind::Literal(Value::Null))
}

fn is_value(expr: &Expr) -> bool {
    matches!(&expr.kind, Kind::Literal(value) if !value.is_null())
}

/// Returns a path as it is written.
pub(crate) fn path_text(path: &Path) -> String {
    let mut text = path.head.clone();
    for (name, _) in &path.rest {
        text.push('.');
        text.push_str(name);
    }
    text
}

/// Returns an expression as text that is the same wherever the same expression stands.
fn key(expr: &Expr) -> String {
    match &expr.kind {
        Kind::Literal(value) => format!("{value:?}"),
        Kind::Path(path) => path_text(path),
        Kind::Call { helper, args, named } => {
            let args: Vec<String> = args.iter().map(key).collect();
            let named: Vec<String> =
                named.iter().map(|(name, arg)| format!("{name}={}", key(arg))).collect();
            format!("({helper} {} {})", args.join(" "), named.join(" "))
        }
    }
}
