//! The `read` and `undo` of a create that has none of its own: by its list and its revoke.

use std::sync::Arc;

use cutover_engine::ctx::Ctx;
use cutover_engine::spec::Spec;
use cutover_engine::step::{Step, StepError};
use cutover_engine::time::Timestamp;
use cutover_engine::types::Type;
use cutover_engine::value::{Map, Value};

use crate::step::gone;

/// The steps that list and revoke what a create makes.
pub(super) struct Listed {
    pub(super) list: Arc<dyn Step>,
    pub(super) revoke: Arc<dyn Step>,
    /// What is made carries the marker of its try; else it is known by its id alone.
    pub(super) marked: bool,
}

impl Listed {
    /// Looks for the live one with the marker of the try. Its secrets are told by no list.
    pub(super) async fn read(
        &self,
        spec: &Spec,
        params: &Map,
        ctx: &Ctx<'_>,
    ) -> Result<Option<Map>, StepError> {
        let items = self.items(params, ctx).await?;
        let found = items.iter().find(|item| is_live(item, ctx.now()) && carries(item, ctx.key()));
        Ok(found.map(|item| {
            let told = spec.outputs_with(params).filter(|output| output.ty != Type::Secret);
            let value = |name: &str| match item.get(name) {
                Value::Null => params.get(name).cloned().unwrap_or_default(),
                told => told.clone(),
            };
            told.map(|output| (output.name.clone(), value(&output.name))).collect()
        }))
    }

    /// Revokes what carries the marker, and what the create gave where the list does not show it.
    pub(super) async fn undo(
        &self,
        params: &Map,
        done: &Map,
        ctx: &Ctx<'_>,
    ) -> Result<(), StepError> {
        let items = self.items(params, ctx).await?;
        let id = done.get("id").and_then(id_of);
        for item in items.iter().filter(|item| is_live(item, ctx.now())) {
            let Some(listed) = id_of(item.get("id")) else { continue };
            let is_it = id.as_ref() == Some(&listed);
            if carries(item, ctx.key()) || is_it && !self.marked {
                self.end(params, &listed, ctx).await?;
            } else if is_it {
                let message = format!("`{listed}` does not carry this run's marker");
                return Err(StepError::new(message).code("not_ours").help("it was left alone"));
            }
        }
        let shown =
            |id: &String| items.iter().any(|item| id_of(item.get("id")).as_ref() == Some(id));
        match id {
            // A list that lags may not show it yet.
            Some(id) if !shown(&id) => {
                gone::shown(&self.revoke.spec().name, &id, &items, ctx)?;
                self.end(params, &id, ctx).await
            }
            Some(_) | None => Ok(()),
        }
    }

    async fn items(&self, params: &Map, ctx: &Ctx<'_>) -> Result<Vec<Value>, StepError> {
        list(self.list.as_ref(), params, ctx).await
    }

    async fn end(&self, params: &Map, id: &str, ctx: &Ctx<'_>) -> Result<(), StepError> {
        let spec = self.revoke.spec();
        let mut with = with_of(spec, params);
        with.insert(spec.revokes.clone().unwrap_or_else(|| "id".to_owned()), id.into());
        if spec.has_read && self.revoke.read(&with, ctx).await?.is_some() {
            return Ok(());
        }
        self.revoke.run(&with, ctx).await.map(|_| ())
    }
}

/// Asks a list for its items.
pub(super) async fn list(
    list: &dyn Step,
    params: &Map,
    ctx: &Ctx<'_>,
) -> Result<Vec<Value>, StepError> {
    let mut listed = list.run(&with_of(list.spec(), params), ctx).await?;
    Ok(listed.swap_remove("items").unwrap_or_default().items().to_vec())
}

/// Another step of the plugin is asked with the parameters of the same names.
fn with_of(spec: &Spec, params: &Map) -> Map {
    let value = |name: &str, default: &Value| {
        params.get(name).filter(|value| !value.is_null()).unwrap_or(default).clone()
    };
    spec.params
        .iter()
        .map(|param| (param.name.clone(), value(&param.name, &param.default)))
        .collect()
}

pub(super) fn id_of(value: &Value) -> Option<String> {
    match value {
        Value::Text(id) => Some(id.clone()),
        Value::Int(id) => Some(id.to_string()),
        _ => None,
    }
}

fn carries(item: &Value, marker: &str) -> bool {
    !marker.is_empty() && item.get("marker").as_text().is_some_and(|text| text.contains(marker))
}

pub(super) fn is_live(item: &Value, now: Timestamp) -> bool {
    let expired = item.get("expires_at").as_text().and_then(Timestamp::parse);
    *item.get("live") != Value::Bool(false) && expired.is_none_or(|at| at > now)
}
