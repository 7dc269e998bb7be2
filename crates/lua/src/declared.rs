//! What is wrong with a plugin where a workflow declares it.

use cutover_engine::diagnostic::Diagnostic;
use cutover_engine::source::Span;

/// Says that a plugin cannot be used; `why` is a phrase, `help` the way out.
pub fn unusable(span: Span, name: &str, why: &str, help: &str) -> Diagnostic {
    let message = format!("the plugin `{name}` cannot be used: {why}");
    Diagnostic::error("M12", span, message).help(help)
}

/// Says that a plugin is not the one that was locked; `changed` says how, a line each, and
/// `command` accepts it.
pub fn not_locked(span: Span, name: &str, changed: &[String], command: &str) -> Diagnostic {
    let message = format!("the plugin `{name}` is not the one in `plugins.lock`");
    let lines: Vec<&str> = changed.iter().map(String::as_str).collect();
    let help = format!("{}\nlook at it, then: {command}", lines.join("\n"));
    Diagnostic::error("M13", span, message).help(help)
}

/// Says that the lock of a workflow's plugins cannot be read, so that nothing is let through.
pub fn lock_unreadable(span: Span, path: &str, why: &str, command: &str) -> Diagnostic {
    let message = format!("the lock `{path}` cannot be read: {why}");
    Diagnostic::error("M13", span, message).help(format!("{LOCK_AGAIN}: {command}"))
}

/// What to do with a lock that cannot be read.
pub const LOCK_AGAIN: &str = "bring back the one that was reviewed; or move it away, look at the plugins, and lock them anew";

/// Warns that nothing of what a plugin needs is allowed to it.
pub fn not_allowed(span: Span, name: &str, key: &str, needed: &[String]) -> Diagnostic {
    let message = match key {
        "reads" => format!("the plugin `{name}` counts on what only reads, and nothing is said to"),
        _ => format!("the plugin `{name}` needs {key}, and nothing of it is allowed"),
    };
    let entries: Vec<String> = needed.iter().map(|entry| format!("\"{entry}\"")).collect();
    let help = format!("`allow: {{ {key}: [{}] }}` lets it", entries.join(", "));
    Diagnostic::warning("M14", span, message).help(help)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_says_what_is_wrong_and_what_to_do() {
        let at = Span::default();
        let found = unusable(at, "acme", "there is no folder `x`", "make it");
        assert_eq!((found.code, found.help.as_deref()), ("M12", Some("make it")));
        let found = not_locked(at, "acme", &["+ needs http x".to_owned()], "cutover plugin lock");
        let help = "+ needs http x\nlook at it, then: cutover plugin lock";
        assert_eq!((found.code, found.help.as_deref()), ("M13", Some(help)));
        let found = lock_unreadable(at, "plugins.lock", "it is no YAML", "cutover plugin lock");
        assert_eq!(found.message, "the lock `plugins.lock` cannot be read: it is no YAML");
        assert!(found.help.is_some_and(|help| help.ends_with("anew: cutover plugin lock")));
        let found = not_allowed(at, "acme", "exec", &["tool".to_owned()]);
        assert_eq!(found.code, "M14");
        assert_eq!(found.help.as_deref(), Some("`allow: { exec: [\"tool\"] }` lets it"));
        let found = not_allowed(at, "acme", "reads", &["tool list".to_owned()]);
        assert!(found.message.contains("counts on what only reads"), "{}", found.message);
    }
}
