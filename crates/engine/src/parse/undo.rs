//! `undo` of a step: another step, `again`, or the reason why there is none.

use super::keys;
use super::reader::{Fields, Reader};
use super::tree::{Kind, Pair};
use crate::diagnostic::{Diagnostic, nearest};
use crate::source::{Span, Spanned};
use crate::workflow::Undo;

const FORMS: &str = "it is `again`, `{uses: .., with: {..}}`, or `{none: \"why that is fine\"}`";

/// Reads it.
pub(super) fn undo(reader: &mut Reader<'_>, pair: &Pair) -> Option<Spanned<Undo>> {
    let undo = match &pair.value.kind {
        Kind::Map(_) => mapping(reader, pair)?,
        Kind::Scalar(_) => {
            let word = reader.words_of(pair)?;
            if word.value != "again" {
                reader.push(no_form(&word));
                return None;
            }
            Undo::Again
        }
        Kind::List(_) | Kind::Bad => {
            reader.wrong_kind(&pair.value, "`undo`", "`again` or a mapping", "one of its forms");
            return None;
        }
    };
    Some(Spanned::new(undo, pair.value.span))
}

fn no_form(word: &Spanned<String>) -> Diagnostic {
    let message = format!("`undo` can't be `{}`", word.value);
    let help = match (word.value.as_str(), nearest(&word.value, ["again"])) {
        ("none", _) => "say why that is fine: `undo: {none: \"..\"}`".to_owned(),
        (_, Some(near)) => format!("did you mean `{near}`?"),
        (_, None) => FORMS.to_owned(),
    };
    Diagnostic::error("K14", word.span, message).help(help)
}

fn mapping(reader: &mut Reader<'_>, pair: &Pair) -> Option<Undo> {
    let fields = reader.fields(&pair.value, &keys::UNDO, false)?;
    let uses = fields.get("uses").and_then(|pair| reader.words_of(pair));
    let with = fields.get("with").map(|pair| reader.free(pair)).unwrap_or_default();
    let reason = fields.get("none").and_then(|pair| reader.words_of(pair));
    if let Some(none) = fields.place(&["none"]) {
        if let Some(other) = fields.place(&["uses", "with"]) {
            reader.push(both(none, other));
        }
        return reason.map(|reason| Undo::None { reason: reason.value });
    }
    if fields.place(&["uses"]).is_none() {
        if fields.is_whole() {
            let span = first_place(&fields, pair);
            let found = Diagnostic::error("K14", span, "this `undo` says neither how nor why not");
            reader.push(found.help(FORMS));
        }
        return None;
    }
    uses.map(|uses| Undo::Step { uses, with })
}

fn first_place(fields: &Fields<'_>, pair: &Pair) -> Span {
    fields.place(&["with"]).unwrap_or(pair.span)
}

fn both(none: Span, other: Span) -> Diagnostic {
    Diagnostic::error("K14", none, "`undo` says both how it is taken back and that it can't be")
        .related(other, "how")
        .help("keep one of the two")
}
