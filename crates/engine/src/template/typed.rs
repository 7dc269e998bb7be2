//! What is known of a value before it is there.

use crate::template::Typed;
use crate::types::Type;
use crate::value::Value;

impl Typed {
    /// Makes one that is not null; a secret where the type is or holds one.
    pub fn new(ty: Type) -> Self {
        let secret = ty.any(&|inner| *inner == Type::Secret);
        Self { ty, nullable: false, secret }
    }

    /// Says that it may be null.
    #[must_use]
    pub fn nullable(self) -> Self {
        Self { nullable: true, ..self }
    }

    /// Says that it is not null.
    #[must_use]
    pub fn known(self) -> Self {
        Self { nullable: false, ..self }
    }

    /// Says whether it is a secret, rather than a list or a map with one in it.
    pub fn is_secret_itself(&self) -> bool {
        let is_container = matches!(self.ty, Type::List(_) | Type::Map(_) | Type::Object(_));
        self.ty == Type::Secret || (self.secret && !is_container)
    }

    /// Returns what stands under a key or an index; none where there can be nothing. A list may be
    /// too short and a map may not have the key; a known field is there where its map is.
    pub fn at(&self, key: &str) -> Option<Self> {
        let ty = self.ty.at(key)?;
        let holds = |ty: &Type| ty.any(&|inner| *inner == Type::Secret);
        // A type without a secret in it that is said to hold one does not tell where.
        let secret = holds(&ty) || (self.secret && !holds(&self.ty));
        let may_lack = matches!(self.ty, Type::List(_) | Type::Map(_));
        Some(Self { nullable: self.nullable || may_lack, ty, secret })
    }

    /// Returns what is known of a value that is there.
    pub fn of(value: &Value) -> Self {
        let ty = match value {
            Value::Null => return Self { ty: Type::Any, nullable: true, secret: false },
            Value::Bool(_) => Type::Boolean,
            Value::Int(_) => Type::Integer,
            Value::Float(_) => Type::Number,
            Value::Text(_) if value.is_secret() => Type::Secret,
            Value::Text(_) => Type::String,
            Value::List(items) => Type::list(items.first().map_or(Type::Any, |item| {
                let first = Self::of(item).ty;
                if items.iter().all(|item| Self::of(item).ty == first) { first } else { Type::Any }
            })),
            Value::Map(map) => {
                Type::object(map.iter().map(|(key, item)| (key.clone(), Self::of(item).ty)))
            }
            Value::Duration(_) => Type::Duration,
            Value::Timestamp(_) => Type::Timestamp,
            Value::Unknown(unknown) => unknown.ty.clone(),
        };
        Self { secret: value.is_secret(), nullable: false, ty }
    }
}
