//! What surely is not null where a step runs, because its `when` or `for_each` says so.

use std::collections::BTreeSet;

use crate::check::checked::{Checked, Node};
use crate::template::{Expr, Kind, Path};
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
        if let Some(ForEach::Expr(list)) = &node.decl.for_each
            && let Some(path) = list.as_path()
        {
            self.not_null(path);
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
            Kind::Call { helper: "and", args, .. } => args.iter().for_each(|arg| self.assume(arg)),
            Kind::Call { helper: "or", args, .. } => self.assume_any(args),
            Kind::Path(_) | Kind::Literal(_) | Kind::Call { .. } => {
                condition.not_null_if_true(&mut |path| self.not_null(path));
            }
        }
    }

    /// Takes one of several conditions to hold: known is what each of them alone would tell.
    fn assume_any(&mut self, conditions: &[Expr]) {
        let alone = |condition: &Expr| {
            let mut facts = Self::default();
            facts.assume(condition);
            facts
        };
        let common = conditions.iter().map(alone).reduce(|common, other| Self {
            paths: common.paths.intersection(&other.paths).cloned().collect(),
            conditions: common.conditions.intersection(&other.conditions).cloned().collect(),
        });
        if let Some(common) = common {
            self.paths.extend(common.paths);
            self.conditions.extend(common.conditions);
        }
    }

    /// Takes a path, and all that it goes through, not to be null.
    fn not_null(&mut self, path: &Path) {
        let mut text = path.head.clone();
        self.paths.insert(text.clone());
        for (name, _) in &path.rest {
            text.push('.');
            text.push_str(name);
            self.paths.insert(text.clone());
        }
    }

    /// Says whether an expression is known not to be null because a condition is just that, or the
    /// map that it looks into.
    pub(super) fn has_value(&self, expr: &Expr) -> bool {
        let Kind::Call { helper, args, .. } = &expr.kind else { return false };
        self.conditions.contains(&key(expr))
            || (*helper == "lookup" && args.first().is_some_and(|map| self.has_value(map)))
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
