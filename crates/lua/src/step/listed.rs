//! What a create has by its list and its revoke: `read` and `undo`, where it has none of its own,
//! and the look at what is there before its first try.

use std::sync::Arc;

use cutover_engine::coerce::coerce;
use cutover_engine::ctx::Ctx;
use cutover_engine::spec::{Output, Spec};
use cutover_engine::step::{Step, StepError};
use cutover_engine::time::Timestamp;
use cutover_engine::types::Type;
use cutover_engine::value::{Map, Value, shown};

use crate::step::gone;

/// The hidden parameter that holds the ids of what was listed before the first try.
const BEFORE: &str = "before.ids";

/// The steps that list and revoke what a create makes.
pub(super) struct Listed {
    pub(super) list: Arc<dyn Step>,
    pub(super) revoke: Option<Arc<dyn Step>>,
    pub(super) known_by: KnownBy,
}

/// How what a try has made is told from everything else that is listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum KnownBy {
    /// It carries the marker of the try.
    Marker,
    /// It was not there before.
    Difference,
    /// By its id alone, where the answer came.
    Id,
}

impl Listed {
    /// Returns the ids of all that is there, where what is new is told by them.
    ///
    /// # Errors
    /// Where the provider lets no other live beside those that do.
    pub(super) async fn before(
        &self,
        spec: &Spec,
        params: &Map,
        ctx: &Ctx<'_>,
    ) -> Result<Map, StepError> {
        let items = self.items(params, ctx).await?;
        let live: Vec<&Value> = items.iter().filter(|item| is_live(item, ctx.now())).collect();
        if let Some(most) = spec.max_live.filter(|most| live.len() >= *most as usize) {
            return Err(no_room(most, &live));
        }
        let ids = items.iter().filter_map(|item| id_of(item.get("id")));
        let ids: Vec<Value> = ids.map(Value::from).collect();
        let told =
            (self.known_by == KnownBy::Difference).then(|| (BEFORE.to_owned(), Value::List(ids)));
        Ok(told.into_iter().collect())
    }

    /// Looks for the live one that the try has made. Its secrets are told by no list.
    pub(super) async fn read(
        &self,
        spec: &Spec,
        params: &Map,
        ctx: &Ctx<'_>,
    ) -> Result<Option<Map>, StepError> {
        let items = self.items(params, ctx).await?;
        let live = items.iter().filter(|item| is_live(item, ctx.now()));
        let found = match self.known_by {
            KnownBy::Marker => live.clone().find(|item| carries(item, ctx.key())),
            KnownBy::Difference => the_new_one(live, params)?,
            KnownBy::Id => None,
        };
        Ok(found.map(|item| {
            let told = spec.outputs_with(params).filter(|output| output.ty != Type::Secret);
            let value = |output: &Output| match item.get(&output.name) {
                Value::Null => params.get(&output.name).cloned().unwrap_or_default(),
                told => coerce(told, &output.ty).unwrap_or_else(|_| told.clone()),
            };
            told.map(|output| (output.name.clone(), value(output))).collect()
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
            if carries(item, ctx.key()) || is_it && self.known_by != KnownBy::Marker {
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
                gone::shown(&self.list.spec().name, &id, &items, ctx)?;
                self.end(params, &id, ctx).await
            }
            Some(_) | None => Ok(()),
        }
    }

    async fn items(&self, params: &Map, ctx: &Ctx<'_>) -> Result<Vec<Value>, StepError> {
        list(self.list.as_ref(), params, ctx).await
    }

    async fn end(&self, params: &Map, id: &str, ctx: &Ctx<'_>) -> Result<(), StepError> {
        let Some(revoke) = &self.revoke else { return Ok(()) };
        let spec = revoke.spec();
        let mut with = with_of(spec, params);
        with.insert(spec.revokes.clone().unwrap_or_else(|| "id".to_owned()), id.into());
        if spec.has_read && revoke.read(&with, ctx).await?.is_some() {
            return Ok(());
        }
        revoke.run(&with, ctx).await.map(|_| ())
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

/// Returns the one that was not there before.
///
/// # Errors
/// Where there are more, or nobody knows what was there: a person has to look.
fn the_new_one<'i>(
    live: impl Iterator<Item = &'i Value>,
    params: &Map,
) -> Result<Option<&'i Value>, StepError> {
    let Some(Value::List(before)) = params.get(BEFORE) else {
        return Err(StepError::new("what was listed before it is not known").code("ambiguous"));
    };
    let is_new = |item: &&Value| {
        id_of(item.get("id")).is_some_and(|id| !before.iter().any(|old| old.as_text() == Some(&id)))
    };
    let new: Vec<&Value> = live.filter(is_new).collect();
    match new.as_slice() {
        [] => Ok(None),
        [item] => Ok(Some(item)),
        several => {
            let (count, ids) = (several.len(), named(several));
            let message = format!("{count} are new since it began, and one of them is ours: {ids}");
            Err(StepError::new(message).code("ambiguous").help("revoke those that nobody uses"))
        }
    }
}

fn no_room(most: u32, live: &[&Value]) -> StepError {
    let (count, ids) = (live.len(), named(live));
    let message = format!("the provider lets {most} live at once, and {count} do: {ids}");
    let help = "revoke one that nobody uses; `cutover tick` revokes what is owed and due";
    StepError::new(message).code("max_live").help(help)
}

/// Names items by their ids, not all of very many.
fn named(items: &[&Value]) -> String {
    const MOST: usize = 10;
    let ids = items.iter().filter_map(|item| id_of(item.get("id")));
    let ids: Vec<String> = ids.take(MOST).map(|id| format!("`{}`", shown(&id))).collect();
    let more = items.len().saturating_sub(MOST);
    let more = if more == 0 { String::new() } else { format!(" and {more} more") };
    ids.join(", ") + &more
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
