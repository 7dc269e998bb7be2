//! The JSON Schema of manifests, made of the reader's own table of keys.

use cutover_engine::parse::yaml::{Section, Shape};
use serde_json::{Map, Value as Json, json};

use crate::manifest::keys;

/// What a type in one line begins with.
const TYPE: &str = "^\\s*(string|integer|number|boolean|secret|url|path|duration|timestamp|bytes|any|\
                    object|enum\\(|list\\(|map\\(|\\{)";
/// What a length of time matches.
const DURATION: &str = "^(?:[0-9]+d)?(?:[0-9]+h)?(?:[0-9]+m)?(?:[0-9]+s)?(?:[0-9]+ms)?$";

/// Returns the schema (draft 2020-12) of `plugin.yaml`.
pub fn schema() -> Json {
    let mut whole = section(&keys::PLUGIN);
    whole["$schema"] = "https://json-schema.org/draft/2020-12/schema".into();
    whole["title"] = "The manifest of a Cutover plugin".into();
    whole["$defs"] = json!({ "type": section(&keys::TYPE) });
    whole
}

fn section(of: &'static Section) -> Json {
    let properties: Map<String, Json> = of
        .keys
        .iter()
        .map(|key| (key.name.to_owned(), with(shape(key.shape), key.summary)))
        .collect();
    let required: Vec<&str> =
        of.keys.iter().filter(|key| key.required).map(|key| key.name).collect();
    json!({
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}

fn with(mut schema: Json, summary: &str) -> Json {
    schema["description"] = summary.into();
    schema
}

fn shape(shape: Shape) -> Json {
    match shape {
        Shape::Version => json!({ "const": 1 }),
        Shape::Words | Shape::Text | Shape::Expression => json!({ "type": "string" }),
        Shape::Name(pattern) => json!({ "type": "string", "pattern": pattern }),
        Shape::Duration => json!({ "type": "string", "pattern": DURATION }),
        Shape::Count => json!({ "type": "integer", "minimum": 1 }),
        Shape::Flag => json!({ "type": "boolean" }),
        Shape::Choice(words) => json!({ "enum": words }),
        Shape::Type => json!({ "type": "string", "pattern": TYPE }),
        Shape::Any | Shape::Undo => json!({}),
        Shape::List | Shape::ListOrExpression | Shape::Steps => json!({ "type": "array" }),
        Shape::Texts | Shape::TextOrTexts => {
            json!({ "type": "array", "items": { "type": "string" } })
        }
        // Where the author chooses the keys of a manifest, the values are types.
        Shape::Free => json!({
            "type": "object",
            "propertyNames": { "pattern": keys::NAME },
            "additionalProperties": {
                "anyOf": [{ "type": "string", "pattern": TYPE }, { "$ref": "#/$defs/type" }],
            },
        }),
        Shape::Section(of) => section(of),
        Shape::Named(of) => json!({
            "type": "object",
            "propertyNames": { "pattern": keys::NAME },
            "additionalProperties": section(of),
        }),
    }
}
