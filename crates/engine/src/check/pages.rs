//! The pages of the codes that the check raises itself; those of the lifecycle rules stand with them.

/// Code and page, sorted by code.
pub const PAGES: &[(&str, &str)] = &[
    ("C01", include_str!("pages/c01.md")),
    ("C02", include_str!("pages/c02.md")),
    ("C03", include_str!("pages/c03.md")),
    ("C04", include_str!("pages/c04.md")),
    ("C05", include_str!("pages/c05.md")),
    ("C06", include_str!("pages/c06.md")),
    ("C07", include_str!("pages/c07.md")),
    ("C08", include_str!("pages/c08.md")),
    ("C09", include_str!("pages/c09.md")),
    ("C10", include_str!("pages/c10.md")),
    ("G01", include_str!("pages/g01.md")),
    ("G02", include_str!("pages/g02.md")),
    ("P01", include_str!("pages/p01.md")),
    ("P02", include_str!("pages/p02.md")),
    ("P03", include_str!("pages/p03.md")),
    ("P04", include_str!("pages/p04.md")),
    ("P05", include_str!("pages/p05.md")),
    ("P06", include_str!("pages/p06.md")),
    ("P07", include_str!("pages/p07.md")),
    ("T03", include_str!("pages/t03.md")),
    ("T04", include_str!("pages/t04.md")),
    ("T05", include_str!("pages/t05.md")),
    ("T06", include_str!("pages/t06.md")),
];
