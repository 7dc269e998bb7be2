//! From events to the tree: keys, aliases and merges, each mistake of the YAML itself.

use std::collections::HashMap;
use std::rc::Rc;

use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Span as Marks, StrInput, Tag};

use super::bare;
use super::bytes::Bytes;
use super::limits;
use super::mapping::{self, Prefer};
use super::mend::{Mend, Patch};
use super::scalar::{self, Unfit};
use super::tree::{Kind, Scalar, Style, Yaml};
use crate::diagnostic::Diagnostic;
use crate::source::Span;
use crate::value::{Value, clean};

/// What came of one reading.
pub(super) struct Reading {
    /// The tree; none where the text is empty.
    pub(super) root: Option<Rc<Yaml>>,
    /// What is wrong with it, as YAML.
    pub(super) found: Vec<Diagnostic>,
    /// Where the reading stopped, and why, where the text is no YAML from there on.
    pub(super) stopped: Option<(usize, String)>,
    /// Whether there was a merge.
    pub(super) merges: bool,
}

/// A list or map whose end is still to come.
struct Open {
    span: Span,
    anchor: usize,
    flow: bool,
    nodes: Vec<Rc<Yaml>>,
    is_map: bool,
    /// How many findings there were when it began.
    before: usize,
}

struct Builder<'a> {
    text: &'a str,
    bytes: Bytes,
    patches: &'a [Patch],
    prefer: Prefer,
    open: Vec<Open>,
    anchors: HashMap<usize, Rc<Yaml>>,
    aliases: usize,
    nodes: usize,
    documents: usize,
    root: Option<Rc<Yaml>>,
    found: Vec<Diagnostic>,
    merges: bool,
}

/// Whether to go on reading.
type Step = Result<(), Stop>;

/// Nothing behind this is worth reading.
struct Stop;

/// Reads a text. `patched` is the same text, letter for letter in the same places, with the
/// patches in it.
pub(super) fn read(text: &str, patched: &str, patches: &[Patch], prefer: Prefer) -> Reading {
    let mut parser = Parser::new_from_str(patched);
    let mut builder = Builder {
        text,
        bytes: Bytes::new(text),
        patches,
        prefer,
        open: Vec::new(),
        anchors: HashMap::new(),
        aliases: 0,
        nodes: 0,
        documents: 0,
        root: None,
        found: Vec::new(),
        merges: false,
    };
    let stopped = builder.drive(&mut parser);
    builder.close_all();
    Reading { root: builder.root, found: builder.found, stopped, merges: builder.merges }
}

impl Builder<'_> {
    fn drive<'i>(&mut self, parser: &mut Parser<'i, StrInput<'i>>) -> Option<(usize, String)> {
        while let Some(next) = parser.next_event() {
            match next {
                Ok((event, marks)) => {
                    if self.event(event, marks).is_err() {
                        return None;
                    }
                }
                Err(error) => return Some(self.place(&error)),
            }
        }
        None
    }

    fn place(&self, error: &ScanError) -> (usize, String) {
        (self.bytes.at(error.marker().index()), error.info().to_owned())
    }

    fn event(&mut self, event: Event<'_>, marks: Marks) -> Step {
        let span = Span::new(self.bytes.at(marks.start.index()), self.bytes.at(marks.end.index()));
        match event {
            Event::DocumentStart(_) => self.document(span),
            Event::Alias(id) => self.alias(id, span),
            Event::Scalar(text, style, anchor, tag) => {
                self.tag(tag.as_deref(), span);
                self.nodes += 1;
                let node = self.scalar(&text, style, span);
                self.add(Rc::new(node), anchor)
            }
            Event::SequenceStart(anchor, tag) => self.start(false, anchor, tag.as_deref(), span),
            Event::MappingStart(anchor, tag) => self.start(true, anchor, tag.as_deref(), span),
            Event::SequenceEnd | Event::MappingEnd => self.end(span.start + 1),
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => Ok(()),
        }
    }

    fn document(&mut self, span: Span) -> Step {
        self.documents += 1;
        if self.documents == 1 {
            return Ok(());
        }
        let found = Diagnostic::error("Y05", span, "a second document begins here")
            .help("one file is one workflow: move what follows to a file of its own");
        self.found.push(found);
        Err(Stop)
    }

    fn tag(&mut self, tag: Option<&Tag>, span: Span) {
        let Some(tag) = tag else { return };
        let name = if tag.is_yaml_core_schema() {
            format!("!!{}", tag.suffix)
        } else if tag.handle.starts_with('!') {
            format!("{}{}", tag.handle, tag.suffix)
        } else {
            format!("!<{}{}>", tag.handle, tag.suffix)
        };
        let help = if name == "!!str" { "write the text in quotes instead" } else { "take it off" };
        let found =
            Diagnostic::error("Y04", span, format!("the tag `{}` is refused", clean(&name)));
        self.found.push(found.help(help));
    }

    fn scalar(&mut self, text: &str, style: ScalarStyle, span: Span) -> Yaml {
        if let Some(patch) = self.patches.iter().find(|patch| patch.covers(span.start)) {
            return self.patched(patch);
        }
        let (span, verbatim) = self.place_of(text, style, span);
        let plain = style == ScalarStyle::Plain;
        let value = if plain { scalar::read(text) } else { Ok(Value::Text(clean(text))) };
        match value {
            Ok(value) => {
                let style = if plain { Style::Plain } else { Style::Quoted };
                let scalar = Scalar { value, text: clean(text), style, verbatim };
                Yaml::leaf(span, Kind::Scalar(scalar))
            }
            Err(unfit) => {
                self.found.push(unfit_number(text, unfit, span));
                Yaml::leaf(span, Kind::Bad)
            }
        }
    }

    fn patched(&self, patch: &Patch) -> Yaml {
        match patch.mend {
            Mend::Template => bare::template(self.text, patch.span),
            Mend::Alias => Yaml::leaf(patch.span, Kind::Bad),
        }
    }

    /// Returns the place of a scalar without its tag and anchor, and that of its first character
    /// where its text stands in the source as it is.
    fn place_of(&self, text: &str, style: ScalarStyle, span: Span) -> (Span, Option<usize>) {
        let quote = match style {
            ScalarStyle::Plain => 0,
            ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => 1,
            ScalarStyle::Literal | ScalarStyle::Folded => {
                let written = self.text.get(span.range()).unwrap_or("").trim_end();
                return (Span::new(span.start, span.start + written.len()), None);
            }
        };
        // In a flow mapping the parser counts the blanks after a quote to the scalar.
        let end = span.start + self.text.get(span.range()).unwrap_or("").trim_end().len();
        let span = Span::new(span.start, end);
        let Some(start) = span.end.checked_sub(quote + text.len()) else { return (span, None) };
        let written = self.text.get(start..start + text.len());
        if written == Some(text) && start >= span.start + quote {
            (Span::new(start - quote, span.end), Some(start))
        } else {
            (span, None)
        }
    }

    fn alias(&mut self, id: usize, span: Span) -> Step {
        self.aliases += 1;
        if self.aliases > limits::ALIASES {
            return self.too_much(span, format!("more than {} aliases", limits::ALIASES));
        }
        let node = self.anchors.get(&id).map(Rc::clone).unwrap_or_else(|| {
            let found = Diagnostic::error("Y07", span, "this alias stands inside its own anchor")
                .help("a value cannot hold itself: write it out");
            self.found.push(found);
            Rc::new(Yaml::leaf(span, Kind::Bad))
        });
        self.nodes += node.weight;
        self.add(node, 0)
    }

    fn start(&mut self, is_map: bool, anchor: usize, tag: Option<&Tag>, span: Span) -> Step {
        self.tag(tag, span);
        let before = self.found.len();
        let flow = !span.range().is_empty() && self.text[..span.end].ends_with(['{', '[']);
        let span = if flow { Span::new(span.end - 1, span.end) } else { span };
        if self.open.len() >= limits::DEPTH as usize {
            return self.too_deep(span);
        }
        self.nodes += 1;
        self.open.push(Open { span, anchor, flow, nodes: Vec::new(), is_map, before });
        Ok(())
    }

    fn end(&mut self, flow_end: usize) -> Step {
        let Some(open) = self.open.pop() else { return Ok(()) };
        let end = if open.flow { flow_end } else { last_end(&open) };
        let anchor = open.anchor;
        let node = self.close(open, end, false);
        if node.depth + self.depth() > limits::DEPTH {
            return self.too_deep(node.span);
        }
        self.add(Rc::new(node), anchor)
    }

    fn depth(&self) -> u32 {
        u32::try_from(self.open.len()).unwrap_or(u32::MAX)
    }

    fn close(&mut self, open: Open, end: usize, cut: bool) -> Yaml {
        let span = Span::new(open.span.start, end.min(self.text.len()));
        let depth = 1 + open.nodes.iter().map(|node| node.depth).max().unwrap_or(0);
        let kind = if open.is_map {
            if open.flow && bare::is_template(open.span, &open.nodes, self.text) {
                self.found.truncate(open.before);
                self.found.push(bare::finding(self.text, span));
                return bare::template(self.text, span);
            }
            let map = mapping::build(open.nodes, cut, self.prefer, &mut self.found);
            self.merges |= map.brought > 0;
            self.nodes += map.brought;
            Kind::Map(map.mapping)
        } else {
            Kind::List(open.nodes)
        };
        let weight = 1 + match &kind {
            Kind::List(items) => items.iter().map(|item| item.weight).sum::<usize>(),
            Kind::Map(map) => map.pairs.iter().map(|pair| pair.value.weight + 1).sum(),
            Kind::Scalar(_) | Kind::Bad => 0,
        };
        Yaml { span, kind, weight, depth }
    }

    fn add(&mut self, node: Rc<Yaml>, anchor: usize) -> Step {
        if self.nodes > limits::NODES {
            return self.too_much(node.span, format!("more than {} values", limits::NODES));
        }
        if anchor != 0 {
            self.anchors.insert(anchor, Rc::clone(&node));
        }
        match self.open.last_mut() {
            Some(open) => open.nodes.push(node),
            None => self.root = Some(node),
        }
        Ok(())
    }

    fn too_deep(&mut self, span: Span) -> Step {
        self.too_much(span, format!("lists and mappings more than {} deep", limits::DEPTH))
    }

    fn too_much(&mut self, span: Span, what: String) -> Step {
        let found = Diagnostic::error("Y02", span, format!("the file holds {what}"))
            .help("nothing behind this was read; split the workflow, or use `for_each`");
        self.found.push(found);
        Err(Stop)
    }

    fn close_all(&mut self) {
        while let Some(open) = self.open.pop() {
            let end = last_end(&open);
            let node = Rc::new(self.close(open, end, true));
            match self.open.last_mut() {
                Some(parent) => parent.nodes.push(node),
                None => self.root = Some(node),
            }
        }
    }
}

fn last_end(open: &Open) -> usize {
    open.nodes.iter().map(|node| node.span.end).max().unwrap_or(open.span.end).max(open.span.end)
}

fn unfit_number(text: &str, unfit: Unfit, span: Span) -> Diagnostic {
    let text = clean(text);
    let message = match unfit {
        Unfit::TooLarge => format!("the number `{text}` does not fit into 64 bits"),
        Unfit::NotFinite => format!("`{text}` is not a number that can be worked with"),
    };
    Diagnostic::error("Y11", span, message).help(format!("if it is meant as text: \"{text}\""))
}
