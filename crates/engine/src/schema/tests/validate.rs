//! As much of JSON Schema as the schema uses.

use regex_lite::Regex;
use serde_json::Value as Json;

/// Returns what a schema has against a value.
pub(super) fn refusals(schema: &Json, data: &Json) -> Vec<String> {
    let mut found = Vec::new();
    look(schema, schema, data, "", &mut found);
    found
}

fn is_fine(root: &Json, schema: &Json, data: &Json) -> bool {
    let mut found = Vec::new();
    look(root, schema, data, "", &mut found);
    found.is_empty()
}

fn look(root: &Json, schema: &Json, data: &Json, at: &str, found: &mut Vec<String>) {
    if let Some(fine) = schema.as_bool() {
        if !fine {
            found.push(format!("{at} may not be there"));
        }
        return;
    }
    for (word, of) in schema.as_object().expect("a schema is a boolean or an object") {
        keyword(root, (word, of), data, at, found);
    }
    objects(root, schema, data, at, found);
}

fn keyword(root: &Json, (word, of): (&str, &Json), data: &Json, at: &str, found: &mut Vec<String>) {
    let fine = match word {
        "$ref" => {
            let path = of.as_str().and_then(|path| path.strip_prefix('#')).expect("it is local");
            let target = root.pointer(path).expect("it is there");
            return look(root, target, data, at, found);
        }
        "type" => types(of).any(|ty| has_type(data, ty)),
        "const" => data == of,
        "enum" => of.as_array().is_some_and(|words| words.contains(data)),
        "pattern" => data.as_str().is_none_or(|text| {
            Regex::new(of.as_str().expect("text")).expect("it compiles").is_match(text)
        }),
        "minLength" => {
            data.as_str().is_none_or(|text| text.len() as u64 >= of.as_u64().unwrap_or(0))
        }
        "minimum" => data.as_f64().is_none_or(|number| number >= of.as_f64().unwrap_or(0.0)),
        "anyOf" => of.as_array().is_some_and(|any| any.iter().any(|one| is_fine(root, one, data))),
        "allOf" => {
            of.as_array().expect("a list").iter().for_each(|one| look(root, one, data, at, found));
            true
        }
        "if"
        | "then"
        | "items"
        | "properties"
        | "patternProperties"
        | "additionalProperties"
        | "propertyNames"
        | "required"
        | "description"
        | "default"
        | "title"
        | "$schema"
        | "$defs" => true,
        other => panic!("this keyword is not known here: {other}"),
    };
    if !fine {
        found.push(format!("{at}: {word} {of}"));
    }
}

fn objects(root: &Json, schema: &Json, data: &Json, at: &str, found: &mut Vec<String>) {
    if schema.get("if").is_some_and(|condition| is_fine(root, condition, data)) {
        look(root, &schema["then"], data, at, found);
    }
    if let (Some(items), Some(list)) = (schema.get("items"), data.as_array()) {
        list.iter().for_each(|item| look(root, items, item, &format!("{at}[]"), found));
    }
    let Some(map) = data.as_object() else { return };
    for name in schema.get("required").and_then(Json::as_array).into_iter().flatten() {
        if !map.contains_key(name.as_str().expect("a name")) {
            found.push(format!("{at} needs {name}"));
        }
    }
    for (name, value) in map {
        let at = format!("{at}.{name}");
        if let Some(names) = schema.get("propertyNames") {
            look(root, names, &Json::String(name.clone()), &at, found);
        }
        let known = schema.get("properties").and_then(|known| known.get(name));
        let own = schema.get("patternProperties").is_some() && name.starts_with("x-");
        match (known, schema.get("additionalProperties")) {
            (Some(known), _) => look(root, known, value, &at, found),
            (None, Some(others)) if !own => look(root, others, value, &at, found),
            (None, _) => {}
        }
    }
}

fn types(of: &Json) -> impl Iterator<Item = &str> {
    let many = of.as_array().into_iter().flatten().filter_map(Json::as_str);
    of.as_str().into_iter().chain(many)
}

fn has_type(data: &Json, ty: &str) -> bool {
    match ty {
        "null" => data.is_null(),
        "boolean" => data.is_boolean(),
        "integer" => data.is_i64() || data.is_u64(),
        "number" => data.is_number(),
        "string" => data.is_string(),
        "array" => data.is_array(),
        "object" => data.is_object(),
        other => panic!("there is no type {other}"),
    }
}
