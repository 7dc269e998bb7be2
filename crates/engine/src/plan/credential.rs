//! The credential of a run: its name and owner rendered from the inputs.

use crate::coerce::coerce;
use crate::host::Secrets;
use crate::plan::{InputError, PlannedCredential};
use crate::template::{Path, Scope};
use crate::types::Type;
use crate::value::{Handle, Map, Value};
use crate::workflow::{Credential, Node, Tree};

/// The longest name of a credential: it is a file's name and a column's value in places.
const NAME_LIMIT: usize = 128;

/// Renders a credential's name and owner.
pub(super) fn render(
    credential: &Credential,
    inputs: &Map,
    wrong: &mut Vec<InputError>,
) -> Option<PlannedCredential> {
    let mut text = |node: &Node, what: &str| match rendered(node, inputs) {
        Ok(text) => Some(text),
        Err(message) => {
            wrong.push(error(format!("the credential's {what}: {message}")));
            None
        }
    };
    let name = text(&credential.name, "name");
    let owner = credential.owner.as_ref().map(|owner| text(owner, "owner"));
    let name = name?;
    if let Some(message) = bad_name(&name) {
        wrong.push(error(format!("the credential's name {message}")));
    }
    Some(PlannedCredential {
        name,
        owner: owner.flatten(),
        lifetime: credential.lifetime.as_ref().map(|lifetime| lifetime.value),
        overlap: credential.overlap.as_ref().map_or_else(Default::default, |over| over.value),
    })
}

fn error(message: String) -> InputError {
    InputError { input: String::new(), message, help: String::new() }
}

fn bad_name(name: &str) -> Option<String> {
    if name.trim().is_empty() {
        return Some("is empty with these inputs".to_owned());
    }
    if name.chars().any(char::is_control) {
        return Some("holds a line break or another control character".to_owned());
    }
    let length = name.chars().count();
    (length > NAME_LIMIT).then(|| format!("has {length} characters; {NAME_LIMIT} is the most"))
}

fn rendered(node: &Node, inputs: &Map) -> Result<String, String> {
    let value = match &node.tree {
        Tree::Literal(value) => value.clone(),
        Tree::Template(template) => {
            template.render(&Inputs(inputs), &NoSecrets).map_err(|error| error.message)?
        }
        Tree::List(_) | Tree::Map(_) => return Err("it is not text".to_owned()),
    };
    match coerce(&value, &Type::String) {
        Ok(Value::Text(_)) if value.is_secret() || value.is_unknown() => {
            Err("it cannot be made of a secret".to_owned())
        }
        Ok(Value::Text(text)) => Ok(text),
        Ok(_) => Err("it is null with these inputs".to_owned()),
        Err(misfit) => Err(misfit.message),
    }
}

/// A scope of inputs alone.
pub(super) struct Inputs<'a>(pub(super) &'a Map);

impl Scope for Inputs<'_> {
    fn path(&self, path: &Path) -> Value {
        if path.head != "inputs" {
            return Value::Null;
        }
        let mut segments = path.rest.iter();
        let first = segments.next().and_then(|(name, _)| self.0.get(name));
        let found = first
            .and_then(|first| segments.try_fold(first, |value, (name, _)| inside(value, name)));
        found.cloned().unwrap_or_default()
    }
}

fn inside<'v>(value: &'v Value, name: &str) -> Option<&'v Value> {
    match value {
        Value::Map(map) => map.get(name),
        Value::List(items) => items.get(name.parse::<usize>().ok()?),
        Value::Null
        | Value::Bool(_)
        | Value::Int(_)
        | Value::Float(_)
        | Value::Text(_)
        | Value::Duration(_)
        | Value::Timestamp(_)
        | Value::Unknown(_) => None,
    }
}

/// A table without secrets: a credential's name never holds one.
pub(super) struct NoSecrets;

const NONE_HERE: &str = "a secret has no place here";

impl Secrets for NoSecrets {
    fn seal(&self, origin: &str, _plain: String) -> Handle {
        Handle { id: 0, origin: origin.to_owned() }
    }

    fn derive(
        &self,
        _origin: &str,
        _texts: &[&str],
        _compute: &dyn Fn(&[String]) -> Result<String, String>,
    ) -> Result<Handle, String> {
        Err(NONE_HERE.to_owned())
    }

    fn same(&self, a: &str, b: &str) -> bool {
        a == b
    }

    fn check(&self, _salt: &str, _text: &str) -> Option<String> {
        None
    }

    fn prefix(&self, _text: &str, _characters: usize) -> Option<String> {
        None
    }
}
