//! `inputs`: names, types, defaults and where secrets come from.

use indexmap::IndexMap;
use regex_lite::Regex;

use super::names::NameForm;
use super::reader::{Fields, Reader};
use super::tree::Pair;
use super::{from, keys, types, values};
use crate::diagnostic::Diagnostic;
use crate::source::Spanned;
use crate::types::Type;
use crate::value::Value;
use crate::workflow::Input;

/// Reads all of them.
pub(super) fn inputs(reader: &mut Reader<'_>, pair: &Pair) -> IndexMap<String, Input> {
    let Some(map) = reader.mapping(&pair.value, "`inputs`") else { return IndexMap::new() };
    let mut inputs = IndexMap::new();
    for pair in &map.pairs {
        let name = Spanned::new(pair.key.clone(), pair.span);
        reader.named(&name, "an input", NameForm::Free);
        inputs.insert(name.value, input(reader, pair));
    }
    inputs
}

/// Reads one. A broken one is still there, of any type, so that references to it are fine.
fn input(reader: &mut Reader<'_>, pair: &Pair) -> Input {
    let mut input = Input {
        span: pair.span,
        ty: Type::Any,
        default: None,
        choices: Vec::new(),
        pattern: None,
        required: true,
        description: None,
        from: None,
    };
    if short_form(reader, pair) {
        return input;
    }
    let Some(fields) = reader.fields(&pair.value, &keys::INPUT, false) else { return input };
    let ty = fields.get("type").and_then(|pair| type_of(reader, pair));
    input.description =
        fields.get("description").and_then(|pair| reader.words_of(pair)).map(|words| words.value);
    input.from = fields.get("from").and_then(|pair| from::from(reader, pair));
    input.pattern = fields.get("pattern").and_then(|pair| pattern(reader, pair, ty.as_ref()));
    let said = fields.get("required").and_then(|pair| reader.flag(pair));
    input.required = said.unwrap_or(fields.get("default").is_none());
    if let Some(ty) = ty {
        if ty == Type::Secret {
            input.required = true;
            secret_only(reader, &fields);
        } else {
            not_secret(reader, &fields);
            plain_values(reader, &fields, &ty, &mut input);
        }
        input.ty = ty;
    }
    input
}

/// `name: string` is the short form of other languages.
fn short_form(reader: &mut Reader<'_>, pair: &Pair) -> bool {
    let Some(scalar) = pair.value.as_scalar() else { return false };
    let message =
        format!("the input `{}` is a mapping, and this is {}", pair.key, pair.value.words());
    let form = match types::read(&scalar.text) {
        Ok(ty) => format!("write `{}: {{type: {ty}}}`", pair.key),
        Err(_) => format!("write `{}: {{type: string}}`", pair.key),
    };
    let span = if pair.value.is_null() { pair.span } else { pair.value.span };
    reader.push(Diagnostic::error("K03", span, message).help(form));
    true
}

fn type_of(reader: &mut Reader<'_>, pair: &Pair) -> Option<Type> {
    let written = reader.words_of(pair)?;
    match types::read(&written.value) {
        Ok(ty) => Some(ty),
        Err((message, help)) => {
            reader.push(Diagnostic::error("K16", written.span, message).help(help));
            None
        }
    }
}

/// A secret is never in the file: it has no default, no words to choose from, no pattern.
fn secret_only(reader: &mut Reader<'_>, fields: &Fields<'_>) {
    for key in ["default", "enum", "pattern"] {
        if let Some(pair) = fields.get(key) {
            let found = Diagnostic::error("K18", pair.span, format!("a secret has no `{key}`"));
            reader.push(found.help("say where it comes from: `from: {env: NAME}`, `{file: PATH}` or `{command: [..]}`; without it a run asks"));
        }
    }
    if let Some(pair) = fields.get("required")
        && matches!(pair.value.as_scalar().map(|scalar| &scalar.value), Some(Value::Bool(false)))
    {
        let found = Diagnostic::error("K18", pair.span, "a secret is always required");
        reader.push(found.help("take `required` out"));
    }
}

fn not_secret(reader: &mut Reader<'_>, fields: &Fields<'_>) {
    if let Some(pair) = fields.get("from") {
        let found = Diagnostic::error("K18", pair.span, "only a `secret` has `from`");
        reader.push(found.help("write `type: secret`, or a `default` in its place"));
    }
    if let (Some(required), Some(default)) = (fields.get("required"), fields.get("default"))
        && matches!(required.value.as_scalar().map(|scalar| &scalar.value), Some(Value::Bool(true)))
    {
        let found =
            Diagnostic::error("K18", required.span, "an input with a default is not required")
                .related(default.span, "the default");
        reader.push(found.help("keep one of the two"));
    }
}

fn plain_values(reader: &mut Reader<'_>, fields: &Fields<'_>, ty: &Type, input: &mut Input) {
    let choices = fields.get("enum").and_then(|pair| choices(reader, pair, ty));
    input.choices = choices.unwrap_or_default();
    let Some(pair) = fields.get("default") else { return };
    if pair.value.is_null() {
        input.default = Some(Spanned::new(Value::Null, pair.value.span));
        return;
    }
    let Some(value) = values::read(reader, &pair.value, ty, "`default`") else { return };
    let span = pair.value.span;
    if !input.choices.is_empty() && !input.choices.contains(&value) {
        let found = Diagnostic::error("K17", span, "the default is none of the values of `enum`");
        reader.push(found.help("add it to `enum`, or take one of those"));
    }
    if let (Some(pattern), Some(text)) = (&input.pattern, value.as_text())
        && !matches_whole(&pattern.value, text)
    {
        let found = Diagnostic::error("K17", span, "the default does not match the `pattern`")
            .related(pattern.span, "the pattern");
        reader.push(found.help("the pattern has to match the whole text"));
    }
    input.default = Some(Spanned::new(value, span));
}

fn choices(reader: &mut Reader<'_>, pair: &Pair, ty: &Type) -> Option<Vec<Value>> {
    let items = reader.list(pair, "`enum: [a, b]`")?;
    if items.is_empty() {
        let found = Diagnostic::error("K05", pair.span, "`enum` holds nothing");
        reader.push(found.help("list the values that it may have"));
    }
    let mut known: Vec<Value> = Vec::new();
    for item in items {
        let Some(value) = values::read(reader, item, ty, "a value of `enum`") else { continue };
        if known.len() < MOST_CHOICES {
            known.push(value);
        } else {
            let message = format!("`enum` holds more than {MOST_CHOICES} values");
            reader.push(Diagnostic::error("K08", item.span, message).help("use a `pattern`"));
            break;
        }
    }
    Some(known)
}

/// A person chooses among them: more are a pattern.
const MOST_CHOICES: usize = 1000;

/// The longest pattern: a longer one is a program.
const LONGEST_PATTERN: usize = 1000;

fn pattern(reader: &mut Reader<'_>, pair: &Pair, ty: Option<&Type>) -> Option<Spanned<String>> {
    let written = reader.words_of(pair)?;
    if ty.is_some_and(|ty| !ty.is_textual() && *ty != Type::Secret) {
        let found = Diagnostic::error("K18", pair.span, "only text has a `pattern`");
        reader.push(found.help("it is for the types `string` and `path`"));
        return None;
    }
    if written.value.len() > LONGEST_PATTERN {
        let message = format!("a pattern has at most {LONGEST_PATTERN} characters");
        reader.push(Diagnostic::error("K19", written.span, message));
        return None;
    }
    match Regex::new(&written.value) {
        Ok(_) => Some(written),
        Err(error) => {
            let message = format!("this is not a regular expression: {error}");
            let help = "in YAML it stands best in single quotes: '[a-z]+\\d'";
            reader.push(Diagnostic::error("K19", written.span, message).help(help));
            None
        }
    }
}

/// Says whether a pattern matches a whole text.
fn matches_whole(pattern: &str, text: &str) -> bool {
    Regex::new(&format!("^(?:{pattern})$")).is_ok_and(|regex| regex.is_match(text))
}
