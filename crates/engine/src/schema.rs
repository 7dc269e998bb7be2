//! The JSON Schema of the language, for editors: what may be written where, with each step's
//! parameters. It is made of the parser's own table of keys, so the two say the same.

#[cfg(test)]
mod tests;

use serde_json::{Map, Value as Json, json};

use crate::disk::to_json;
use crate::parse::keys::{self, FREE_NAME, Key, Section, Shape};
use crate::spec::{Param, Spec};
use crate::step::Registry;
use crate::types::Type;

/// What a length of time matches.
const DURATION: &str = "^(?:[0-9]+d)?(?:[0-9]+h)?(?:[0-9]+m)?(?:[0-9]+s)?(?:[0-9]+ms)?$";
/// What a type of an input that has other types in it matches.
const NESTED_TYPE: &str = r"^\s*(?:list|map)\(.+\)\s*$";
/// What a value with a template in it matches.
const TEMPLATE: &str = r"\{\{";

/// The sections that are referred to by name.
const NAMED: [(&str, &Section); 13] = [
    ("input", &keys::INPUT),
    ("from", &keys::FROM),
    ("credential", &keys::CREDENTIAL),
    ("plugin", &keys::PLUGIN),
    ("allow", &keys::ALLOW),
    ("defaults", &keys::DEFAULTS),
    ("retry", &keys::RETRY),
    ("triggers", &keys::TRIGGERS),
    ("schedule", &keys::SCHEDULE),
    ("expiry", &keys::EXPIRY),
    ("undo", &keys::UNDO),
    ("step", &keys::STEP),
    ("workflow", &keys::WORKFLOW),
];

/// Returns the schema (draft 2020-12) of workflows that use the steps of a registry.
pub fn schema(registry: &Registry) -> Json {
    let mut root = section(&keys::WORKFLOW);
    root.insert("patternProperties".to_owned(), json!({ "^x-": true }));
    let mut schema = Map::new();
    schema.insert("$schema".to_owned(), json!("https://json-schema.org/draft/2020-12/schema"));
    schema.insert("title".to_owned(), json!("Cutover workflow"));
    schema.extend(root);
    let sections = NAMED.iter().filter(|(name, _)| !["workflow", "step"].contains(name));
    let mut definitions: Map<String, Json> =
        sections.map(|(name, of)| ((*name).to_owned(), Json::Object(section(of)))).collect();
    definitions.insert("step".to_owned(), step(registry));
    schema.insert("$defs".to_owned(), Json::Object(definitions));
    Json::Object(schema)
}

fn section(section: &Section) -> Map<String, Json> {
    let properties: Map<String, Json> =
        section.keys.iter().map(|key| (key.name.to_owned(), described(key))).collect();
    let required: Vec<&str> =
        section.keys.iter().filter(|key| key.required).map(|key| key.name).collect();
    let kind = if required.is_empty() { json!(["object", "null"]) } else { json!("object") };
    let mut schema = Map::new();
    schema.insert("type".to_owned(), kind);
    schema.insert("properties".to_owned(), Json::Object(properties));
    schema.insert("required".to_owned(), json!(required));
    schema.insert("additionalProperties".to_owned(), json!(false));
    schema
}

fn described(key: &Key) -> Json {
    let mut schema = match shape(&key.shape) {
        Json::Object(schema) => schema,
        other => return other,
    };
    schema.insert("description".to_owned(), json!(key.summary));
    Json::Object(schema)
}

fn shape(shape: &Shape) -> Json {
    match shape {
        Shape::Version => json!({ "const": 1 }),
        Shape::Words | Shape::Text => json!({ "type": "string" }),
        Shape::Name(pattern) => json!({ "type": "string", "pattern": pattern }),
        Shape::Expression => json!({ "type": ["string", "boolean", "number"] }),
        Shape::Duration => json!({ "type": "string", "pattern": DURATION, "minLength": 2 }),
        Shape::Count => json!({ "type": "integer", "minimum": 1 }),
        Shape::Flag => json!({ "type": "boolean" }),
        Shape::Choice(words) => json!({ "enum": words }),
        Shape::Type => type_notation(),
        Shape::Any => json!({}),
        Shape::List => json!({ "type": "array" }),
        Shape::Texts => json!({ "type": "array", "items": { "type": "string" } }),
        Shape::TextOrTexts => json!({ "anyOf": [
            { "type": "string" },
            { "type": "array", "items": { "type": "string" } },
        ] }),
        Shape::ListOrExpression => json!({ "type": ["array", "string"] }),
        Shape::Free => json!({ "type": ["object", "null"] }),
        Shape::Section(of) => reference(of),
        Shape::Named(of) => json!({
            "type": ["object", "null"],
            "propertyNames": { "pattern": FREE_NAME },
            "additionalProperties": reference(of),
        }),
        Shape::Steps => json!({ "type": ["array", "null"], "items": reference(&keys::STEP) }),
        Shape::Undo => json!({ "anyOf": [{ "const": "again" }, reference(&keys::UNDO)] }),
    }
}

fn reference(section: &Section) -> Json {
    let name = NAMED.iter().find(|(_, of)| std::ptr::eq(*of, section)).map(|(name, _)| *name);
    let name = name.expect("every section that a key refers to is in the list");
    json!({ "$ref": format!("#/$defs/{name}") })
}

fn type_notation() -> Json {
    let simple =
        ["string", "integer", "number", "boolean", "duration", "timestamp", "path", "secret"];
    json!({ "anyOf": [{ "enum": simple }, { "type": "string", "pattern": NESTED_TYPE }] })
}

/// A step: what every step has, and for each that is known the parameters that it takes.
fn step(registry: &Registry) -> Json {
    let mut schema = section(&keys::STEP);
    let specs: Vec<&Spec> = registry.iter().map(|step| step.spec()).collect();
    let mut names: Vec<Json> = specs
        .iter()
        .map(|spec| json!({ "const": spec.name, "description": spec.summary }))
        .collect();
    names.push(json!({ "type": "string", "description": "A step of a plugin." }));
    if let Some(Json::Object(properties)) = schema.get_mut("properties")
        && let Some(Json::Object(uses)) = properties.get_mut("uses")
    {
        uses.insert("anyOf".to_owned(), Json::Array(names));
    }
    let each: Vec<Json> = specs.iter().map(|spec| one_step(spec)).collect();
    if !each.is_empty() {
        schema.insert("allOf".to_owned(), Json::Array(each));
    }
    Json::Object(schema)
}

fn one_step(spec: &Spec) -> Json {
    let required: Vec<&str> = spec
        .params
        .iter()
        .filter(|param| param.required)
        .map(|param| param.name.as_str())
        .collect();
    let properties: Map<String, Json> =
        spec.written().map(|param| (param.name.clone(), parameter(param))).collect();
    let with = json!({
        "type": if required.is_empty() { json!(["object", "null"]) } else { json!("object") },
        "properties": properties,
        "required": required,
        "additionalProperties": false,
        "description": spec.summary,
    });
    let needed = if required.is_empty() { json!([]) } else { json!(["with"]) };
    json!({
        "if": { "properties": { "uses": { "const": spec.name } }, "required": ["uses"] },
        "then": { "properties": { "with": with }, "required": needed },
    })
}

fn parameter(param: &Param) -> Json {
    let mut forms = vec![value(&param.ty, param.literal)];
    if !param.required {
        forms.push(json!({ "type": "null" }));
    }
    let mut schema = match <[Json; 1]>::try_from(forms) {
        Ok([Json::Object(only)]) => only,
        Ok([other]) => Map::from_iter([("anyOf".to_owned(), json!([other]))]),
        Err(forms) => Map::from_iter([("anyOf".to_owned(), Json::Array(forms))]),
    };
    schema.insert("description".to_owned(), json!(param.summary));
    if !param.default.is_null() {
        schema.insert("default".to_owned(), to_json(&param.default));
    }
    Json::Object(schema)
}

/// What may be written for a value of a type: a literal, or a template unless it has to be literal.
fn value(ty: &Type, literal: bool) -> Json {
    let written = match ty {
        Type::Any => return json!({}),
        Type::String | Type::Secret | Type::Path | Type::Url | Type::Timestamp => {
            return json!({ "type": "string" });
        }
        Type::Integer => json!({ "type": "integer" }),
        Type::Number => json!({ "type": "number" }),
        Type::Boolean => json!({ "type": "boolean" }),
        Type::Duration => shape(&Shape::Duration),
        Type::Enum(words) => json!({ "enum": words }),
        Type::List(of) => json!({ "type": "array", "items": value(of, literal) }),
        Type::Map(of) => json!({ "type": "object", "additionalProperties": value(of, literal) }),
        Type::Object(fields) => {
            let fields: Map<String, Json> = fields
                .iter()
                .map(|(name, ty)| (name.clone(), or_null(value(ty, literal))))
                .collect();
            json!({ "type": "object", "properties": fields, "additionalProperties": false })
        }
    };
    if literal {
        return written;
    }
    json!({ "anyOf": [written, { "type": "string", "pattern": TEMPLATE }] })
}

fn or_null(schema: Json) -> Json {
    json!({ "anyOf": [schema, { "type": "null" }] })
}
