//! What the steps of the tests find when they are asked whether it is there already.

use crate::ctx::Ctx;
use crate::effect::Exec;
use crate::spec::{Role, Spec};
use crate::step::{StepError, outputs};
use crate::value::{Map, Value};

/// Looks for what a try of a step has done.
pub(super) async fn read(
    spec: &Spec,
    params: &Map,
    ctx: &Ctx<'_>,
) -> Result<Option<Map>, StepError> {
    let text = |name: &str| params.get(name).and_then(Value::as_text).unwrap_or_default();
    match (spec.role, spec.name.as_str()) {
        (Role::Create, "fake.chosen") => {
            let user = text("user");
            let known = ask(ctx, "login", user, Some(text("password"))).await?;
            Ok((!known.is_null()).then(|| outputs([("id", user.into())])))
        }
        (Role::Create, _) => {
            let id = ask(ctx, "find", ctx.key(), None).await?;
            let prefix = "M.V1.fake".into();
            Ok((!id.is_null())
                .then(|| outputs([("id", id), ("prefix", prefix), ("expires_at", Value::Null)])))
        }
        (Role::Store, _) => holds(ctx, &format!("vault {}", text("path")), text("value")).await,
        (Role::Publish, _) => {
            holds(ctx, &format!("profile {}", text("profile")), text("token")).await
        }
        (_, name) if name.starts_with("test.") => {
            let done = ask(ctx, "done", text("name"), None).await?;
            Ok((!done.is_null()).then(Map::new))
        }
        _ => Ok(None),
    }
}

async fn holds(ctx: &Ctx<'_>, place: &str, wanted: &str) -> Result<Option<Map>, StepError> {
    let held = ask(ctx, "get", place, None).await?;
    let same = held.as_text().is_some_and(|held| ctx.secrets().same(held, wanted));
    Ok(same.then(|| outputs([("prefix", "M.V1.fake".into()), ("version", 1.into())])))
}

async fn ask(ctx: &Ctx<'_>, verb: &str, of: &str, stdin: Option<&str>) -> Result<Value, StepError> {
    let stdin = stdin.map(str::to_owned);
    let program = Exec { reads: true, stdin, ..Exec::new([verb, of]) };
    match ctx.exec(program).await {
        Ok((_, answer)) => Ok(answer),
        Err(error) if error.code == "refused" && error.message.contains("404") => Ok(Value::Null),
        Err(error) => Err(error),
    }
}
