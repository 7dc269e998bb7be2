//! From a step as it was written to the parameters that it runs with.

use crate::check::Node;
use crate::coerce::coerce;
use crate::host::Secrets;
use crate::spec::Param;
use crate::template::{Expr, NullInText, RenderError, Scope};
use crate::value::{Map, Value};
use crate::workflow::{self, Tree};

/// Parameters or a condition that could not be computed: our words, never a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub(crate) struct Fault {
    pub(crate) message: String,
    pub(crate) help: String,
}

impl From<RenderError> for Fault {
    fn from(error: RenderError) -> Self {
        Self { message: error.message, help: String::new() }
    }
}

/// Returns every parameter of the step's spec: rendered, of the declared type, defaults filled in.
pub(crate) fn params(node: &Node, scope: &dyn Scope, secrets: &dyn Secrets) -> Result<Map, Fault> {
    let spec = node.step.spec();
    let of = |param: &Param| {
        let value = match node.decl.with.get(&param.name) {
            Some(entry) => param_value(param, &entry.node, scope, secrets)?,
            None => Value::Null,
        };
        let value = if value.is_null() { param.default.clone() } else { value };
        let is_empty = param.required && param.ty.is_textual() && value.is_null();
        if is_empty && scope.null_in_text() == NullInText::Empty {
            return Ok((param.name.clone(), Value::Text(String::new())));
        }
        if value.is_null() && param.required {
            let message = format!("`{}` is null, and `{}` needs it", param.name, spec.name);
            let help = "give it a `default`, or the step a `when`".to_owned();
            return Err(Fault { message, help });
        }
        Ok((param.name.clone(), value))
    };
    spec.params.iter().map(of).collect()
}

fn param_value(
    param: &Param,
    written: &workflow::Node,
    scope: &dyn Scope,
    secrets: &dyn Secrets,
) -> Result<Value, Fault> {
    let value = tree(written, scope, secrets)?;
    coerce(&value, &param.ty).map_err(|misfit| Fault {
        message: format!("`{}`: {}", param.name, misfit.message),
        help: misfit.help,
    })
}

/// Renders a value of the document.
pub(crate) fn tree(
    node: &workflow::Node,
    scope: &dyn Scope,
    secrets: &dyn Secrets,
) -> Result<Value, RenderError> {
    match &node.tree {
        Tree::Literal(value) => Ok(value.clone()),
        Tree::Template(template) => template.render(scope, secrets),
        Tree::List(items) => {
            let items = items.iter().map(|item| tree(item, scope, secrets));
            Ok(Value::List(items.collect::<Result<_, _>>()?))
        }
        Tree::Map(map) => {
            let entries = map
                .iter()
                .map(|(key, entry)| Ok((key.clone(), tree(&entry.node, scope, secrets)?)));
            Ok(Value::Map(entries.collect::<Result<_, RenderError>>()?))
        }
    }
}

/// Computes a condition: false are `false` and null only.
pub(crate) fn holds(
    condition: &Expr,
    scope: &dyn Scope,
    secrets: &dyn Secrets,
) -> Result<bool, RenderError> {
    let value = condition.eval(scope, secrets)?;
    Ok(!matches!(value, Value::Null | Value::Bool(false)))
}
