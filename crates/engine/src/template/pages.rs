//! The pages of the template codes, for `cutover explain`.

/// Code and page, sorted by code.
pub const PAGES: &[(&str, &str)] = &[
    ("T01", include_str!("pages/t01.md")),
    ("T02", include_str!("pages/t02.md")),
    ("T07", include_str!("pages/t07.md")),
    ("T08", include_str!("pages/t08.md")),
    ("T09", include_str!("pages/t09.md")),
    ("T10", include_str!("pages/t10.md")),
    ("T11", include_str!("pages/t11.md")),
    ("T20", include_str!("pages/t20.md")),
    ("T21", include_str!("pages/t21.md")),
    ("T22", include_str!("pages/t22.md")),
    ("T23", include_str!("pages/t23.md")),
    ("T24", include_str!("pages/t24.md")),
    ("T25", include_str!("pages/t25.md")),
    ("T26", include_str!("pages/t26.md")),
    ("T27", include_str!("pages/t27.md")),
    ("T28", include_str!("pages/t28.md")),
];
