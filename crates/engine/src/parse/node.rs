//! Values that the author fills: literals, templates, bare expressions.

use indexmap::IndexMap;

use super::reader::Reader;
use super::tree::{Kind, Mapping, Pair, Scalar, Style, Yaml};
use crate::diagnostic::Diagnostic;
use crate::template::{Expr, Part, Placement, Template};
use crate::value::Value;
use crate::workflow::{Entry, Node, Tree};

/// What opens a template.
const BRACES: &str = "{{";

impl Reader<'_> {
    /// Reads a value of any shape. What is wrong in it is reported.
    pub(super) fn node(&mut self, yaml: &Yaml) -> Node {
        let tree = match &yaml.kind {
            Kind::Scalar(scalar) => return self.scalar_node(yaml, scalar),
            Kind::List(items) => Tree::List(items.iter().map(|item| self.node(item)).collect()),
            Kind::Map(map) => Tree::Map(self.entries(map)),
            Kind::Bad => return Node::unreadable(yaml.span),
        };
        Node { span: yaml.span, tree }
    }

    fn scalar_node(&mut self, yaml: &Yaml, scalar: &Scalar) -> Node {
        let span = yaml.span;
        if !scalar.text.contains(BRACES) || !matches!(scalar.value, Value::Text(_)) {
            return Node { span, tree: Tree::Literal(scalar.value.clone()) };
        }
        match Template::parse(&scalar.text, Placement { span, verbatim: scalar.verbatim }) {
            Ok(template) => {
                let text = literal_text(&template);
                Node { span, tree: text.map_or(Tree::Template(template), Tree::Literal) }
            }
            Err(found) => {
                self.push_all(found);
                Node::unreadable(span)
            }
        }
    }

    /// Reads the entries of a mapping whose keys the author chooses.
    pub(super) fn entries(&mut self, map: &Mapping) -> IndexMap<String, Entry> {
        let entry = |pair: &Pair| {
            self.literal_key(pair);
            (pair.key.clone(), Entry { key: pair.span, node: self.node(&pair.value) })
        };
        map.pairs.iter().map(entry).collect()
    }

    fn literal_key(&mut self, pair: &Pair) {
        if pair.key.contains(BRACES) {
            let message = format!("the key `{}` holds a template", pair.key);
            let found = Diagnostic::error("K10", pair.span, message);
            self.push(found.help("keys are literal; templates stand in values only"));
        }
    }

    /// Reads the mapping of a key whose keys the author chooses.
    pub(super) fn free(&mut self, pair: &Pair) -> IndexMap<String, Entry> {
        let what = format!("`{}`", pair.key);
        self.mapping(&pair.value, &what).map(|map| self.entries(map)).unwrap_or_default()
    }

    /// Reads one bare expression.
    pub(super) fn expression(&mut self, pair: &Pair) -> Option<Expr> {
        let what = format!("`{}`", pair.key);
        let Some(scalar) = pair.value.as_scalar() else {
            self.wrong_kind(&pair.value, &what, "one expression", "one line of text");
            return None;
        };
        let at = Placement { span: pair.value.span, verbatim: scalar.verbatim };
        let parsed = if scalar.style == Style::Bare {
            let inner = inner_of_bare(&scalar.text)?;
            self.without_braces(pair, inner);
            let verbatim = at.verbatim.map(|start| start + BRACES.len());
            Expr::parse(inner, Placement { verbatim, ..at })
        } else {
            Expr::parse(&scalar.text, at)
        };
        match parsed {
            Ok(expr) => Some(expr),
            Err(found) => {
                self.push_all(found);
                None
            }
        }
    }

    /// Puts another way out into the finding about a template without quotes: here no template is
    /// wanted at all.
    fn without_braces(&mut self, pair: &Pair, inner: &str) {
        let help = format!("write it without braces: `{}: {}`", pair.key, inner.trim());
        self.change(pair.value.span, "Y09", help);
    }

    /// Reads text that may hold templates, of a key that wants text.
    pub(super) fn template_text(&mut self, pair: &Pair) -> Option<Node> {
        self.text(&pair.value, &format!("`{}`", pair.key))?;
        Some(self.node(&pair.value))
    }

    /// Adds findings of the templates.
    pub(super) fn push_all(&mut self, found: Vec<Diagnostic>) {
        found.into_iter().for_each(|found| self.push(found));
    }
}

/// Returns the text of a template that is nothing but text, such as `\{{`.
fn literal_text(template: &Template) -> Option<Value> {
    let parts: Option<Vec<&str>> = template
        .parts
        .iter()
        .map(|part| match part {
            Part::Text(text) => Some(text.as_str()),
            Part::Expr(_) | Part::If { .. } | Part::Each { .. } => None,
        })
        .collect();
    parts.map(|parts| Value::Text(parts.concat()))
}

/// Returns what stands inside the braces of a text that is just one pair of them.
fn inner_of_bare(text: &str) -> Option<&str> {
    let inner = text.strip_prefix(BRACES)?.strip_suffix("}}")?;
    (!inner.contains(BRACES)).then_some(inner)
}
