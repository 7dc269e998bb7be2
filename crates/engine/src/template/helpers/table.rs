//! All helpers by name.

use crate::template::helpers::{Helper, compare, encode, lists, text, time};

/// All helpers, sorted by name.
static HELPERS: [&Helper; 36] = [
    &compare::AND,
    &encode::BASE64_DECODE,
    &encode::BASE64_ENCODE,
    &text::CONCAT,
    &lists::CONTAINS,
    &compare::DEFAULT,
    &compare::EQ,
    &lists::FILTER,
    &lists::FIND,
    &lists::FIRST,
    &compare::GT,
    &compare::GTE,
    &encode::HMAC_SHA256,
    &lists::JOIN,
    &encode::JSON,
    &lists::LAST,
    &lists::LEN,
    &lists::LOOKUP,
    &text::LOWER,
    &compare::LT,
    &compare::LTE,
    &lists::MAP,
    &compare::NE,
    &compare::NOT,
    &compare::OR,
    &text::REPLACE,
    &encode::SHA256,
    &lists::SORT_BY,
    &lists::SPLIT,
    &text::SUBSTR,
    &time::TIME_ADD,
    &time::TIME_FORMAT,
    &time::TIME_SUB,
    &text::TRIM,
    &text::UPPER,
    &encode::URL_ENCODE,
];

/// Names that other languages have for some of them.
const ELSEWHERE: [(&str, &str); 26] = [
    ("b64dec", "base64_decode"),
    ("b64enc", "base64_encode"),
    ("base64", "base64_encode"),
    ("capitalize", "upper"),
    ("coalesce", "default"),
    ("count", "len"),
    ("equals", "eq"),
    ("format", "concat"),
    ("get", "lookup"),
    ("has", "contains"),
    ("hash", "sha256"),
    ("head", "first"),
    ("hmac", "hmac_sha256"),
    ("includes", "contains"),
    ("index", "lookup"),
    ("is", "eq"),
    ("length", "len"),
    ("lowercase", "lower"),
    ("pluck", "map"),
    ("size", "len"),
    ("sort", "sort_by"),
    ("strftime", "time_format"),
    ("substring", "substr"),
    ("tojson", "json"),
    ("uppercase", "upper"),
    ("urlencode", "url_encode"),
];

/// Returns a helper by name.
pub(in crate::template) fn find(name: &str) -> Option<&'static Helper> {
    HELPERS.binary_search_by(|helper| helper.name.cmp(name)).ok().map(|at| HELPERS[at])
}

/// Returns all names, sorted.
pub(in crate::template) fn names() -> impl Iterator<Item = &'static str> {
    HELPERS.iter().map(|helper| helper.name)
}

/// Returns all names in one line.
pub(in crate::template) fn listed() -> String {
    names().collect::<Vec<_>>().join(" ")
}

/// Returns the helper that goes by another name elsewhere.
pub(in crate::template) fn elsewhere(name: &str) -> Option<&'static str> {
    let name = name.to_ascii_lowercase().replace('-', "_");
    let listed = ELSEWHERE.iter().find(|(theirs, _)| *theirs == name).map(|(_, ours)| *ours);
    listed.or_else(|| find(&name).map(|helper| helper.name))
}
