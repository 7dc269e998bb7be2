//! Types as a manifest writes them: one line, `duration = 24h`, or the long form.

use cutover_engine::coerce::coerce;
use cutover_engine::diagnostic::Diagnostic;
use cutover_engine::parse::yaml::{Fields, Kind, Pair, Reader};
use cutover_engine::source::{Span, Spanned};
use cutover_engine::spec::{Limits, Output, Param, Secrecy};
use cutover_engine::types::Type;
use cutover_engine::value::{Map, Value};

use super::keys;

/// What text in base64 matches.
const BASE64: &str = "(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?";
/// The longest pattern: a longer one is a program.
const LONGEST_PATTERN: usize = 1000;

/// A type as it was written.
struct Written {
    ty: Type,
    nullable: bool,
    default: Value,
    limits: Limits,
    summary: String,
}

/// Reads parameters.
pub(super) fn params(reader: &mut Reader<'_>, pair: &Pair, what: &str) -> Vec<Param> {
    let Some(map) = reader.mapping(&pair.value, &format!("`{}`", pair.key)) else {
        return Vec::new();
    };
    let mut params = Vec::new();
    for pair in &map.pairs {
        named(reader, &pair.key, pair.span, what);
        let Some(written) = written(reader, pair) else { continue };
        let secrecy = match &written.ty {
            Type::Secret => Secrecy::Must,
            ty if ty.any(&|inner| *inner == Type::Secret) => Secrecy::May,
            _ => Secrecy::Never,
        };
        let base = Param::optional(&pair.key, written.ty, &written.summary);
        params.push(Param {
            required: !written.nullable && written.default.is_null(),
            default: written.default,
            secrecy,
            limits: written.limits,
            ..base
        });
    }
    params
}

/// Reads outputs.
pub(super) fn outputs(reader: &mut Reader<'_>, pair: &Pair) -> Vec<Output> {
    let Some(map) = reader.mapping(&pair.value, "`outputs`") else { return Vec::new() };
    let mut outputs = Vec::new();
    for pair in &map.pairs {
        named(reader, &pair.key, pair.span, "an output");
        let Some(written) = written(reader, pair) else { continue };
        if !written.default.is_null() {
            let found = Diagnostic::error("M03", pair.value.span, "an output has no default");
            reader.push(found.help("it is what the step returns; what may be missing has a `?`"));
        }
        let base = Output::new(&pair.key, written.ty, &written.summary);
        outputs.push(Output { nullable: written.nullable, ..base });
    }
    outputs
}

/// Reports a name that does not have the form of names.
pub(super) fn named(reader: &mut Reader<'_>, name: &str, span: Span, what: &str) {
    let fits = name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    if !fits {
        let message = format!("`{name}` is no name for {what}");
        let found = Diagnostic::error("M01", span, message);
        reader.push(found.help("lower-case letters, digits and underscores, a letter first"));
    }
}

fn written(reader: &mut Reader<'_>, pair: &Pair) -> Option<Written> {
    match &pair.value.kind {
        Kind::Map(_) => long_form(reader, pair),
        Kind::Scalar(_) => {
            let line = reader.words_of(pair)?;
            one_line(reader, &pair.key, &line)
        }
        Kind::List(_) => {
            let what = format!("`{}`", pair.key);
            reader.wrong_kind(&pair.value, &what, "a type", "one line, such as `string`");
            None
        }
        Kind::Bad => None,
    }
}

fn long_form(reader: &mut Reader<'_>, pair: &Pair) -> Option<Written> {
    let fields = reader.fields(&pair.value, &keys::TYPE, false)?;
    let line = fields.get("type").and_then(|pair| reader.words_of(pair))?;
    let mut written = one_line(reader, &pair.key, &line)?;
    let own = limits(reader, &fields, &written.ty);
    written.limits.pattern = own.pattern.or(written.limits.pattern);
    (written.limits.min, written.limits.max) = (own.min, own.max);
    if let Some(words) = fields.get("description").and_then(|pair| reader.words_of(pair)) {
        written.summary = words.value;
    }
    if let Err(misfit) = written.limits.check(&written.default) {
        let message = format!("the default of `{}`: {}", pair.key, misfit.message);
        reader.push(Diagnostic::error("M03", line.span, message));
    }
    Some(written)
}

fn limits(reader: &mut Reader<'_>, fields: &Fields<'_>, ty: &Type) -> Limits {
    let mut limits = Limits::default();
    if let Some(pair) = fields.get("pattern")
        && let Some(pattern) = reader.words_of(pair)
    {
        if !ty.is_textual() {
            let found = Diagnostic::error("M03", pair.span, format!("`{ty}` has no `pattern`"));
            reader.push(found.help("only plain text has one: nothing looks into a secret"));
        } else if let Err(why) = fits_as_pattern(&pattern.value) {
            reader.push(Diagnostic::error("M03", pattern.span, why));
        } else {
            limits.pattern = Some(pattern.value);
        }
    }
    let mut bound = |key| {
        let pair = fields.get(key)?;
        let number = match pair.value.as_scalar().map(|scalar| &scalar.value) {
            Some(Value::Int(number)) => format!("{number}").parse().ok(),
            Some(Value::Float(number)) => Some(*number),
            Some(_) | None => None,
        };
        let measured = !matches!(ty, Type::Secret | Type::Boolean | Type::Timestamp | Type::Any);
        if number.is_none() || !measured {
            let message = format!("`{key}` is a number, for a type that is measured");
            reader.push(Diagnostic::error("M03", pair.span, message).help(
                "a number itself, the length of text, lists and maps, seconds of a duration",
            ));
        }
        number.filter(|_| measured)
    };
    (limits.min, limits.max) = (bound("min"), bound("max"));
    limits
}

fn fits_as_pattern(pattern: &str) -> Result<(), String> {
    if pattern.len() > LONGEST_PATTERN {
        return Err(format!("a pattern has at most {LONGEST_PATTERN} characters"));
    }
    Limits::pattern_error(pattern).map_or(Ok(()), Err)
}

/// Reads `base [?] [= default]`.
fn one_line(reader: &mut Reader<'_>, name: &str, line: &Spanned<String>) -> Option<Written> {
    let (base, default) = match outer_equals(&line.value) {
        Some(at) => (line.value[..at].trim(), Some(line.value[at + 1..].trim())),
        None => (line.value.trim(), None),
    };
    let (base, nullable) = match base.strip_suffix('?') {
        Some(base) => (base.trim_end(), true),
        None => (base, false),
    };
    let ty = match Type::parse(&ours(base)) {
        Ok(ty) => ty,
        Err(why) => {
            let found = Diagnostic::error("M02", line.span, why);
            reader.push(found.help("a type is one line: `string`, `duration = 24h`, `list(url)?`"));
            return None;
        }
    };
    let pattern = (base == "bytes").then(|| BASE64.to_owned());
    let default = default.map(|text| default_of(reader, name, text, &ty, line.span));
    Some(Written {
        ty,
        nullable,
        default: default.unwrap_or_default(),
        limits: Limits { pattern, ..Limits::default() },
        summary: name.replace('_', " "),
    })
}

/// Returns where the `=` stands that is not inside brackets.
fn outer_equals(line: &str) -> Option<usize> {
    let mut depth = 0_usize;
    line.char_indices().find_map(|(at, c)| {
        match c {
            '(' | '{' => depth += 1,
            ')' | '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        (c == '=' && depth == 0).then_some(at)
    })
}

/// Puts the engine's words in place of those that only manifests have.
fn ours(base: &str) -> String {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let mut text = String::new();
    let mut rest = base;
    while !rest.is_empty() {
        let end = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        let is_field = after.trim_start().starts_with(':');
        text.push_str(match word {
            "object" if !is_field => "map(any)",
            "bytes" if !is_field => "string",
            word => word,
        });
        let next = after.find(is_word).unwrap_or(after.len());
        text.push_str(&after[..next]);
        rest = &after[next..];
    }
    text
}

fn default_of(reader: &mut Reader<'_>, name: &str, text: &str, ty: &Type, span: Span) -> Value {
    if ty.any(&|inner| *inner == Type::Secret) {
        let found = Diagnostic::error("M03", span, format!("the secret `{name}` has a default"));
        reader.push(found.help("a secret is never in a file: take it out"));
        return Value::Null;
    }
    let read: Option<Value> = serde_yaml::from_str(text).ok().and_then(|data| value_of(&data));
    let textual = ty.is_textual() && !text.starts_with(['"', '\'']);
    let value = if textual { Some(Value::from(text)) } else { read };
    let fits = value.map(|value| coerce(&value, ty));
    match fits {
        Some(Ok(value)) if !value.is_null() => value,
        Some(Err(misfit)) => {
            let message = format!("the default of `{name}`: {}", misfit.message);
            reader.push(Diagnostic::error("M03", span, message).help(misfit.help));
            Value::Null
        }
        Some(Ok(_)) | None => {
            let message = format!("`{text}` is no default of type `{ty}`");
            let help = "what may be left out without one has a `?` behind its type";
            reader.push(Diagnostic::error("M03", span, message).help(help));
            Value::Null
        }
    }
}

fn value_of(data: &serde_yaml::Value) -> Option<Value> {
    Some(match data {
        serde_yaml::Value::Null => Value::Null,
        serde_yaml::Value::Bool(truth) => Value::Bool(*truth),
        serde_yaml::Value::Number(number) => match number.as_i64() {
            Some(whole) => Value::Int(whole),
            None => Value::Float(number.as_f64().filter(|number| number.is_finite())?),
        },
        serde_yaml::Value::String(text) => Value::from(text.as_str()),
        serde_yaml::Value::Sequence(items) => {
            Value::List(items.iter().map(value_of).collect::<Option<_>>()?)
        }
        serde_yaml::Value::Mapping(map) => Value::Map(
            map.iter()
                .map(|(key, value)| Some((key.as_str()?.to_owned(), value_of(value)?)))
                .collect::<Option<Map>>()?,
        ),
        serde_yaml::Value::Tagged(_) => return None,
    })
}
