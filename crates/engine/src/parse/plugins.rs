//! `plugins`: where they are and what each may reach.

use indexmap::IndexMap;

use super::names::NameForm;
use super::reader::Reader;
use super::tree::{Kind, Pair, Yaml};
use super::{from, keys};
use crate::diagnostic::Diagnostic;
use crate::source::Spanned;
use crate::template::{self, Expr, Part, Path, Template};
use crate::types::Type;
use crate::workflow::{Input, Node, Plugin, Tree};

/// Reads all of them. A configuration's `from` becomes an input of the workflow: it is read,
/// sealed and read again like all others.
pub(super) fn plugins(
    reader: &mut Reader<'_>,
    pair: &Pair,
    inputs: &mut IndexMap<String, Input>,
) -> IndexMap<String, Plugin> {
    let Some(map) = reader.mapping(&pair.value, "`plugins`") else { return IndexMap::new() };
    let mut plugins = IndexMap::new();
    for pair in &map.pairs {
        let name = Spanned::new(pair.key.clone(), pair.span);
        reader.named(&name, "a plugin", NameForm::Free);
        if let Some(plugin) = plugin(reader, &name, &pair.value, inputs) {
            plugins.insert(name.value, plugin);
        }
    }
    plugins
}

fn plugin(
    reader: &mut Reader<'_>,
    name: &Spanned<String>,
    node: &Yaml,
    inputs: &mut IndexMap<String, Input>,
) -> Option<Plugin> {
    let span = name.span;
    let fields = reader.fields(node, &keys::PLUGIN, false)?;
    let path = fields.get("path").and_then(|pair| reader.words_of(pair));
    let config = fields.get("config").map(|pair| config(reader, &name.value, pair, inputs));
    Some(Plugin {
        span,
        path: path.unwrap_or_else(|| Spanned::new(String::new(), span)),
        config: config.unwrap_or_default(),
        allow: fields.get("allow").map(|pair| allow(reader, pair)).unwrap_or_default(),
    })
}

fn config(
    reader: &mut Reader<'_>,
    plugin: &str,
    pair: &Pair,
    inputs: &mut IndexMap<String, Input>,
) -> IndexMap<String, Node> {
    let Some(map) = reader.mapping(&pair.value, "`config`") else { return IndexMap::new() };
    let mut config = IndexMap::new();
    for pair in &map.pairs {
        let node = match source_of(&pair.value) {
            Some(from) => secret(reader, plugin, &pair.key, from, inputs),
            None => reader.node(&pair.value),
        };
        config.insert(pair.key.clone(), node);
    }
    config
}

/// Returns the `from` of a value that is nothing else.
fn source_of(node: &Yaml) -> Option<&Pair> {
    match &node.kind {
        Kind::Map(map) => match map.pairs.as_slice() {
            [only] if only.key == "from" => Some(only),
            _ => None,
        },
        Kind::Scalar(_) | Kind::List(_) | Kind::Bad => None,
    }
}

/// Makes a secret input of it, and what refers to that. Two dashes: nobody writes such a name by
/// chance.
fn secret(
    reader: &mut Reader<'_>,
    plugin: &str,
    key: &str,
    pair: &Pair,
    inputs: &mut IndexMap<String, Input>,
) -> Node {
    let span = pair.span;
    let name = format!("{plugin}--{key}");
    let input = Input {
        span,
        ty: Type::Secret,
        default: None,
        choices: Vec::new(),
        pattern: None,
        required: true,
        description: Some(format!("`{key}` of the plugin {plugin}")),
        from: from::from(reader, pair),
    };
    if let Some(taken) = inputs.get(&name) {
        let message = format!("the input `{name}` has the name of a plugin's configuration");
        let found = Diagnostic::error("K12", taken.span, message).related(span, "that one");
        reader.push(found.help("give the input another name"));
    }
    inputs.insert(name.clone(), input);
    let path = Path { head: "inputs".to_owned(), rest: vec![(name, span)] };
    let expr = Expr { span, kind: template::Kind::Path(path) };
    Node { span, tree: Tree::Template(Template { span, parts: vec![Part::Expr(expr)] }) }
}

fn allow(reader: &mut Reader<'_>, pair: &Pair) -> IndexMap<String, Vec<Spanned<String>>> {
    let Some(fields) = reader.fields(&pair.value, &keys::ALLOW, false) else {
        return IndexMap::new();
    };
    let mut allowed = IndexMap::new();
    for key in keys::ALLOW.names() {
        if let Some(pair) = fields.get(key) {
            let texts = reader.texts(pair, &format!("`{key}: [..]`"));
            allowed.insert(key.to_owned(), texts.unwrap_or_default());
        }
    }
    allowed
}
