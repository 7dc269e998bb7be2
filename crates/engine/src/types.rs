//! Types of parameters, outputs and inputs, and their one-line notation.

mod notation;
#[cfg(test)]
mod tests;

use std::fmt;

use indexmap::IndexMap;

/// The type of a value.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Type {
    /// Anything; a path into it is checked no further.
    #[default]
    Any,
    /// Text.
    String,
    /// A whole number.
    Integer,
    /// A number; whole ones fit.
    Number,
    /// `true` or `false`.
    Boolean,
    /// A secret: refuses plain text, and is refused where text is wanted.
    Secret,
    /// A length of time.
    Duration,
    /// A moment.
    Timestamp,
    /// A path of a file or folder, relative to the working folder.
    Path,
    /// An absolute `http` or `https` address.
    Url,
    /// One of some words.
    Enum(Vec<String>),
    /// A list of one type.
    List(Box<Type>),
    /// A map from text to one type.
    Map(Box<Type>),
    /// A map with known fields, each of which may be null.
    Object(IndexMap<String, Type>),
}

impl Type {
    /// Makes a list type.
    pub fn list(of: Type) -> Self {
        Self::List(Box::new(of))
    }

    /// Makes a map type.
    pub fn map(of: Type) -> Self {
        Self::Map(Box::new(of))
    }

    /// Makes an object type.
    pub fn object<K: Into<String>>(fields: impl IntoIterator<Item = (K, Type)>) -> Self {
        Self::Object(fields.into_iter().map(|(name, ty)| (name.into(), ty)).collect())
    }

    /// Returns the type of what stands under a key of a map or an index of a list; none where there
    /// is nothing.
    pub fn at(&self, key: &str) -> Option<Type> {
        match self {
            Self::Any => Some(Self::Any),
            Self::Object(fields) => fields.get(key).cloned(),
            Self::Map(of) => Some((**of).clone()),
            Self::List(of) if key.parse::<usize>().is_ok() => Some((**of).clone()),
            Self::List(_)
            | Self::String
            | Self::Integer
            | Self::Number
            | Self::Boolean
            | Self::Secret
            | Self::Duration
            | Self::Timestamp
            | Self::Path
            | Self::Url
            | Self::Enum(_) => None,
        }
    }

    /// Says whether a test holds for it or for a type inside it.
    pub fn any(&self, test: &dyn Fn(&Type) -> bool) -> bool {
        test(self)
            || match self {
                Self::List(of) | Self::Map(of) => of.any(test),
                Self::Object(fields) => fields.values().any(|field| field.any(test)),
                Self::Any
                | Self::String
                | Self::Integer
                | Self::Number
                | Self::Boolean
                | Self::Secret
                | Self::Duration
                | Self::Timestamp
                | Self::Path
                | Self::Url
                | Self::Enum(_) => false,
            }
    }

    /// Says whether it is text in the widest sense: text, a path, an address, one of some words.
    pub fn is_textual(&self) -> bool {
        matches!(self, Self::String | Self::Path | Self::Url | Self::Enum(_))
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => f.write_str("any"),
            Self::String => f.write_str("string"),
            Self::Integer => f.write_str("integer"),
            Self::Number => f.write_str("number"),
            Self::Boolean => f.write_str("boolean"),
            Self::Secret => f.write_str("secret"),
            Self::Duration => f.write_str("duration"),
            Self::Timestamp => f.write_str("timestamp"),
            Self::Path => f.write_str("path"),
            Self::Url => f.write_str("url"),
            Self::Enum(words) => write!(f, "enum({})", words.join("|")),
            Self::List(of) => write!(f, "list({of})"),
            Self::Map(of) => write!(f, "map({of})"),
            Self::Object(fields) => {
                let fields: Vec<String> =
                    fields.iter().map(|(name, ty)| format!("{name}: {ty}")).collect();
                write!(f, "{{{}}}", fields.join(", "))
            }
        }
    }
}
