//! The manual of a step: one screen, from its spec.

use cutover_engine::spec::{Condition, Mints, Output, Param, Place, Repeat, Role, Secrecy, Spec};
use cutover_engine::types::Type;
use serde_json::{Value as Json, json};

use super::value::inline;
use crate::style::Paint;
use crate::text::{self, Cell};

/// Returns the list of steps: sign, name, summary.
pub(crate) fn list(specs: &[&Spec], columns: usize) -> String {
    let rows: Vec<Vec<Cell>> = specs
        .iter()
        .map(|spec| {
            vec![
                Cell::new(spec.role.sign().to_string(), Paint::Dim),
                Cell::new(&spec.name, Paint::Strong),
                Cell::plain(&spec.summary),
            ]
        })
        .collect();
    let mut drawn = text::wrapped_table(&rows, 2, columns);
    drawn.push_str("\nSigns: + makes, ~ changes, - removes, ? looks, ! the point of no return\n");
    drawn.push_str("One of them: cutover steps NAME\n");
    drawn
}

/// Returns the manual of one step.
pub(crate) fn page(spec: &Spec, columns: usize) -> String {
    let name = Paint::Strong.on(&spec.name);
    let mut drawn = format!("{name}   {}\n\n", role(spec));
    drawn.push_str(&paragraph(&spec.summary, columns));
    if spec.written().next().is_some() {
        let rows: Vec<Vec<Cell>> = spec.written().map(param).collect();
        drawn.push_str(&section("Parameters", &text::wrapped_table(&rows, 2, columns)));
    }
    if !spec.outputs.is_empty() {
        let rows: Vec<Vec<Cell>> = spec.outputs.iter().map(output).collect();
        drawn.push_str(&section("Outputs", &text::wrapped_table(&rows, 2, columns)));
    }
    if !spec.effect.is_empty() {
        drawn.push_str(&section("In the world", &paragraph(&spec.effect, columns)));
    }
    drawn.push_str(&section("After a crash", &paragraph(&recovery(spec), columns)));
    let places = places(spec);
    if !places.is_empty() {
        drawn.push_str(&section("Places", &text::table(&places, 2, columns)));
    }
    if !spec.example.trim().is_empty() {
        let lines = spec.example.trim_end().lines();
        let lines = lines.map(|line| format!("  {line}").trim_end().to_owned() + "\n");
        drawn.push_str(&section("Example", &lines.collect::<String>()));
    }
    let rules = rules(spec);
    if !rules.is_empty() {
        let rules = format!("  {}: cutover explain CODE\n", rules.join(" "));
        drawn.push_str(&section("Rules", &rules));
    }
    drawn
}

/// Returns the manual as data.
pub(crate) fn json(spec: &Spec) -> Json {
    json!({
        "name": spec.name,
        "role": spec.role.as_str(),
        "summary": spec.summary,
        "effect": spec.effect,
        "recovery": spec.recovery,
        "params": spec.written().map(|param| json!({
            "name": param.name,
            "type": param.ty.to_string(),
            "required": param.required,
            "default": cutover_engine::disk::to_json(&param.default),
            "secret": secrecy(param),
            "literal": param.literal,
            "summary": param.summary,
        })).collect::<Vec<_>>(),
        "outputs": spec.outputs.iter().map(|output| json!({
            "name": output.name,
            "type": output.ty.to_string(),
            "nullable": output.nullable,
            "only_when": output.only_when.as_ref().map(condition),
            "summary": output.summary,
        })).collect::<Vec<_>>(),
        "example": spec.example,
    })
}

fn section(title: &str, body: &str) -> String {
    format!("\n{}\n{body}", Paint::Strong.on(title))
}

fn paragraph(words: &str, columns: usize) -> String {
    let lines = text::wrap(words, columns.saturating_sub(2)).into_iter();
    lines.map(|line| format!("  {line}").trim_end().to_owned() + "\n").collect()
}

fn role(spec: &Spec) -> String {
    let word = if spec.pure { "pure" } else { spec.role.as_str() };
    let reads: Vec<String> = spec.reads_when.iter().map(condition).collect();
    let reads = match reads.as_slice() {
        [] => String::new(),
        _ => format!("; read where {}", reads.join(" or ")),
    };
    Paint::Dim.on(&format!("{} {word}{reads}", spec.role.sign()))
}

fn condition(condition: &Condition) -> String {
    let values: Vec<String> = condition.any_of.iter().map(inline).collect();
    format!("`{}` is {}", condition.param, values.join(" or "))
}

fn param(param: &Param) -> Vec<Cell> {
    let mut notes: Vec<String> = Vec::new();
    if !param.default.is_null() {
        notes.push(format!("default {}", inline(&param.default)));
    }
    notes.extend(param.literal.then(|| "written out, no template".to_owned()));
    vec![
        Cell::new(&param.name, Paint::Look),
        Cell::plain(kind(&param.ty)),
        Cell::plain(if param.required { "required" } else { "" }),
        Cell::new(secrecy(param).unwrap_or(""), Paint::Warn),
        Cell::plain(noted(&param.summary, &notes)),
    ]
}

fn noted(summary: &str, notes: &[String]) -> String {
    if notes.is_empty() { summary.to_owned() } else { format!("{summary} ({})", notes.join(", ")) }
}

fn output(output: &Output) -> Vec<Cell> {
    let mut notes: Vec<String> = Vec::new();
    notes.extend(output.nullable.then(|| "may be null".to_owned()));
    notes.extend(output.only_when.as_ref().map(|when| format!("where {}", condition(when))));
    vec![
        Cell::new(&output.name, Paint::Look),
        Cell::plain(kind(&output.ty)),
        Cell::plain(noted(&output.summary, &notes)),
    ]
}

/// Returns a type short enough for a column.
fn kind(ty: &Type) -> String {
    let whole = ty.to_string();
    match ty {
        _ if text::width(&whole) <= 24 => whole,
        Type::List(of) if matches!(**of, Type::Object(_)) => "list({..})".to_owned(),
        Type::Object(_) => "{..}".to_owned(),
        Type::Any
        | Type::String
        | Type::Integer
        | Type::Number
        | Type::Boolean
        | Type::Secret
        | Type::Duration
        | Type::Timestamp
        | Type::Path
        | Type::Url
        | Type::Enum(_)
        | Type::List(_)
        | Type::Map(_) => whole,
    }
}

fn secrecy(param: &Param) -> Option<&'static str> {
    match param.secrecy {
        Secrecy::Never => None,
        Secrecy::May => Some("may be secret"),
        Secrecy::Must => Some("secret"),
    }
}

fn recovery(spec: &Spec) -> String {
    if !spec.recovery.is_empty() {
        return spec.recovery.clone();
    }
    match (spec.pure || spec.role == Role::Read, spec.has_read, spec.repeat) {
        (true, _, _) => "It only looks, so it is simply asked again.",
        (false, true, _) => "It is looked up before anything is tried again.",
        (false, false, Repeat::Safe) => "It is done again: twice is the same as once.",
        (false, false, Repeat::Never) => "A person must look whether it happened.",
    }
    .to_owned()
}

fn places(spec: &Spec) -> Vec<Vec<Cell>> {
    let place = |words: &str, place: &Option<Place>| {
        let place = place.as_ref()?;
        let shown = format!("{}({})", place.kind, place.args.join(", "));
        Some(vec![Cell::plain(words), Cell::plain(shown)])
    };
    let named = |words: &str, name: &Option<String>| {
        Some(vec![Cell::plain(words), Cell::plain(name.clone()?)])
    };
    [
        place("stores at", &spec.stores_at),
        place("publishes to", &spec.publishes_to),
        place("reads from", &spec.reads_from),
        place("logs in with", &spec.logs_in_with),
        named("revokes", &spec.revokes),
        named("read back by", &spec.read_back),
        named("listed by", &spec.list),
        named("revoked by", &spec.revoke),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Returns the rules that speak of a step like this one.
fn rules(spec: &Spec) -> Vec<&'static str> {
    let mut rules = match spec.role {
        Role::Create => vec!["L01", "L07", "L16"],
        Role::Store | Role::Publish => vec!["L01", "L05", "L08"],
        Role::Promote => vec!["L02", "L05", "L16"],
        Role::Revoke => vec!["L02", "L03", "L13"],
        Role::Read | Role::Notify | Role::Other => Vec::new(),
    };
    if spec.in_place {
        rules.push("L12");
    }
    if spec.role == Role::Create {
        match spec.mints {
            Some(Mints::Chosen) => rules.push("L11"),
            Some(Mints::Blind) | None => rules.push("L10"),
            Some(Mints::Marker | Mints::Diff) => {}
        }
    }
    if spec.params.iter().any(|param| param.secrecy != Secrecy::Never) {
        rules.extend(["L04", "L14"]);
    }
    rules.sort_unstable();
    rules
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;

    fn drop_user() -> Spec {
        Spec {
            name: "influxdb1.user.drop".to_owned(),
            summary: "drops a user".to_owned(),
            effect: "Sends DROP USER.".to_owned(),
            role: Role::Revoke,
            repeat: Repeat::Safe,
            params: vec![
                Param::required("url", Type::Url, "the server"),
                Param::required("admin_password", Type::Secret, "its password"),
                Param::optional("mode", Type::String, "how").or("soft").literal(),
            ],
            outputs: vec![Output::new("at", Type::Timestamp, "when").nullable()],
            logs_in_with: Some(Place::new("influxdb1", &["url", "admin_user"])),
            revokes: Some("user".to_owned()),
            example: "version: 1\nname: x\n".to_owned(),
            ..Spec::default()
        }
    }

    #[test]
    fn a_page_tells_what_a_step_takes_gives_and_does() {
        let page = anstream::adapter::strip_str(&page(&drop_user(), 100)).to_string();
        assert_snapshot!(page, @"
        influxdb1.user.drop   - revoke

          drops a user

        Parameters
          url             url     required          the server
          admin_password  secret  required  secret  its password
          mode            string                    how (default soft, written out, no template)

        Outputs
          at  timestamp  when (may be null)

        In the world
          Sends DROP USER.

        After a crash
          It is done again: twice is the same as once.

        Places
          logs in with  influxdb1(url, admin_user)
          revokes       user

        Example
          version: 1
          name: x

        Rules
          L02 L03 L04 L13 L14: cutover explain CODE
        ");
    }

    #[test]
    fn json_has_every_parameter_with_every_key() {
        let json = json(&drop_user());
        assert_eq!(json["params"][1]["secret"], "secret");
        assert_eq!(json["params"][2]["default"], "soft");
        assert_eq!(json["outputs"][0]["only_when"], Json::Null);
    }
}
