//! What several rules ask: what is made, where it goes, what places hold it, what proves what.

mod proof;
mod uses;

use std::collections::BTreeSet;

pub(crate) use proof::{Doubt, takes_word};
pub(crate) use uses::{Site, Use, is_part_of, text_of, uses};

use crate::check::place::{self, At, Known, Login, Nothing};
use crate::check::{Checked, Node, holds_secret};
use crate::source::Span;
use crate::spec::Role;
use crate::step::Registry;
use crate::types::Type;
use crate::value::Value;
use crate::workflow::StepDecl;

/// A workflow with the answers to what the rules ask again and again.
pub(crate) struct Flow<'a> {
    /// The workflow.
    pub(crate) checked: &'a Checked,
    /// All steps that there are, for messages that show one.
    pub(crate) registry: &'a Registry,
    /// What is made in it, in written order.
    pub(crate) made: Vec<Made>,
    facts: Vec<Facts<'a>>,
}

/// What one step does, as far as the rules care.
struct Facts<'a> {
    uses: Vec<Use<'a>>,
    written: Option<At>,
    read: Option<At>,
    logins: Vec<Login>,
}

/// A credential that a step makes.
#[derive(Debug, Clone)]
pub(crate) struct Made {
    /// The step, by index.
    pub(crate) node: usize,
    /// How its value comes to be.
    pub(crate) origin: Origin,
    /// The references that are its secret: `steps.create.token`.
    pub(crate) values: Vec<String>,
    /// Those, and the secrets that reading steps return from places that hold it.
    pub(crate) carriers: BTreeSet<String>,
}

/// How the value of a credential comes to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    /// The provider makes it up and returns it.
    Provider,
    /// We choose it, and it is handed to the step.
    Chosen,
    /// A program or an address of the author's answers with it.
    Answer,
}

impl<'a> Flow<'a> {
    /// Follows the values of a workflow.
    pub(crate) fn of(checked: &'a Checked, registry: &'a Registry) -> Self {
        Self::knowing(checked, registry, &Nothing)
    }

    /// Follows the values of a workflow where something is known by value.
    pub(crate) fn knowing(checked: &'a Checked, registry: &'a Registry, known: &dyn Known) -> Self {
        let facts = checked.nodes().iter().map(|node| Facts {
            uses: uses(&node.decl),
            written: place::written(checked, node, known),
            read: place::read(checked, node, known),
            logins: place::logins(checked, node, known),
        });
        let mut flow = Self { checked, registry, facts: facts.collect(), made: Vec::new() };
        flow.made = (0..flow.nodes().len()).filter_map(|nth| flow.made_by(nth)).collect();
        flow
    }

    /// Returns the steps in written order.
    pub(crate) fn nodes(&self) -> &'a [Node] {
        self.checked.nodes()
    }

    /// Returns a step by index.
    pub(crate) fn node(&self, nth: usize) -> &'a Node {
        &self.checked.nodes()[nth]
    }

    /// Returns the id of a step.
    pub(crate) fn id(&self, nth: usize) -> &'a str {
        &self.node(nth).decl.id.value
    }

    /// Returns where a step is named: `id: create`.
    pub(crate) fn head(&self, nth: usize) -> Span {
        head(self.checked, &self.node(nth).decl)
    }

    /// Says whether one step is surely finished before another one starts.
    pub(crate) fn is_before(&self, first: usize, then: usize) -> bool {
        self.checked.is_before(first, then)
    }

    /// Returns the references that a step makes.
    pub(crate) fn uses(&self, nth: usize) -> &[Use<'a>] {
        &self.facts[nth].uses
    }

    /// Returns the place that a step writes.
    pub(crate) fn written(&self, nth: usize) -> Option<&At> {
        self.facts[nth].written.as_ref()
    }

    /// Returns the place that a step reads.
    pub(crate) fn read(&self, nth: usize) -> Option<&At> {
        self.facts[nth].read.as_ref()
    }

    /// Returns what a step logs in with.
    pub(crate) fn logins(&self, nth: usize) -> &[Login] {
        &self.facts[nth].logins
    }

    /// Returns what the workflow's credential is about to be.
    pub(crate) fn pending(&self) -> Option<&Made> {
        let create = self.checked.create()?;
        self.made.iter().find(|made| made.node == create)
    }

    /// Returns the credential that a step makes.
    pub(crate) fn made_at(&self, nth: usize) -> Option<&Made> {
        self.made.iter().find(|made| made.node == nth)
    }

    /// Says whether a step keeps or hands out a value: it is a store or a publish.
    pub(crate) fn is_keeper(&self, nth: usize) -> bool {
        matches!(self.node(nth).role, Role::Store | Role::Publish)
    }

    /// Returns the use by which a parameter of a step is made with a credential's value.
    pub(crate) fn given(&self, nth: usize, made: &Made) -> Option<&Use<'a>> {
        self.in_params(nth).find(|used| made.carriers.iter().any(|value| used.touches(value)))
    }

    /// Returns the use by which a step is handed a value itself, not read back from a place.
    pub(crate) fn given_made(&self, nth: usize, made: &Made) -> Option<&Use<'a>> {
        self.in_params(nth).find(|used| made.values.iter().any(|value| used.touches(value)))
    }

    /// Returns the use by which a parameter, or an entry of its map, is just a reference.
    pub(crate) fn whole(&self, nth: usize, value: &str) -> Option<&Use<'a>> {
        self.in_params(nth).find(|used| used.whole && used.text == value)
    }

    /// Says whether a step puts a credential's value into a place: a store or publish that is made
    /// with it, or a program or address of the author's that is given it whole.
    pub(crate) fn holds(&self, nth: usize, made: &Made) -> bool {
        if nth == made.node {
            return false;
        }
        if self.is_keeper(nth) {
            return self.given(nth, made).is_some();
        }
        self.is_general_write(nth)
            && made.values.iter().any(|value| self.whole(nth, value).is_some())
    }

    /// Returns the steps that put a credential's value into a place.
    pub(crate) fn holders(&self, made: &'a Made) -> impl Iterator<Item = usize> {
        (0..self.nodes().len()).filter(|nth| self.holds(*nth, made))
    }

    /// Says whether a step is a program or address of the author's that writes.
    pub(crate) fn is_general_write(&self, nth: usize) -> bool {
        let node = self.node(nth);
        takes_word(node) && node.role != Role::Read
    }

    /// Says whether a step keeps the chosen value before it is set.
    pub(crate) fn keeps_pending(&self, nth: usize, made: &Made) -> bool {
        made.origin == Origin::Chosen
            && self.is_keeper(nth)
            && self.is_before(nth, made.node)
            && made.values.iter().any(|value| self.whole(nth, value).is_some())
    }

    /// Says whether a revoke ends something that the run itself has made and does not promote.
    pub(crate) fn ends_own(&self, nth: usize) -> bool {
        let Some(param) = &self.node(nth).step.spec().revokes else { return false };
        let promoted = self.checked.create();
        self.in_params(nth).filter(|used| used.site == Site::Param(param)).any(|used| {
            let source = used.step().and_then(|id| self.checked.index(id));
            source.is_some_and(|source| {
                Some(source) != promoted
                    && (self.node(source).role == Role::Create || self.made_at(source).is_some())
            })
        })
    }

    /// Returns the revokes of what the run replaces: all but those of what it made itself.
    pub(crate) fn revokes_of_old(&self) -> impl Iterator<Item = usize> {
        (0..self.nodes().len())
            .filter(|nth| self.node(*nth).role == Role::Revoke && !self.ends_own(*nth))
    }

    /// Returns the places that held the old value: the one that `in_use` read, and those that the
    /// run overwrites with a new one.
    pub(crate) fn held_old(&self) -> Vec<&At> {
        let in_use = self.checked.in_use().and_then(|nth| self.read(nth));
        let overwritten = (0..self.nodes().len())
            .filter(|nth| self.made.iter().any(|made| self.holds(*nth, made)))
            .filter_map(|nth| self.written(nth));
        in_use.into_iter().chain(overwritten).collect()
    }

    fn in_params(&self, nth: usize) -> impl Iterator<Item = &Use<'a>> {
        self.facts[nth].uses.iter().filter(|used| matches!(used.site, Site::Param(_)))
    }

    fn made_by(&self, nth: usize) -> Option<Made> {
        let node = self.node(nth);
        let (origin, values) = if node.role == Role::Create {
            match &node.step.spec().chosen {
                Some(param) => (Origin::Chosen, self.chosen(nth, param)),
                None => (Origin::Provider, secret_outputs(node)),
            }
        } else if self.is_general_write(nth) {
            let values: Vec<String> =
                answers(node).into_iter().filter(|value| self.is_kept(value)).collect();
            if values.is_empty() {
                return None;
            }
            (Origin::Answer, values)
        } else {
            return None;
        };
        let mut made =
            Made { node: nth, origin, carriers: values.iter().cloned().collect(), values };
        self.follow(&mut made);
        Some(made)
    }

    fn chosen(&self, nth: usize, param: &str) -> Vec<String> {
        self.in_params(nth)
            .filter(|used| used.site == Site::Param(param) && used.whole)
            .map(|used| used.text.clone())
            .collect()
    }

    /// Whether a secret reaches a store or publish; one that does not is a session.
    fn is_kept(&self, value: &str) -> bool {
        (0..self.nodes().len())
            .any(|nth| self.is_keeper(nth) && self.in_params(nth).any(|used| used.touches(value)))
    }

    /// Adds what reading steps return from places that hold the value, until there is no more.
    fn follow(&self, made: &mut Made) {
        loop {
            let known = made.carriers.len();
            for nth in 0..self.nodes().len() {
                let Some(from) = self.read(nth) else { continue };
                let holds = self.node(nth).before.iter().any(|writer| {
                    self.written(writer) == Some(from) && self.given(writer, made).is_some()
                });
                if holds {
                    made.carriers.extend(secret_outputs(self.node(nth)));
                }
            }
            if made.carriers.len() == known {
                return;
            }
        }
    }
}

/// Returns where a step is named: `id: create`.
pub(crate) fn head(checked: &Checked, decl: &StepDecl) -> Span {
    let id = decl.id.span;
    let source = &checked.workflow().source;
    let above = source.text.get(..id.start).unwrap_or_default().trim_end_matches([' ', '"', '\'']);
    let key =
        above.strip_suffix(':').and_then(|above| above.trim_end_matches(' ').strip_suffix("id"));
    key.map_or(id, |above| Span::new(above.len(), id.end))
}

/// Returns the references that are secret outputs of a step.
pub(crate) fn secret_outputs(node: &Node) -> Vec<String> {
    let id = &node.decl.id.value;
    node.outputs()
        .filter(|output| holds_secret(&output.ty))
        .map(|output| format!("steps.{id}.{}", output.name))
        .collect()
}

/// What a program or address of the author's answers with that is secret: its secret outputs, and
/// what `seal` takes out of its answer.
fn answers(node: &Node) -> Vec<String> {
    let id = &node.decl.id.value;
    let mut found = secret_outputs(node);
    let sealed = node.literals.get("seal").map(Value::items).unwrap_or_default();
    let kept: Vec<&str> = node
        .outputs()
        .filter(|output| output.ty == Type::Any)
        .map(|output| output.name.as_str())
        .collect();
    for pointer in sealed.iter().filter_map(Value::as_text) {
        let path = pointer.replace('/', ".").replace("~1", "/").replace("~0", "~");
        found.extend(kept.iter().map(|output| format!("steps.{id}.{output}{path}")));
    }
    found
}
