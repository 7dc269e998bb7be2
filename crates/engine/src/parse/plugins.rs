//! `plugins`: where they are and what each may reach.

use indexmap::IndexMap;

use super::keys;
use super::names::NameForm;
use super::reader::Reader;
use super::tree::{Pair, Yaml};
use crate::source::{Span, Spanned};
use crate::workflow::Plugin;

/// Reads all of them.
pub(super) fn plugins(reader: &mut Reader<'_>, pair: &Pair) -> IndexMap<String, Plugin> {
    let Some(map) = reader.mapping(&pair.value, "`plugins`") else { return IndexMap::new() };
    let mut plugins = IndexMap::new();
    for pair in &map.pairs {
        let name = Spanned::new(pair.key.clone(), pair.span);
        reader.named(&name, "a plugin", NameForm::Free);
        if let Some(plugin) = plugin(reader, &pair.value, pair.span) {
            plugins.insert(name.value, plugin);
        }
    }
    plugins
}

fn plugin(reader: &mut Reader<'_>, node: &Yaml, span: Span) -> Option<Plugin> {
    let fields = reader.fields(node, &keys::PLUGIN, false)?;
    let path = fields.get("path").and_then(|pair| reader.words_of(pair));
    let config = fields.get("config").map(|pair| reader.free(pair)).unwrap_or_default();
    Some(Plugin {
        span,
        path: path.unwrap_or_else(|| Spanned::new(String::new(), span)),
        config: config.into_iter().map(|(key, entry)| (key, entry.node)).collect(),
        allow: fields.get("allow").map(|pair| allow(reader, pair)).unwrap_or_default(),
    })
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
