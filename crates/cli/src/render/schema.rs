//! The JSON Schema of workflow files: what an editor completes and underlines. It says less than
//! `check` does, and never more.

use cutover_engine::disk::to_json;
use cutover_engine::spec::{Param, Spec};
use cutover_engine::types::Type;
use serde_json::{Map as JsonMap, Value as Json, json};

const DRAFT: &str = "http://json-schema.org/draft-07/schema#";
const LENGTH: &str = "^([0-9]+(d|h|m|s|ms))+$";
const TEMPLATE: &str = r"\{\{";
const STEP_ID: &str = "^[a-z][a-z0-9_]*$";

/// Returns the schema, with the parameters of every step.
pub(crate) fn json(specs: &[&Spec]) -> Json {
    json!({
        "$schema": DRAFT,
        "title": "A workflow of Cutover",
        "type": "object",
        "required": ["version", "name", "steps"],
        "additionalProperties": false,
        "patternProperties": { "^x-": {} },
        "properties": properties(),
        "definitions": {
            "length": { "type": "string", "pattern": LENGTH },
            "expression": { "type": ["string", "boolean"] },
            "retry": retry(),
            "input": input(),
            "from": from(),
            "step": step(specs),
        },
    })
}

fn properties() -> Json {
    let steps = json!({ "type": "array", "items": { "$ref": "#/definitions/step" } });
    json!({
        "version": { "const": 1 },
        "name": { "type": "string", "pattern": "^[a-z][a-z0-9-]*$", "maxLength": 64 },
        "description": { "type": "string" },
        "inputs": {
            "type": "object",
            "additionalProperties": { "$ref": "#/definitions/input" },
        },
        "credential": closed(&["name"], json!({
            "name": text("What it is called; may use inputs"),
            "owner": text("Who owns it; may use inputs"),
            "lifetime": { "$ref": "#/definitions/length" },
            "overlap": { "$ref": "#/definitions/length" },
            "in_use": text("How to find the one in use: steps.before.id"),
        })),
        "plugins": { "type": "object", "additionalProperties": plugin() },
        "defaults": closed(&[], json!({
            "timeout": { "$ref": "#/definitions/length" },
            "retry": { "$ref": "#/definitions/retry" },
        })),
        "max_parallel": { "type": "integer", "minimum": 1 },
        "triggers": closed(&[], json!({
            "schedule": closed(&["cron"], json!({ "cron": text(""), "timezone": text("") })),
            "expiry": closed(&["before"], json!({
                "before": { "$ref": "#/definitions/length" },
                "jitter": { "$ref": "#/definitions/length" },
            })),
        })),
        "steps": steps,
        "on_failure": steps,
        "finally": steps,
        "outputs": { "type": "object" },
    })
}

fn plugin() -> Json {
    let words = json!({ "type": "array", "items": { "type": "string" } });
    closed(
        &["path"],
        json!({
            "path": text("Where the plugin is, from this file"),
            "config": { "type": "object" },
            "allow": closed(&[], json!({
                "http": words, "exec": words, "fs": words, "reads": words,
            })),
        }),
    )
}

fn retry() -> Json {
    closed(
        &["max_attempts"],
        json!({
            "max_attempts": { "type": "integer", "minimum": 1 },
            "delay": { "$ref": "#/definitions/length" },
            "backoff": { "enum": ["exponential", "constant"] },
            "max_delay": { "$ref": "#/definitions/length" },
        }),
    )
}

fn input() -> Json {
    closed(
        &["type"],
        json!({
            "type": {
                "anyOf": [
                    { "enum": [
                        "string", "integer", "number", "boolean", "duration", "timestamp", "path",
                        "secret",
                    ] },
                    { "type": "string", "pattern": r"^(list|map)\(.+\)$" },
                ],
            },
            "default": {},
            "enum": { "type": "array" },
            "pattern": { "type": "string", "format": "regex" },
            "required": { "type": "boolean" },
            "description": { "type": "string" },
            "from": { "$ref": "#/definitions/from" },
        }),
    )
}

fn from() -> Json {
    let argv = json!({ "type": "array", "items": { "type": "string" }, "minItems": 1 });
    json!({
        "oneOf": [
            closed(&["env"], json!({ "env": { "type": "string" } })),
            closed(&["file"], json!({ "file": { "type": "string" } })),
            closed(&["command"], json!({ "command": argv })),
        ],
    })
}

fn step(specs: &[&Spec]) -> Json {
    let ids = json!({ "type": "array", "items": { "type": "string", "pattern": STEP_ID } });
    let names: Vec<&str> = specs.iter().map(|spec| spec.name.as_str()).collect();
    let mut step = closed(
        &["id", "uses"],
        json!({
            "id": { "type": "string", "pattern": STEP_ID },
            "name": text("Words for people"),
            "uses": {
                "anyOf": [{ "enum": names }, { "type": "string", "pattern": r"^[a-z0-9-]+(\.[a-z0-9_]+)*$" }],
            },
            "with": { "type": "object" },
            "needs": ids,
            "when": { "$ref": "#/definitions/expression" },
            "for_each": { "type": ["array", "string"] },
            "max_parallel": { "type": "integer", "minimum": 1 },
            "until": { "$ref": "#/definitions/expression" },
            "verifies": { "anyOf": [{ "type": "string", "pattern": STEP_ID }, ids] },
            "retry": { "$ref": "#/definitions/retry" },
            "timeout": { "$ref": "#/definitions/length" },
            "after": { "$ref": "#/definitions/length" },
            "on_error": { "enum": ["fail", "continue"] },
            "undo": { "anyOf": [
                { "const": "again" },
                closed(&["uses"], json!({ "uses": text(""), "with": { "type": "object" } })),
                closed(&["none"], json!({ "none": text("Why that is fine") })),
            ] },
        }),
    );
    step["allOf"] = Json::Array(specs.iter().map(|spec| parameters(spec)).collect());
    step
}

/// Returns `if uses is this step, then its parameters are these`.
fn parameters(spec: &Spec) -> Json {
    let with: JsonMap<String, Json> =
        spec.params.iter().map(|param| (param.name.clone(), parameter(param))).collect();
    let required: Vec<&str> =
        spec.params.iter().filter(|p| p.required).map(|param| param.name.as_str()).collect();
    let mut then = json!({ "properties": { "with": closed(&required, Json::Object(with)) } });
    if !required.is_empty() {
        then["required"] = json!(["with"]);
    }
    json!({
        "if": { "properties": { "uses": { "const": spec.name } }, "required": ["uses"] },
        "then": then,
    })
}

fn parameter(param: &Param) -> Json {
    let mut schema = value(&param.ty);
    if !param.literal && !takes_any_text(&param.ty) {
        schema = json!({ "anyOf": [schema, { "type": "string", "pattern": TEMPLATE }] });
    }
    if !param.required {
        schema = json!({ "anyOf": [schema, { "type": "null" }] });
    }
    schema["description"] = json!(param.summary);
    if !param.default.is_null() {
        schema["default"] = to_json(&param.default);
    }
    schema
}

fn takes_any_text(ty: &Type) -> bool {
    matches!(ty, Type::Any | Type::String | Type::Secret | Type::Path | Type::Url | Type::Timestamp)
}

fn value(ty: &Type) -> Json {
    match ty {
        Type::Any => json!({}),
        Type::String | Type::Secret | Type::Path | Type::Url | Type::Timestamp => {
            json!({ "type": "string" })
        }
        Type::Integer => json!({ "type": "integer" }),
        Type::Number => json!({ "type": "number" }),
        Type::Boolean => json!({ "type": "boolean" }),
        Type::Duration => json!({ "$ref": "#/definitions/length" }),
        Type::Enum(words) => json!({ "enum": words }),
        Type::List(of) => json!({ "type": "array", "items": entry(of) }),
        Type::Map(of) => json!({ "type": "object", "additionalProperties": entry(of) }),
        Type::Object(fields) => {
            let fields: JsonMap<String, Json> =
                fields.iter().map(|(name, ty)| (name.clone(), entry(ty))).collect();
            json!({ "type": "object", "properties": fields })
        }
    }
}

fn entry(ty: &Type) -> Json {
    if takes_any_text(ty) {
        return value(ty);
    }
    json!({ "anyOf": [value(ty), { "type": "string", "pattern": TEMPLATE }] })
}

fn closed(required: &[&str], properties: Json) -> Json {
    json!({
        "type": "object",
        "required": required,
        "additionalProperties": false,
        "properties": properties,
    })
}

fn text(description: &str) -> Json {
    if description.is_empty() {
        return json!({ "type": "string" });
    }
    json!({ "type": "string", "description": description })
}

#[cfg(test)]
mod tests {
    use serde_yaml::Value as Yaml;

    use super::*;

    fn schema() -> Json {
        let registry = cutover_steps::registry();
        let specs: Vec<&Spec> = registry.iter().map(|step| step.spec()).collect();
        json(&specs)
    }

    fn keys_are_known(yaml: &Yaml, properties: &Json) {
        for key in yaml.as_mapping().expect("a mapping").keys() {
            let key = key.as_str().expect("a text key");
            assert!(!properties[key].is_null(), "`{key}` is not in the schema");
        }
    }

    #[test]
    fn every_example_keeps_to_it() {
        let schema = schema();
        for step in cutover_steps::registry().iter() {
            let yaml: Yaml = serde_yaml::from_str(&step.spec().example).expect("it is YAML");
            keys_are_known(&yaml, &schema["properties"]);
            for step in yaml["steps"].as_sequence().expect("it has steps") {
                let known = &schema["definitions"]["step"];
                keys_are_known(step, &known["properties"]);
                let uses = step["uses"].as_str().expect("it uses something");
                let of_it = known["allOf"]
                    .as_array()
                    .expect("a list")
                    .iter()
                    .find(|one| one["if"]["properties"]["uses"]["const"] == *uses);
                let with = &of_it.expect("every step is in it")["then"]["properties"]["with"];
                if !step["with"].is_null() {
                    keys_are_known(&step["with"], &with["properties"]);
                }
            }
        }
    }

    #[test]
    fn every_reference_leads_somewhere() {
        let schema = schema();
        let text = schema.to_string();
        for part in text.split("#/definitions/").skip(1) {
            let name = part.split('"').next().unwrap_or("");
            assert!(!schema["definitions"][name].is_null(), "{name}");
        }
    }
}
