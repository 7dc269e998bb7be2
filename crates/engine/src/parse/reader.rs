//! What every part of the parser reads with: closed mappings, each mistake collected.

use std::rc::Rc;

use super::keys::{Section, Shape};
use super::limits;
use super::tree::{Kind, Mapping, Pair, Style, Yaml};
use crate::diagnostic::{Diagnostic, Diagnostics, nearest};
use crate::source::{Source, Span};

/// Reads the tree and collects what is wrong with it.
pub struct Reader<'a> {
    /// The text.
    pub source: &'a Source,
    found: Diagnostics,
    /// How many findings were not put into words.
    more: usize,
}

/// A mapping of a section, its keys known.
pub struct Fields<'y> {
    /// Where the mapping stands.
    pub span: Span,
    entries: Vec<(&'static str, &'y Pair)>,
    /// Keys that hold nothing, or were misspelt: not missing, and not to be read.
    empty: Vec<&'static str>,
    cut: bool,
    /// Keys that are not known have been reported.
    strange: bool,
}

impl<'y> Fields<'y> {
    /// Returns the entry of a key.
    pub fn get(&self, key: &'static str) -> Option<&'y Pair> {
        self.entries.iter().find(|(name, _)| *name == key).map(|(_, pair)| *pair)
    }

    /// Says whether the text ended inside the mapping, so that keys may only be unread.
    pub fn is_cut(&self) -> bool {
        self.cut
    }

    /// Says whether everything that stands in it could be read, so that what is not there is
    /// missing.
    pub fn is_whole(&self) -> bool {
        !self.cut && self.empty.is_empty() && !self.strange
    }

    /// Returns where the first of some keys stands.
    pub fn place(&self, keys: &[&'static str]) -> Option<Span> {
        keys.iter().find_map(|key| self.get(key)).map(|pair| pair.span)
    }
}

impl<'a> Reader<'a> {
    /// Starts with what is known to be wrong.
    pub fn new(source: &'a Source, found: Vec<Diagnostic>) -> Self {
        Self { source, found: Diagnostics { list: found }, more: 0 }
    }

    /// Adds a finding.
    pub fn push(&mut self, found: Diagnostic) {
        if self.is_full() {
            self.more += 1;
        } else {
            self.found.push(found);
        }
    }

    fn is_full(&self) -> bool {
        self.found.list.len() >= limits::WORDED
    }

    /// Adds a finding where nothing else is wrong.
    pub fn push_if_clean(&mut self, found: Diagnostic) {
        if self.found.is_empty() {
            self.found.push(found);
        }
    }

    /// Gives a finding that is already there another way out.
    pub fn change(&mut self, span: Span, code: &str, help: String) {
        let found =
            self.found.list.iter_mut().find(|found| found.span == span && found.code == code);
        if let Some(found) = found {
            found.help = Some(help);
        }
    }

    /// Returns what was found, in the order of places, the rest of a flood left out.
    pub fn finish(mut self) -> Diagnostics {
        self.found.settle();
        let hidden = self.found.list.len().saturating_sub(limits::FINDINGS);
        self.found.list.truncate(limits::FINDINGS);
        if hidden > 0 {
            let more = hidden + self.more;
            let last = self.found.list.last().map_or(Span::default(), |found| found.span);
            let message = format!("{more} more mistakes are not shown");
            self.found.push(
                Diagnostic::error("Y02", last, message)
                    .help("mend the first ones, and check again"),
            );
        }
        self.found
    }

    /// Reads a mapping of a section. Keys that the section does not have are reported, and so are
    /// those that it wants and that are not there; a misspelt one counts as what it is meant for.
    pub fn fields<'y>(
        &mut self,
        node: &'y Yaml,
        section: &'static Section,
        author_keys: bool,
    ) -> Option<Fields<'y>> {
        let map = self.mapping(node, section.name)?;
        let mut fields = Fields {
            span: node.span,
            entries: Vec::new(),
            empty: Vec::new(),
            cut: map.cut,
            strange: false,
        };
        let mut others = Vec::new();
        for pair in &map.pairs {
            match section.key(&pair.key) {
                Some(key) => fields.entries.push((key.name, pair)),
                None if author_keys && pair.key.starts_with("x-") => {}
                None => others.push(pair),
            }
        }
        fields.strange = !others.is_empty();
        for pair in others {
            let meant = self.unknown_key(pair, section);
            if let Some(meant) = meant.filter(|meant| fields.get(meant).is_none()) {
                fields.entries.push((meant, pair));
            }
        }
        self.drop_empty(&mut fields, section);
        if !map.cut {
            self.missing(map, &fields, section);
        }
        Some(fields)
    }

    /// Takes out what holds nothing. An empty mapping or list of steps is as if it was not written.
    fn drop_empty(&mut self, fields: &mut Fields<'_>, section: &'static Section) {
        let (empty, filled) = std::mem::take(&mut fields.entries)
            .into_iter()
            .partition(|(_, pair)| pair.value.is_null());
        fields.entries = filled;
        for (name, pair) in empty {
            match section.key(name).map(|key| key.shape) {
                Some(Shape::Any) => fields.entries.push((name, pair)),
                Some(Shape::Section(_) | Shape::Named(_) | Shape::Free | Shape::Steps) => {}
                Some(_) | None => {
                    fields.empty.push(name);
                    let message = format!("`{}` holds nothing", pair.key);
                    let found = Diagnostic::error("K05", pair.span, message);
                    self.push(found.help("give it a value, or take the key out"));
                }
            }
        }
    }

    /// Reports a key that a section does not have; returns the one that it must be meant for.
    fn unknown_key(&mut self, pair: &Pair, section: &'static Section) -> Option<&'static str> {
        if self.is_full() {
            self.more += 1;
            return None;
        }
        let message = format!("`{}` is not a key of {}", pair.key, section.name);
        let found = Diagnostic::error("K01", pair.span, message);
        let habit = section.habits.iter().find(|(name, _)| *name == pair.key);
        if let Some((_, help)) = habit {
            self.push(found.help(*help));
            return None;
        }
        let near = nearest(&pair.key, section.names());
        let help = match near {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("its keys are {}", listed(section.names())),
        };
        self.push(found.help(help));
        near.and_then(|near| section.key(near)).map(|key| key.name)
    }

    fn missing(&mut self, map: &Mapping, fields: &Fields<'_>, section: &'static Section) {
        for key in section.keys.iter().filter(|key| key.required) {
            if fields.get(key.name).is_none() && !fields.empty.contains(&key.name) {
                let message = format!("{} needs `{}`", section.name, key.name);
                let span = map.pairs.first().map_or(fields.span, |pair| pair.span);
                let help = format!("add `{}:` {}", key.name, in_brackets(key.summary));
                self.push(Diagnostic::error("K02", span, message).help(help));
            }
        }
    }

    /// Returns a node as a mapping.
    pub fn mapping<'y>(&mut self, node: &'y Yaml, what: &str) -> Option<&'y Mapping> {
        match &node.kind {
            Kind::Map(map) => Some(map),
            Kind::Bad => None,
            Kind::List(_) | Kind::Scalar(_) => {
                self.wrong_kind(node, what, "a mapping", "`key: value`, one a line");
                None
            }
        }
    }

    /// Returns the items of a list.
    pub fn list<'y>(&mut self, pair: &'y Pair, form: &str) -> Option<&'y [Rc<Yaml>]> {
        match &pair.value.kind {
            Kind::List(items) => Some(items),
            Kind::Bad => None,
            Kind::Map(_) | Kind::Scalar(_) => {
                self.wrong_kind(&pair.value, &format!("`{}`", pair.key), "a list", form);
                None
            }
        }
    }

    /// Reports a node of the wrong kind.
    pub fn wrong_kind(&mut self, node: &Yaml, what: &str, wanted: &str, form: &str) {
        let reported = match &node.kind {
            Kind::Bad => true,
            Kind::Scalar(scalar) => scalar.style == Style::Bare,
            Kind::List(_) | Kind::Map(_) => false,
        };
        if reported {
            return;
        }
        let message = format!("{what} is {wanted}, and this is {}", node.words());
        self.push(
            Diagnostic::error("K03", self.visible(node.span), message)
                .help(format!("write {form}")),
        );
    }

    /// Returns a place with at least one character to point at, the line before it where there is
    /// none.
    fn visible(&self, span: Span) -> Span {
        if !span.range().is_empty() {
            return span;
        }
        let before = self.source.text[..span.start].trim_end();
        let last = before.chars().next_back().map_or(0, char::len_utf8);
        Span::new(before.len() - last, before.len())
    }
}

/// Makes a sentence a remark.
fn in_brackets(sentence: &str) -> String {
    let mut letters = sentence.trim_end_matches('.').chars();
    let first = letters.next().map(|c| c.to_ascii_lowercase());
    format!("({})", first.into_iter().chain(letters).collect::<String>())
}

/// Lists names for a message: `a`, `b` and `c`.
pub fn listed<'n>(names: impl Iterator<Item = &'n str>) -> String {
    let quoted: Vec<String> = names.map(|name| format!("`{name}`")).collect();
    match quoted.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
        None => String::new(),
    }
}
