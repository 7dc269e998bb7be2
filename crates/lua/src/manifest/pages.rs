//! The page of each code of plugins, as `cutover explain` prints it.

/// Code and page, sorted by code.
pub const PAGES: &[(&str, &str)] = &[
    ("M01", include_str!("pages/m01.md")),
    ("M02", include_str!("pages/m02.md")),
    ("M03", include_str!("pages/m03.md")),
    ("M04", include_str!("pages/m04.md")),
    ("M05", include_str!("pages/m05.md")),
    ("M06", include_str!("pages/m06.md")),
    ("M07", include_str!("pages/m07.md")),
    ("M08", include_str!("pages/m08.md")),
    ("M09", include_str!("pages/m09.md")),
    ("M10", include_str!("pages/m10.md")),
    ("M11", include_str!("pages/m11.md")),
    ("M12", include_str!("pages/m12.md")),
    ("M13", include_str!("pages/m13.md")),
    ("M14", include_str!("pages/m14.md")),
];
