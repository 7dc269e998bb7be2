//! Reading the one-line notation of types: the inverse of printing them.

use indexmap::IndexMap;

use crate::diagnostic::nearest;
use crate::types::Type;

/// How deep types may stand in each other.
const DEEPEST: usize = 16;

const PLAIN: [(&str, Type); 10] = [
    ("any", Type::Any),
    ("string", Type::String),
    ("integer", Type::Integer),
    ("number", Type::Number),
    ("boolean", Type::Boolean),
    ("secret", Type::Secret),
    ("duration", Type::Duration),
    ("timestamp", Type::Timestamp),
    ("path", Type::Path),
    ("url", Type::Url),
];

const ELSEWHERE: [(&str, &str); 14] = [
    ("array", "list(any)"),
    ("bool", "boolean"),
    ("date", "timestamp"),
    ("datetime", "timestamp"),
    ("dict", "map(any)"),
    ("file", "path"),
    ("float", "number"),
    ("int", "integer"),
    ("list", "list(any)"),
    ("map", "map(any)"),
    ("object", "map(any)"),
    ("password", "secret"),
    ("str", "string"),
    ("text", "string"),
];

impl Type {
    /// Reads the one-line notation: `string`, `list(string)`, `map(any)`, `enum(a|b)`,
    /// `{a: string, b: integer}`. An error is a phrase with the way out.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut reader = Reader { rest: text, depth: 0 };
        let ty = reader.read()?;
        reader.skip_space();
        if reader.rest.is_empty() {
            return Ok(ty);
        }
        Err(format!("`{}` follows the type `{ty}`, where nothing may", reader.rest))
    }
}

struct Reader<'t> {
    rest: &'t str,
    depth: usize,
}

impl<'t> Reader<'t> {
    fn read(&mut self) -> Result<Type, String> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(format!("a type is at most {DEEPEST} types deep"));
        }
        self.skip_space();
        let ty = if self.take('{') { self.object()? } else { self.named()? };
        self.depth -= 1;
        Ok(ty)
    }

    fn skip_space(&mut self) {
        self.rest = self.rest.trim_start();
    }

    /// Takes a sign, and white space before it.
    fn take(&mut self, sign: char) -> bool {
        self.skip_space();
        let rest = self.rest.strip_prefix(sign);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn expect(&mut self, sign: char, after: &str) -> Result<(), String> {
        if self.take(sign) { Ok(()) } else { Err(format!("`{sign}` is missing after `{after}`")) }
    }

    fn word(&mut self) -> &'t str {
        self.skip_space();
        let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        let end = self.rest.find(|c| !is_word(c)).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        word
    }

    fn named(&mut self) -> Result<Type, String> {
        let word = self.word();
        let opens = self.take('(');
        match (word, opens) {
            ("list", true) => self.inner(word).map(Type::list),
            ("map", true) => self.inner(word).map(Type::map),
            ("enum", true) => self.words(),
            ("enum", false) => Err("an `enum` says which words: `enum(a|b)`".to_owned()),
            ("", _) => Err("a type is missing".to_owned()),
            (word, false) => plain(word),
            (word, true) => match plain(word) {
                Ok(_) => Err(format!("`{word}` takes nothing in parentheses")),
                Err(message) => Err(message),
            },
        }
    }

    fn inner(&mut self, word: &str) -> Result<Type, String> {
        let inner = self.read()?;
        self.expect(')', &format!("{word}({inner}"))?;
        Ok(inner)
    }

    fn words(&mut self) -> Result<Type, String> {
        let end = self.rest.find(')').ok_or("`)` is missing after the words of an `enum`")?;
        let (inside, rest) = self.rest.split_at(end);
        self.rest = &rest[1..];
        let words: Vec<String> = inside.split('|').map(|word| word.trim().to_owned()).collect();
        if words.iter().any(String::is_empty) {
            return Err("an `enum` has words with `|` between them: `enum(a|b)`".to_owned());
        }
        if let Some(twice) = words.iter().enumerate().find(|(at, word)| words[..*at].contains(word))
        {
            return Err(format!("`{}` stands in the `enum` twice", twice.1));
        }
        Ok(Type::Enum(words))
    }

    fn object(&mut self) -> Result<Type, String> {
        let mut fields = IndexMap::new();
        if self.take('}') {
            return Ok(Type::Object(fields));
        }
        loop {
            let name = self.word();
            if name.is_empty() {
                return Err("a field has a name and a type: `{name: string}`".to_owned());
            }
            self.expect(':', name)?;
            let ty = self.read()?;
            if fields.insert(name.to_owned(), ty).is_some() {
                return Err(format!("the field `{name}` stands there twice"));
            }
            if self.take('}') {
                return Ok(Type::Object(fields));
            }
            self.expect(',', name)?;
        }
    }
}

fn plain(word: &str) -> Result<Type, String> {
    if let Some((_, ty)) = PLAIN.iter().find(|(name, _)| *name == word) {
        return Ok(ty.clone());
    }
    if let Some((_, ours)) = ELSEWHERE.iter().find(|(theirs, _)| *theirs == word) {
        return Err(format!("`{word}` is no type: write `{ours}`"));
    }
    let names = PLAIN.iter().map(|(name, _)| *name).chain(["list", "map", "enum"]);
    Err(match nearest(word, names.clone()) {
        Some(meant) => format!("`{word}` is no type: did you mean `{meant}`?"),
        None => {
            let listed: Vec<&str> = names.collect();
            format!("`{word}` is no type: there are {}", listed.join(", "))
        }
    })
}
