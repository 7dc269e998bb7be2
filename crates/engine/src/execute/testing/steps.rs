//! The steps of the tests: the made-up ones of the checks, which act in the tests' world here.

use super::looks;
use crate::check::testing as made_up;
use crate::ctx::{Ctx, Waited};
use crate::effect::Exec;
use crate::spec::{Output, Param, Place, Repeat, Role, Spec};
use crate::step::{BoxFuture, Fate, Park, Registry, Step, StepError, outputs};
use crate::time::Duration;
use crate::types::Type;
use crate::value::{Handle, Map, Value};

/// A made-up step that acts.
struct Acting(Spec);

/// Returns the registry.
pub(crate) fn registry() -> Registry {
    let mut steps = Registry::default();
    for step in made_up::registry().iter() {
        steps.add(Acting(step.spec().clone()));
    }
    if let Some(create) = made_up::registry().get("fake.create") {
        let (name, settle) = ("test.create".to_owned(), Duration::seconds(40));
        steps.add(Acting(Spec { name, settle, ..create.spec().clone() }));
    }
    for spec in own() {
        steps.add(Acting(spec));
    }
    steps
}

fn own() -> Vec<Spec> {
    let any = |name: &str| Param::optional(name, Type::Any, "anything");
    let spec = |name: &str, role| Spec { name: name.to_owned(), role, ..Spec::default() };
    let name = || Param::required("name", Type::String, "what to touch");
    let value = || vec![Output::new("value", Type::Any, "what was given").nullable()];
    vec![
        Spec {
            pure: true,
            params: vec![any("value")],
            outputs: value(),
            ..spec("test.echo", Role::Other)
        },
        Spec { params: vec![name()], outputs: value(), ..spec("test.look", Role::Read) },
        Spec {
            params: vec![Param::required("ms", Type::Integer, "how long")],
            ..spec("test.wait", Role::Other)
        },
        Spec {
            pure: true,
            params: vec![Param::optional("ms", Type::Integer, "how long")],
            outputs: value(),
            ..spec("test.park", Role::Other)
        },
        Spec { params: vec![name()], has_undo: true, ..spec("test.write", Role::Other) },
        Spec {
            params: vec![name()],
            repeat: Repeat::Safe,
            has_undo: true,
            ..spec("test.put", Role::Other)
        },
        Spec { params: vec![name()], has_undo: true, ..spec("test.twice", Role::Other) },
        Spec { params: vec![name()], has_undo: true, ..spec("test.cautious", Role::Other) },
        Spec { params: vec![name()], outputs: value(), ..spec("test.count", Role::Read) },
        Spec {
            pure: true,
            params: vec![name()],
            outputs: vec![Output::new("value", Type::Secret, "what was drawn")],
            ..spec("test.draw", Role::Other)
        },
        sends(),
        Spec {
            params: vec![
                Param::required("file", Type::String, "the file").literal(),
                Param::optional("inputs", Type::map(Type::Any), "its inputs"),
            ],
            starts: Some("file".to_owned()),
            has_read: true,
            lands_at_once: true,
            repeat: Repeat::Safe,
            ..spec("workflow.run", Role::Other)
        },
        Spec { params: vec![name()], ..spec("test.http", Role::Other) },
        Spec { params: vec![name()], ..spec("test.spoil", Role::Other) },
        Spec { params: vec![name()], ..spec("test.opaque", Role::Other) },
        Spec {
            params: vec![Param::required("token", Type::Secret, "what to pass on")],
            ..spec("test.give", Role::Other)
        },
        Spec {
            params: vec![Param::required("program", Type::String, "what to run")],
            ..spec("test.exec", Role::Other)
        },
    ]
}

/// A store that cannot look: what got no answer is sent again.
fn sends() -> Spec {
    Spec {
        name: "test.send".to_owned(),
        role: Role::Store,
        params: vec![
            Param::required("path", Type::String, "where to"),
            Param::required("value", Type::Secret, "what to keep"),
        ],
        stores_at: Some(Place::new("vault", &["path"])),
        read_back: Some("fake.get".to_owned()),
        has_undo: true,
        repeat: Repeat::Safe,
        ..Spec::default()
    }
}

impl Step for Acting {
    fn spec(&self) -> &Spec {
        &self.0
    }

    fn read<'a>(
        &'a self,
        params: &'a Map,
        ctx: &'a Ctx<'a>,
    ) -> BoxFuture<'a, Result<Option<Map>, StepError>> {
        Box::pin(looks::read(&self.0, params, ctx))
    }

    fn run<'a>(
        &'a self,
        params: &'a Map,
        ctx: &'a Ctx<'a>,
    ) -> BoxFuture<'a, Result<Map, StepError>> {
        Box::pin(act(&self.0.name, params, ctx))
    }

    fn undo<'a>(
        &'a self,
        params: &'a Map,
        done: &'a Map,
        ctx: &'a Ctx<'a>,
    ) -> BoxFuture<'a, Result<(), StepError>> {
        Box::pin(take_back(&self.0, params, done, ctx))
    }
}

/// Takes back what a step did: a token by its id or else its marker, a place by what it held.
async fn take_back(spec: &Spec, params: &Map, done: &Map, ctx: &Ctx<'_>) -> Result<(), StepError> {
    let text =
        |of: &Map, name: &str| of.get(name).and_then(Value::as_text).unwrap_or_default().to_owned();
    let place = spec.stores_at.as_ref().or(spec.publishes_to.as_ref());
    let program = match (place, spec.role) {
        (Some(place), _) => {
            let word = if place.kind == "vault" { "vault" } else { "profile" };
            let place = format!("{word} {}", text(params, &place.args[0]));
            let wrote = [text(params, "value"), text(params, "token")].concat();
            Exec { stdin: Some(wrote), ..Exec::new(["restore", &place]) }
        }
        (None, Role::Create) if done.contains_key("id") => Exec::new(["revoke", &text(done, "id")]),
        (None, Role::Create) => Exec::new(["revoke_marked", ctx.key()]),
        (None, _) => Exec::new(["unwrite", &text(params, "name")]),
    };
    ctx.exec(program).await.map(|_| ())
}

async fn act(name: &str, params: &Map, ctx: &Ctx<'_>) -> Result<Map, StepError> {
    let texts = |name: &str| match params.get(name) {
        Some(Value::Text(text)) => text.clone(),
        Some(Value::Unknown(of)) => of.to_mark(),
        _ => String::new(),
    };
    let texts: Map = params.keys().map(|name| (name.clone(), texts(name).into())).collect();
    let text = |name: &str| texts.get(name).and_then(Value::as_text).unwrap_or_default();
    let profile = || format!("profile {}", text("profile"));
    match name {
        "fake.create" | "fake.in_place" | "test.create" => {
            let program = Exec::new(["create", text("description"), ctx.key()]);
            let made = ctx.exec(program).await?.1;
            let (id, token) = (made.get("id").clone(), made.get("token").clone());
            let prefix = "M.V1.fake".into();
            Ok(outputs([
                ("id", id),
                ("token", token),
                ("prefix", prefix),
                ("expires_at", Value::Null),
            ]))
        }
        "fake.chosen" => {
            let password = Some(text("password").to_owned());
            ctx.exec(Exec { stdin: password, ..Exec::new(["adopt", text("user")]) }).await?;
            Ok(outputs([("id", text("user").into())]))
        }
        "fake.store" | "test.send" => {
            put(ctx, &format!("vault {}", text("path")), text("value")).await
        }
        "fake.publish" => put(ctx, &profile(), text("token")).await,
        "fake.get" => get(ctx, &format!("vault {}", text("path")), "value").await,
        "fake.published" => get(ctx, &profile(), "token").await,
        "fake.which" => {
            let id = look(ctx, ["which", &profile()], None).await?;
            Ok(outputs([("id", id), ("prefix", Value::Null)]))
        }
        "fake.list" | "fake.login" => {
            let token = Some(text("token")).filter(|token| !token.is_empty());
            look(ctx, ["list", &profile()], token).await?;
            Ok(outputs([("tokens", Value::List(Vec::new())), ("ok", true.into())]))
        }
        "fake.revoke" => {
            let at = ctx.exec(Exec::new(["revoke", text("token_id")])).await?.1;
            Ok(outputs([("revoked_at", at)]))
        }
        "fake.drop" => {
            let stdin = Some(text("admin_password").to_owned());
            ctx.exec(Exec { stdin, ..Exec::new(["revoke", text("user")]) }).await?;
            Ok(Map::new())
        }
        "notify.webhook" => {
            ctx.exec(Exec::new(["notify", text("text")])).await?;
            Ok(outputs([("status", 204.into())]))
        }
        "approval.wait" | "wait" => wait(name, params, ctx),
        "log" => {
            ctx.log("info", text("message"), Value::Null).await?;
            Ok(Map::new())
        }
        own => act_of_tests(own, params, &texts, ctx).await,
    }
}

/// What waits: for a time, or a person.
fn wait(name: &str, params: &Map, ctx: &Ctx<'_>) -> Result<Map, StepError> {
    if let Some(Value::Duration(length)) = params.get("for").filter(|_| name == "wait") {
        return Err(StepError::park(Park { until: Some(ctx.now() + *length), ask: None }));
    }
    match ctx.waited().and_then(|waited| waited.word.as_ref()) {
        Some(word) => Ok(outputs([("by", word.by.clone().into())])),
        None => {
            let ask = params.get("ask").and_then(Value::as_text).map(str::to_owned);
            Err(StepError::park(Park { until: None, ask }))
        }
    }
}

/// What the steps that are there for these tests alone do.
async fn act_of_tests(
    name: &str,
    params: &Map,
    texts: &Map,
    ctx: &Ctx<'_>,
) -> Result<Map, StepError> {
    let text = |name: &str| texts.get(name).and_then(Value::as_text).unwrap_or_default();
    match name {
        "test.draw" => draw(text("name"), ctx).await,
        "test.echo" => Ok(outputs([("value", params["value"].clone())])),
        "test.look" | "test.count" => {
            Ok(outputs([("value", look(ctx, [&name[5..], text("name")], None).await?)]))
        }
        "test.wait" => {
            let Some(Value::Int(ms)) = params.get("ms") else {
                return Err(StepError::new("no ms"));
            };
            ctx.sleep(ctx.now() + Duration(ms.unsigned_abs())).await?;
            Ok(Map::new())
        }
        "test.park" => park(params, ctx),
        "test.write" | "test.put" | "test.http" => {
            ctx.exec(Exec::new(["write", text("name")])).await?;
            Ok(Map::new())
        }
        "test.exec" => {
            ctx.exec(Exec::new([text("program")])).await?;
            Ok(Map::new())
        }
        "test.give" => {
            let stdin = Some(text("token").to_owned());
            ctx.exec(Exec { stdin, ..Exec::new(["give"]) }).await?;
            Ok(Map::new())
        }
        "test.spoil" => put(ctx, text("name"), "spoiled").await.map(|_| Map::new()),
        // As a plugin's code does that looks into what a preview does not know.
        "test.opaque" => Err(StepError {
            fate: Fate::Previewed,
            ..StepError::new("only a run knows `steps.a.value`")
        }),
        "exec.run" => {
            let Some(Value::List(argv)) = params.get("argv") else {
                return Err(StepError::new("no argv"));
            };
            let words = argv.iter().filter_map(Value::as_text);
            ctx.exec(Exec::new(words.collect::<Vec<_>>())).await?;
            Ok(Map::new())
        }
        // Looks, then writes.
        "test.cautious" => {
            look(ctx, ["look", text("name")], None).await?;
            ctx.exec(Exec::new(["write", text("name")])).await?;
            Ok(Map::new())
        }
        // Writes, then looks whether it is there.
        "test.twice" => {
            ctx.exec(Exec::new(["write", text("name")])).await?;
            look(ctx, ["look", text("name")], None).await?;
            Ok(Map::new())
        }
        other => Err(StepError::new(format!("`{other}` does not act here"))),
    }
}

/// Parks for a time, or for a person whose word it gives then.
fn park(params: &Map, ctx: &Ctx<'_>) -> Result<Map, StepError> {
    match (params.get("ms"), ctx.waited()) {
        (_, Some(Waited { word: Some(word), .. })) => {
            Ok(outputs([("value", word.decision.as_str().into())]))
        }
        (Some(Value::Int(_)), Some(_)) => Ok(outputs([("value", "over".into())])),
        (Some(Value::Int(ms)), None) => {
            let until = Some(ctx.now() + Duration(ms.unsigned_abs()));
            Err(StepError::park(Park { until, ask: None }))
        }
        _ => Err(StepError::park(Park { until: None, ask: Some("may it?".to_owned()) })),
    }
}

/// A secret of ours; what is fickle says from its second try on that it came from elsewhere.
async fn draw(name: &str, ctx: &Ctx<'_>) -> Result<Map, StepError> {
    let drawn = ctx.random(32, "ab").await?;
    let id = drawn.id;
    let output = if name == "fickle" && ctx.attempt() > 1 { "other" } else { "value" };
    let origin = format!("steps.{}.{output}", ctx.scope().step);
    Ok(outputs([("value", Value::from(Handle { id, origin }))]))
}

async fn put(ctx: &Ctx<'_>, place: &str, value: &str) -> Result<Map, StepError> {
    let program = Exec { stdin: Some(value.to_owned()), ..Exec::new(["put", place]) };
    ctx.exec(program).await?;
    Ok(outputs([("prefix", "M.V1.fake".into()), ("version", 1.into())]))
}

async fn get(ctx: &Ctx<'_>, place: &str, output: &str) -> Result<Map, StepError> {
    let value =
        look(ctx, ["get", place], None).await.map_err(|error| match error.message.as_str() {
            "get was refused with 404" => error.code("not_found"),
            _ => error,
        })?;
    Ok(outputs([(output, value), ("prefix", Value::Null)]))
}

async fn look(ctx: &Ctx<'_>, argv: [&str; 2], stdin: Option<&str>) -> Result<Value, StepError> {
    let stdin = stdin.map(str::to_owned);
    let program = Exec { reads: true, stdin, ..Exec::new(argv) };
    Ok(ctx.exec(program).await?.1)
}
