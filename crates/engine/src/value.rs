//! Values: what flows between steps, with secrets and unknowns as opaque marks.
//!
//! A secret is never here. What stands in its place is a *mark*: a private-use delimiter, 128
//! random bits and the place it came from. Text made with a secret holds the mark, and so is
//! secret itself. An unknown of a plan travels the same way.

#[cfg(test)]
mod tests;

use indexmap::IndexMap;

use crate::time::{Duration, Timestamp};
use crate::types::Type;

/// Opens a mark in text. Text that enters from outside never holds it, see [`clean`].
pub const MARK_OPEN: char = '\u{F5C1}';
/// Closes a mark in text.
pub const MARK_CLOSE: char = '\u{F5C2}';

/// A map of values in written order.
pub type Map = IndexMap<String, Value>;

/// A value of the workflow language.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Value {
    /// Nothing.
    #[default]
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A number with a fraction; never NaN or infinite.
    Float(f64),
    /// Text; secret if it holds the mark of a secret, partly unknown if it holds that of an unknown.
    Text(String),
    /// A list.
    List(Vec<Value>),
    /// A map with text keys.
    Map(Map),
    /// A length of time.
    Duration(Duration),
    /// A moment.
    Timestamp(Timestamp),
    /// What only a real run can tell.
    Unknown(Unknown),
}

/// A value that a plan cannot know: where it will come from and of what type it will be.
#[derive(Debug, Clone, PartialEq)]
pub struct Unknown {
    /// Where it will come from, such as `steps.create.id`.
    pub from: String,
    /// Its type; [`Type::Secret`] for a secret.
    pub ty: Type,
}

/// A sealed secret: useless outside the table that holds its value.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Handle {
    /// 128 random bits.
    pub id: u128,
    /// Where it came from, as an expression of the language: `steps.create.token`,
    /// `inputs.password`, `base64_encode steps.create.token`. It is safe to show.
    pub origin: String,
}

/// A piece of text: plain, a secret, or an unknown.
#[derive(Debug, Clone, PartialEq)]
pub enum Piece<'a> {
    /// Plain characters.
    Plain(&'a str),
    /// A sealed secret.
    Secret(Handle),
    /// An unknown, by where it will come from; `secret` says whether it will be one.
    Unknown {
        /// Where it will come from.
        from: &'a str,
        /// Whether it will be a secret.
        secret: bool,
    },
}

impl Handle {
    /// Returns the mark that stands for it in text.
    pub fn to_mark(&self) -> String {
        format!("{MARK_OPEN}s{:032x}{}{MARK_CLOSE}", self.id, self.origin)
    }
}

impl Unknown {
    /// Returns the mark that stands for it in text.
    pub fn to_mark(&self) -> String {
        let kind = if self.ty == Type::Secret { 'x' } else { 'u' };
        format!("{MARK_OPEN}{kind}{}{MARK_CLOSE}", self.from)
    }
}

impl From<Handle> for Value {
    fn from(handle: Handle) -> Self {
        Self::Text(handle.to_mark())
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<bool> for Value {
    fn from(truth: bool) -> Self {
        Self::Bool(truth)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

impl From<Timestamp> for Value {
    fn from(at: Timestamp) -> Self {
        Self::Timestamp(at)
    }
}

impl Value {
    /// Makes a map of pairs.
    pub fn map<K: Into<String>>(pairs: impl IntoIterator<Item = (K, Value)>) -> Self {
        Self::Map(pairs.into_iter().map(|(key, value)| (key.into(), value)).collect())
    }

    /// Returns the entry of a map; null where there is none or where it is no map.
    pub fn get(&self, key: &str) -> &Value {
        const NULL: Value = Value::Null;
        match self {
            Self::Map(map) => map.get(key).unwrap_or(&NULL),
            _ => &NULL,
        }
    }

    /// Returns its text, marks and all.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Returns its items, none where it is no list.
    pub fn items(&self) -> &[Value] {
        match self {
            Self::List(items) => items,
            _ => &[],
        }
    }

    /// Says whether it is null.
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// Says whether a secret is in it, at any depth, a secret that is not yet known included.
    pub fn is_secret(&self) -> bool {
        self.any(&|leaf| match leaf {
            Value::Text(text) => any_piece(text, |piece| {
                matches!(piece, Piece::Secret(_) | Piece::Unknown { secret: true, .. })
            }),
            Value::Unknown(unknown) => unknown.ty == Type::Secret,
            _ => false,
        })
    }

    /// Says whether something in it is unknown, at any depth.
    pub fn is_unknown(&self) -> bool {
        self.any(&|leaf| match leaf {
            Value::Text(text) => any_piece(text, |piece| matches!(piece, Piece::Unknown { .. })),
            Value::Unknown(_) => true,
            _ => false,
        })
    }

    /// Returns every secret in it, at any depth.
    pub fn handles(&self) -> Vec<Handle> {
        let mut found = Vec::new();
        self.visit(&mut |leaf| {
            let Value::Text(text) = leaf else { return };
            found.extend(pieces(text).into_iter().filter_map(|piece| match piece {
                Piece::Secret(handle) => Some(handle),
                Piece::Plain(_) | Piece::Unknown { .. } => None,
            }));
        });
        found
    }

    fn any(&self, test: &dyn Fn(&Value) -> bool) -> bool {
        match self {
            Self::List(items) => items.iter().any(|item| item.any(test)),
            Self::Map(map) => map.values().any(|item| item.any(test)),
            leaf => test(leaf),
        }
    }

    /// Calls a function with every value in it that is not a list or a map.
    pub fn visit(&self, see: &mut dyn FnMut(&Value)) {
        match self {
            Self::List(items) => items.iter().for_each(|item| item.visit(see)),
            Self::Map(map) => map.values().for_each(|item| item.visit(see)),
            leaf => see(leaf),
        }
    }
}

/// Returns text from outside with the delimiters of marks replaced, so that none can be forged.
pub fn clean(text: &str) -> String {
    text.replace([MARK_OPEN, MARK_CLOSE], "\u{FFFD}")
}

/// Splits text into plain pieces and marks. A broken mark is plain text, and hides none after it.
pub fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut found = Vec::new();
    let mut plain_from = 0;
    let mut here = 0;
    while let Some(offset) = text[here..].find(MARK_OPEN) {
        let open = here + offset;
        let inside = open + MARK_OPEN.len_utf8();
        here = inside;
        let Some(length) = text[inside..].find(MARK_CLOSE) else { break };
        let Some(piece) = read_mark(&text[inside..inside + length]) else { continue };
        if open > plain_from {
            found.push(Piece::Plain(&text[plain_from..open]));
        }
        found.push(piece);
        here = inside + length + MARK_CLOSE.len_utf8();
        plain_from = here;
    }
    if plain_from < text.len() {
        found.push(Piece::Plain(&text[plain_from..]));
    }
    found
}

/// Most text holds no mark, and is not taken apart.
fn any_piece(text: &str, test: impl Fn(&Piece<'_>) -> bool) -> bool {
    text.contains(MARK_OPEN) && pieces(text).iter().any(test)
}

fn read_mark(inside: &str) -> Option<Piece<'_>> {
    // An opening delimiter inside means that the mark begins there.
    if inside.contains(MARK_OPEN) {
        return None;
    }
    let (kind, rest) = inside.split_at_checked(1)?;
    match kind {
        "s" => {
            let (id, origin) = rest.split_at_checked(32)?;
            let is_hex = id.bytes().all(|digit| digit.is_ascii_hexdigit());
            let id = u128::from_str_radix(id, 16).ok().filter(|_| is_hex)?;
            Some(Piece::Secret(Handle { id, origin: origin.to_owned() }))
        }
        "u" => Some(Piece::Unknown { from: rest, secret: false }),
        "x" => Some(Piece::Unknown { from: rest, secret: true }),
        _ => None,
    }
}

/// Returns text for people: each mark as `‹where from›`.
pub fn shown(text: &str) -> String {
    pieces(text)
        .into_iter()
        .map(|piece| match piece {
            Piece::Plain(plain) => plain.to_owned(),
            Piece::Secret(handle) => format!("‹{}›", handle.origin),
            Piece::Unknown { from, .. } => format!("‹{from}›"),
        })
        .collect()
}
