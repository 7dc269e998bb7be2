//! L03 once more, now that the inputs are known: they may make two places one.

#[cfg(test)]
mod tests;

use crate::check::place::Known;
use crate::check::rules::flow::Flow;
use crate::check::rules::l03;
use crate::diagnostic::Diagnostics;
use crate::host::Host;
use crate::plan::credential::{Inputs, NoSecrets};
use crate::plan::{InputError, Plan};
use crate::step::Registry;
use crate::template::{Expr, Path, RenderError, Scope, Template};
use crate::types::Type;
use crate::value::{Unknown, Value};

/// Returns every revoke that, with these inputs, logs in by what it ends. Where there is one, the
/// plan may not run.
pub fn cut_off(plan: &Plan, host: &dyn Host) -> Vec<InputError> {
    let registry = Registry::default();
    let known = Given { plan, host };
    let flow = Flow::knowing(plan.checked(), &registry, &known);
    let mut found = Diagnostics::default();
    l03::check(&flow, &mut found);
    let error = |message, help: Option<String>| InputError {
        input: String::new(),
        message: format!("with these inputs {message} (L03)"),
        help: help.unwrap_or_default(),
    };
    found.list.into_iter().map(|found| error(found.message, found.help)).collect()
}

/// What a plan knows before anything was asked: its inputs and its credential.
struct Given<'a> {
    plan: &'a Plan,
    host: &'a dyn Host,
}

impl Known for Given<'_> {
    fn template(&self, template: &Template) -> Option<Value> {
        told(template.render(self, &NoSecrets))
    }

    fn expr(&self, expr: &Expr) -> Option<Value> {
        told(expr.eval(self, &NoSecrets))
    }

    fn absolute(&self, path: &str) -> String {
        self.host.absolute(path)
    }
}

impl Scope for Given<'_> {
    fn path(&self, path: &Path) -> Value {
        let names: Vec<&str> = path.rest.iter().map(|(name, _)| name.as_str()).collect();
        let credential = self.plan.credential();
        match (path.head.as_str(), names.as_slice(), credential) {
            ("inputs", _, _) => Inputs(self.plan.inputs()).path(path),
            ("run", ["workflow"], _) => self.plan.checked().workflow().name.value.as_str().into(),
            ("credential", ["name"], Some(of)) => of.name.as_str().into(),
            ("credential", ["owner"], Some(of)) => of.owner.as_deref().into(),
            (head, names, _) => {
                let from = std::iter::once(head).chain(names.iter().copied());
                let from = from.collect::<Vec<_>>().join(".");
                Value::Unknown(Unknown { from, ty: Type::Any })
            }
        }
    }
}

/// A value that holds nothing unknown and no secret; a secret is told by where it comes from.
fn told(value: Result<Value, RenderError>) -> Option<Value> {
    value.ok().filter(|value| !value.is_unknown() && !value.is_secret())
}
