//! What a function gave against what its manifest says.

use cutover_engine::coerce::coerce;
use cutover_engine::ctx::Ctx;
use cutover_engine::spec::{Output, Spec};
use cutover_engine::types::Type;
use cutover_engine::value::{Map, Piece, Value, pieces};

use crate::door::Door;

/// An output that is not what the manifest says.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Misfit {
    pub(super) message: String,
    pub(super) help: String,
}

/// Checks all outputs. A `read` leaves out a secret that it cannot read any more.
pub(super) fn check(
    spec: &Spec,
    params: &Map,
    mut found: Map,
    is_read: bool,
) -> Result<Map, Misfit> {
    let mut outputs = Map::new();
    for output in spec.outputs_with(params) {
        let value = found.swap_remove(&output.name).unwrap_or_default();
        if value.is_null() {
            match (output.nullable, is_read && holds_secret(&output.ty)) {
                (_, true) => {}
                (true, false) => {
                    outputs.insert(output.name.clone(), Value::Null);
                }
                (false, false) => return Err(missing(output)),
            }
            continue;
        }
        outputs.insert(output.name.clone(), fit(output, &value)?);
    }
    Ok(outputs)
}

/// Says so where `run` gave nothing at all, and something is declared.
pub(super) fn nothing(spec: &Spec, params: &Map) -> Result<Map, Misfit> {
    let wanted: Vec<&str> = spec
        .outputs_with(params)
        .filter(|output| !output.nullable)
        .map(|output| output.name.as_str())
        .collect();
    if wanted.is_empty() {
        return Ok(Map::new());
    }
    Err(Misfit {
        message: format!("nothing, and its outputs are `{}`", wanted.join("`, `")),
        help: format!("let `run` end with `return {{ {} = .. }}`", wanted.join(" = .., ")),
    })
}

fn missing(output: &Output) -> Misfit {
    Misfit {
        message: format!("no `{}`", output.name),
        help: format!("give it, or declare it with a `?`: `{}: {}?`", output.name, output.ty),
    }
}

fn fit(output: &Output, value: &Value) -> Result<Value, Misfit> {
    let (name, ty) = (&output.name, &output.ty);
    match (ty, value.is_secret()) {
        (Type::Secret, true) => Ok(value.clone()),
        (Type::Secret, false) => Err(Misfit {
            message: format!("a plain `{name}`, which is declared `secret`"),
            help: format!(
                "take it out where it enters, before this code sees it: `seal = {{ \"{name}\" }}` for \
                 JSON, `as = \"secret\"` for a whole text"
            ),
        }),
        (ty, true) if !holds_secret(ty) => Err(Misfit {
            message: format!("a secret as `{name}`, which is declared `{ty}`"),
            help: format!("declare `{name}: secret`, or give something else"),
        }),
        (ty, _) => coerce(&shaped(value, ty), ty).map_err(|misfit| Misfit {
            message: format!("a wrong `{name}`: {}", misfit.message),
            help: misfit.help,
        }),
    }
}

/// An empty table of Lua is a list where one is wanted.
fn shaped(value: &Value, ty: &Type) -> Value {
    match (value, ty) {
        (Value::Map(map), Type::List(_)) if map.is_empty() => Value::List(Vec::new()),
        (Value::List(items), Type::Map(_) | Type::Object(_)) if items.is_empty() => {
            Value::Map(Map::new())
        }
        (Value::List(items), Type::List(of)) => {
            Value::List(items.iter().map(|item| shaped(item, of)).collect())
        }
        (Value::Map(map), Type::Map(of)) => {
            Value::Map(map.iter().map(|(key, item)| (key.clone(), shaped(item, of))).collect())
        }
        (Value::Map(map), Type::Object(fields)) => {
            let known = map
                .iter()
                .filter_map(|(key, item)| Some((key.clone(), shaped(item, fields.get(key)?))));
            Value::Map(known.collect())
        }
        (other, _) => other.clone(),
    }
}

fn holds_secret(ty: &Type) -> bool {
    ty.any(&|ty| *ty == Type::Secret)
}

/// Names each secret that this call made after its output, so that a resume knows which step gives
/// it again. What was handed in keeps the name that it came with.
pub(super) fn own(
    mut outputs: Map,
    params: &Map,
    done: Option<&Map>,
    door: &Door<'_>,
    ctx: &Ctx<'_>,
) -> Map {
    let given = [Some(params), done].into_iter().flatten().flat_map(Map::values);
    let given: Vec<u128> = given.flat_map(Value::handles).map(|handle| handle.id).collect();
    for (name, value) in &mut outputs {
        let Some(text) = value.as_text() else { continue };
        let origin = format!("{}.{name}", door.place());
        let is_new = match pieces(text).as_slice() {
            [Piece::Secret(handle)] => !given.contains(&handle.id) && handle.origin != origin,
            _ => false,
        };
        if !is_new {
            continue;
        }
        let same = |opened: &[String]| Ok(opened.concat());
        if let Ok(handle) = ctx.secrets().derive(&origin, &[text], &same) {
            *value = handle.into();
        }
    }
    outputs
}
