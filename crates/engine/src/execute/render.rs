//! From a step as it was written to the parameters that it runs with.

use indexmap::IndexMap;

use crate::check::Node;
use crate::coerce::coerce;
use crate::host::Secrets;
use crate::spec::{Param, Secrecy, Spec};
use crate::template::{Expr, NullInText, RenderError, Scope};
use crate::value::{Map, Value};
use crate::workflow::{self, Entry, Tree};

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
    of_spec(node.step.spec(), &node.decl.with, scope, secrets)
}

/// Returns every parameter of a spec, from what is written of them.
pub(crate) fn of_spec(
    spec: &Spec,
    with: &IndexMap<String, Entry>,
    scope: &dyn Scope,
    secrets: &dyn Secrets,
) -> Result<Map, Fault> {
    let of = |param: &Param| {
        let value = match with.get(&param.name) {
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
    // What `check` cannot see, inside an output of type `any`, is stopped here.
    if param.secrecy == Secrecy::Never && value.is_secret() {
        return Err(Fault {
            message: format!("`{}` was given a secret, and takes none", param.name),
            help: "`cutover explain L04` tells where a secret may go".to_owned(),
        });
    }
    let within =
        coerce(&value, &param.ty).and_then(|value| param.limits.check(&value).map(|()| value));
    within.map_err(|misfit| Fault {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::execute::testing::Table;
    use crate::source::Span;
    use crate::template::{Path, Placement, Template};
    use crate::types::Type;
    use crate::value::Handle;

    /// A scope in which every path is a secret.
    struct AllSecret;

    impl Scope for AllSecret {
        fn path(&self, _path: &Path) -> Value {
            Handle { id: 7, origin: "steps.ask.json".to_owned() }.into()
        }
    }

    fn given(param: &Param) -> Result<Value, Fault> {
        let at = Placement { span: Span::default(), verbatim: None };
        let template = Template::parse("for {{ steps.ask.json.name }}", at).unwrap();
        let written = workflow::Node { span: Span::default(), tree: Tree::Template(template) };
        param_value(param, &written, &AllSecret, &Table::default())
    }

    #[test]
    fn a_secret_that_check_could_not_see_enters_no_parameter_that_takes_none() {
        let refused = given(&Param::required("message", Type::Any, "Words.")).unwrap_err();
        assert_eq!(refused.message, "`message` was given a secret, and takes none");
        let taken = given(&Param::required("json", Type::Any, "A body.").may_be_secret());
        assert!(taken.unwrap().is_secret());
    }
}
