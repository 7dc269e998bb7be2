//! The page of each code of the parser, as `cutover explain` prints it.

/// Code and page.
pub const PAGES: &[(&str, &str)] = &[];
