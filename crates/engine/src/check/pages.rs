//! The pages of the codes that the check raises itself.

/// Code and page, sorted by code.
pub const PAGES: &[(&str, &str)] = &[];
