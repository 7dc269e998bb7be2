//! Paths as text: absolute, and without what leads elsewhere.

/// Returns an absolute path without `.`, `..` and empty parts; none where it is not absolute or
/// leads above the root.
pub fn normal(path: &str) -> Option<String> {
    let inside = path.strip_prefix('/')?;
    if path.contains('\0') {
        return None;
    }
    let mut parts: Vec<&str> = Vec::new();
    for part in inside.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            part => parts.push(part),
        }
    }
    Some(format!("/{}", parts.join("/")))
}

/// Says whether a path is beneath a folder: both normal.
pub(super) fn is_beneath(path: &str, folder: &str) -> bool {
    let rest = path.strip_prefix(folder.trim_end_matches('/'));
    rest.is_some_and(|rest| rest.len() > 1 && rest.starts_with('/'))
}
