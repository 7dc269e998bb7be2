//! What editors complete and check with: LuaCATS classes made of the manifest and of what a plugin's
//! code sees, a `.luarc.json`, and the JSON Schema of manifests.

mod schema;
#[cfg(test)]
mod tests;

use std::fmt::Write;

use cutover_engine::spec::{Output, Param};
use cutover_engine::types::Type;

use crate::manifest::StepDecl;
use crate::plugin::Plugin;

pub use schema::schema;

/// What every plugin's code sees.
const HOST: &str = include_str!("editor/host.lua");
/// What its tests see.
const TESTS: &str = include_str!("editor/tests.lua");
/// What a Lua language server is told.
const LUARC: &str = include_str!("editor/luarc.json");

/// Returns the files for editors of a plugin, by path in its folder.
pub fn files(plugin: &Plugin) -> Vec<(String, String)> {
    vec![
        (".luarc.json".to_owned(), LUARC.to_owned()),
        (".types/cutover.lua".to_owned(), HOST.to_owned()),
        (".types/tests.lua".to_owned(), TESTS.to_owned()),
        (".types/plugin.lua".to_owned(), classes(plugin)),
    ]
}

/// Returns the classes of a plugin: its configuration, and each step with its parameters, its
/// outputs and its functions.
fn classes(plugin: &Plugin) -> String {
    let manifest = &plugin.manifest;
    let own = manifest.name.replace('-', "_");
    let mut text = format!(
        "---@meta\n-- Made from plugin.yaml by `cutover plugin check`.\n\n---@class {CONFIG}\n"
    );
    manifest.config.iter().for_each(|config| text.push_str(&of_param(config)));
    for (name, step) in &manifest.steps {
        text.push_str(&of_step(&format!("{own}.{name}"), step));
    }
    text
}

/// The class of a plugin's configuration.
const CONFIG: &str = "cutover.Config";

fn of_step(class: &str, step: &StepDecl) -> String {
    let mut text = format!("\n---@class {class}.Params\n");
    step.spec.written().for_each(|param| text.push_str(&of_param(param)));
    let _ = write!(text, "\n---@class {class}.Outputs\n");
    step.spec.outputs.iter().for_each(|output| text.push_str(&of_output(output)));
    let _ = write!(text, "\n---{}\n---@class {class}\n", step.spec.summary);
    let (params, outputs) = (format!("p: {class}.Params"), format!("{class}.Outputs"));
    for function in step.does.names() {
        let signature = match function {
            "read" => format!("fun(ctx: cutover.Context, {params}): {outputs}|nil"),
            "undo" => format!("fun(ctx: cutover.Context, {params}, out: {outputs})"),
            _ => format!("fun(ctx: cutover.Context, {params}): {outputs}"),
        };
        // Each is given to the table later than the table is made.
        let _ = writeln!(text, "---@field {function}? {signature}");
    }
    text
}

fn of_param(param: &Param) -> String {
    let may = if param.required || !param.default.is_null() { "" } else { "?" };
    field(&param.name, may, &param.ty, &param.summary)
}

fn of_output(output: &Output) -> String {
    let may = if output.nullable { "?" } else { "" };
    field(&output.name, may, &output.ty, &output.summary)
}

/// Words that say something else where LuaCATS wants a field's name.
const TAKEN: [&str; 5] = ["public", "private", "protected", "package", "readonly"];

fn field(name: &str, may: &str, ty: &Type, summary: &str) -> String {
    if TAKEN.contains(&name) {
        return format!("---@field [\"{name}\"]{may} {} {summary}\n", lua(ty));
    }
    format!("---@field {name}{may} {} {summary}\n", lua(ty))
}

/// Returns a type as LuaCATS calls it. Moments and lengths of time are text there.
fn lua(ty: &Type) -> String {
    match ty {
        Type::Any => "any".to_owned(),
        Type::String | Type::Path | Type::Url | Type::Duration | Type::Timestamp => {
            "string".to_owned()
        }
        Type::Integer => "integer".to_owned(),
        Type::Number => "number".to_owned(),
        Type::Boolean => "boolean".to_owned(),
        Type::Secret => "cutover.Secret".to_owned(),
        Type::Enum(words) => {
            let words: Vec<String> = words.iter().map(|word| format!("{word:?}")).collect();
            format!("({})", words.join("|"))
        }
        Type::List(of) => format!("{}[]", lua(of)),
        Type::Map(of) => format!("table<string, {}>", lua(of)),
        Type::Object(fields) => {
            let fields: Vec<String> =
                fields.iter().map(|(name, ty)| format!("{name}?: {}", lua(ty))).collect();
            format!("{{ {} }}", fields.join(", "))
        }
    }
}
