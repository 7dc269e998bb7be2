//! `credential`: the thing that has a lifecycle.

use super::keys;
use super::reader::Reader;
use super::tree::{Pair, Style};
use crate::diagnostic::Diagnostic;
use crate::template::Expr;
use crate::value::Value;
use crate::workflow::{Credential, Node};

/// Reads it. A broken one is still one, so that the rules for credentials hold.
pub(super) fn credential(reader: &mut Reader<'_>, pair: &Pair) -> Option<Credential> {
    let fields = reader.fields(&pair.value, &keys::CREDENTIAL, false)?;
    let name = fields.get("name").and_then(|pair| text(reader, pair));
    Some(Credential {
        span: pair.span,
        name: name.unwrap_or_else(|| Node::unreadable(pair.span)),
        owner: fields.get("owner").and_then(|pair| text(reader, pair)),
        lifetime: fields.get("lifetime").and_then(|pair| reader.some_time(pair)),
        overlap: fields.get("overlap").and_then(|pair| reader.duration(pair)),
        in_use: fields.get("in_use").and_then(|pair| in_use(reader, pair)),
    })
}

fn text(reader: &mut Reader<'_>, pair: &Pair) -> Option<Node> {
    let node = reader.template_text(pair)?;
    if node.literal().and_then(|value| value.as_text().map(|text| text.trim().is_empty()))
        == Some(true)
    {
        let message = format!("`{}` of the credential is empty", pair.key);
        let found = Diagnostic::error("K05", pair.value.span, message);
        reader.push(found.help("the state keeps track of it by its name"));
    }
    Some(node)
}

/// An expression, not a value: `in_use: abc` would be a path that nothing has.
fn in_use(reader: &mut Reader<'_>, pair: &Pair) -> Option<Expr> {
    if let Some(scalar) = pair.value.as_scalar()
        && scalar.style == Style::Plain
        && !matches!(scalar.value, Value::Text(_))
    {
        reader.wrong_kind(&pair.value, "`in_use`", "one expression", "`in_use: steps.before.id`");
        return None;
    }
    reader.expression(pair)
}
