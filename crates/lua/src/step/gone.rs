//! Whether what is not found is gone: only where the same list shows the credential that is in use.
//! A plugin that logs in with another account finds nothing of ours, and nothing is gone.

use std::sync::Arc;

use cutover_engine::ctx::Ctx;
use cutover_engine::spec::Spec;
use cutover_engine::step::{Step, StepError};
use cutover_engine::value::{Map, Value};

use crate::step::listed::{id_of, is_live, list};

/// The lists that show what a step revokes, of the creates that name it as their `revoke`.
pub(super) struct Gone {
    pub(super) lists: Vec<Arc<dyn Step>>,
}

/// How what is to be revoked stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// A list shows it in force.
    Lives,
    /// It is ended, or not shown by a list that shows what is in use, or there is nothing that a list
    /// could be told by.
    MayBeGone,
}

impl Gone {
    /// Looks how a step's target stands, before that is believed to be gone.
    ///
    /// # Errors
    /// Where no list shows it, nor what is in use: then they are not those of the right account.
    pub(super) async fn look(
        &self,
        spec: &Spec,
        params: &Map,
        ctx: &Ctx<'_>,
    ) -> Result<Standing, StepError> {
        let target = spec.revokes.as_ref().and_then(|name| params.get(name)).and_then(id_of);
        let Some((target, current)) = told_by(target, ctx) else { return Ok(Standing::MayBeGone) };
        let mut shows_current = false;
        for step in &self.lists {
            let items = list(step.as_ref(), params, ctx).await?;
            if let Some(item) = by_id(&items, &target) {
                let lives = is_live(item, ctx.now());
                return Ok(if lives { Standing::Lives } else { Standing::MayBeGone });
            }
            shows_current |= by_id(&items, &current).is_some();
        }
        if shows_current {
            Ok(Standing::MayBeGone)
        } else {
            Err(other_account(&spec.name, &target, &current))
        }
    }
}

/// Says no where a create's list shows neither what it made nor what is in use.
pub(super) fn shown(name: &str, id: &str, items: &[Value], ctx: &Ctx<'_>) -> Result<(), StepError> {
    match told_by(Some(id.to_owned()), ctx) {
        Some((id, current)) if by_id(items, &id).or(by_id(items, &current)).is_none() => {
            Err(other_account(name, &id, &current))
        }
        Some(_) | None => Ok(()),
    }
}

/// Returns what is looked for, and what is in use and has to be shown beside it. Where nothing else
/// is in use that is known, no list can be told to be that of another account.
fn told_by(target: Option<String>, ctx: &Ctx<'_>) -> Option<(String, String)> {
    let current = ctx.scope().current.clone()?;
    let target = target?;
    (target != current).then_some((target, current))
}

fn by_id<'a>(items: &'a [Value], id: &str) -> Option<&'a Value> {
    items.iter().find(|item| id_of(item.get("id")).as_deref() == Some(id))
}

fn other_account(name: &str, target: &str, current: &str) -> StepError {
    let plugin = name.split('.').next().unwrap_or(name);
    let message = format!(
        "`{target}` was not found, and the list does not show {current} either, which is in use: is \
         it that of the right account?"
    );
    StepError::retryable(message).code("not_found").help(format!(
        "nothing was revoked; look at what `{plugin}` logs in with: its `config` in the workflow, and \
         where that takes its secrets from"
    ))
}
