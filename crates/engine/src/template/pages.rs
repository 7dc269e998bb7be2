//! The pages of the template codes, for `cutover explain`.

/// Each code with its page.
pub const PAGES: &[(&str, &str)] = &[];
