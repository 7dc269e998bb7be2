//! What to type next: each command with when to type it, on one line where they fit.

use crate::text;

/// What stands between two of them on one line.
const GAP: &str = "      ";

/// Returns commands, each with when to type it: side by side where they fit, else one below the
/// other with the commands in a column. A command is never broken.
pub(crate) fn commands(all: &[(String, String)], indent: usize, columns: usize) -> String {
    if all.is_empty() {
        return String::new();
    }
    let blank = " ".repeat(indent);
    let pairs: Vec<String> =
        all.iter().map(|(when, command)| format!("{when}: {command}")).collect();
    let line = format!("{blank}{}", pairs.join(GAP));
    if text::width(&line) <= columns {
        return line + "\n";
    }
    let widest = all.iter().map(|(when, _)| text::width(when) + 1).max().unwrap_or(0);
    all.iter()
        .map(|(when, command)| {
            format!("{blank}{} {command}\n", text::pad(&format!("{when}:"), widest))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(when: &str, command: &str) -> (String, String) {
        (when.to_owned(), command.to_owned())
    }

    #[test]
    fn what_fits_stands_on_one_line_and_what_does_not_in_columns() {
        let all = [
            pair("Go on with it", "cutover resume k3f9"),
            pair("Give it up", "cutover abandon k3f9"),
        ];
        assert_eq!(
            commands(&all, 2, 100),
            "  Go on with it: cutover resume k3f9      Give it up: cutover abandon k3f9\n"
        );
        assert_eq!(
            commands(&all, 2, 60),
            "  Go on with it: cutover resume k3f9\n  Give it up:    cutover abandon k3f9\n"
        );
        assert_eq!(commands(&[], 2, 100), "");
    }
}
