//! Text on a grid: widths, cutting, wrapping, columns.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::style::Paint;

/// The widest that anything is written.
pub(crate) const WIDEST: usize = 100;

const GAP: usize = 2;

/// A cell of a table: its text and its colour.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cell {
    /// The text.
    pub(crate) text: String,
    /// Its colour.
    pub(crate) paint: Paint,
}

impl Cell {
    /// Makes a painted cell.
    pub(crate) fn new(text: impl Into<String>, paint: Paint) -> Self {
        Self { text: text.into(), paint }
    }

    /// Makes a plain cell.
    pub(crate) fn plain(text: impl Into<String>) -> Self {
        Self::new(text, Paint::Plain)
    }
}

/// Returns how many columns a text takes.
pub(crate) fn width(text: &str) -> usize {
    text.width()
}

/// Returns a text in one line: line breaks and other control characters become blanks, so that
/// what comes from outside cannot steer a terminal.
pub(crate) fn tame(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// Returns a text cut to a number of columns, `…` where something is missing.
pub(crate) fn cut(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let mut left = columns.saturating_sub(1);
    let kept: String = text
        .chars()
        .take_while(|c| {
            let wide = c.width().unwrap_or(0);
            let fits = wide <= left;
            left = left.saturating_sub(wide);
            fits
        })
        .collect();
    if columns == 0 { String::new() } else { kept + "…" }
}

/// Returns a text filled up with blanks.
pub(crate) fn pad(text: &str, columns: usize) -> String {
    format!("{text}{}", " ".repeat(columns.saturating_sub(width(text))))
}

/// Returns how many columns a painted text takes: colours take none.
fn seen(painted: &str) -> usize {
    width(&anstream::adapter::strip_str(painted).to_string())
}

/// Breaks a text into lines at blanks; a word that is too long stands alone.
pub(crate) fn wrap(text: &str, columns: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for paragraph in text.lines() {
        let mut line = String::new();
        for word in paragraph.split_whitespace() {
            if !line.is_empty() && seen(&line) + 1 + seen(word) > columns {
                lines.push(std::mem::take(&mut line));
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
        lines.push(line);
    }
    lines
}

/// Returns a text in lines with line breaks, moved in, broken at blanks; what goes on below is
/// moved in a little more.
pub(crate) fn hanging(text: &str, indent: usize, columns: usize) -> String {
    const MORE: usize = 2;
    let narrow = columns.saturating_sub(indent + MORE);
    let mut drawn = String::new();
    for (at, line) in wrap(text, narrow).iter().enumerate() {
        let indent = if at == 0 { indent } else { indent + MORE };
        drawn.push_str(&format!("{}{line}\n", " ".repeat(indent)));
    }
    drawn
}

/// Breaks the lines of a drawing that are too long at blanks; each keeps its indent. A command to
/// type stays in one piece.
pub(crate) fn fitted(drawing: &str, columns: usize) -> String {
    let fit = |line: &str| {
        let plain = anstream::adapter::strip_str(line).to_string();
        let indent = plain.len() - plain.trim_start().len();
        let fits = width(&plain) <= columns || plain.contains(": cutover ");
        if fits { format!("{line}\n") } else { hanging(line, indent, columns) }
    };
    drawing.lines().map(fit).collect()
}

/// Shortens the ids in a text to their beginnings, `8d3f…`.
pub(crate) fn brief_ids(text: &str) -> String {
    const LENGTH: usize = 36;
    const KEPT: usize = 4;
    let is_part = |c: char| c.is_ascii_hexdigit() || c == '-';
    let is_id = |word: &str| word.len() == LENGTH && word.matches('-').count() == 4;
    let words = text.split_inclusive(|c| !is_part(c)).map(|word| {
        let (id, rest) = word.split_at(word.trim_end_matches(|c| !is_part(c)).len());
        if is_id(id) { format!("{}…{rest}", &id[..KEPT]) } else { word.to_owned() }
    });
    words.collect()
}

/// Returns `1 step`, `2 steps`.
pub(crate) fn count(number: usize, word: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {word}{plural}")
}

/// Lays rows out in columns, two blanks between; the last column is cut at the edge.
pub(crate) fn table(rows: &[Vec<Cell>], indent: usize, columns: usize) -> String {
    let count = rows.iter().map(Vec::len).max().unwrap_or(0);
    let widths: Vec<usize> = (0..count)
        .map(|at| rows.iter().filter_map(|row| row.get(at)).map(|c| width(&c.text)).max())
        .map(Option::unwrap_or_default)
        .collect();
    rows.iter().map(|row| table_row(row, &widths, indent, columns) + "\n").collect()
}

/// Lays rows out in columns; what does not fit in the last one goes on below it.
pub(crate) fn wrapped_table(rows: &[Vec<Cell>], indent: usize, columns: usize) -> String {
    const NARROWEST: usize = 20;
    let mut broken: Vec<Vec<Cell>> = Vec::new();
    let count = rows.iter().map(Vec::len).max().unwrap_or(0);
    let before: usize = (0..count.saturating_sub(1))
        .map(|at| rows.iter().filter_map(|row| row.get(at)).map(|c| width(&c.text) + GAP).max())
        .map(Option::unwrap_or_default)
        .sum();
    let room = columns.saturating_sub(indent + before).max(NARROWEST);
    for row in rows {
        let Some((last, head)) = row.split_last() else { continue };
        let fits = width(&last.text) <= room;
        let lines = if fits { vec![last.text.clone()] } else { wrap(&last.text, room) };
        let mut lines = lines.into_iter();
        let first = Cell::new(lines.next().unwrap_or_default(), last.paint);
        broken.push(head.iter().cloned().chain([first]).collect());
        broken.extend(lines.map(|line| {
            let blank = Cell::plain("");
            vec![blank; head.len()].into_iter().chain([Cell::new(line, last.paint)]).collect()
        }));
    }
    table(&broken, indent, columns.max(indent + before + NARROWEST))
}

fn table_row(row: &[Cell], widths: &[usize], indent: usize, columns: usize) -> String {
    let mut line = " ".repeat(indent);
    let mut used = indent;
    let last = row.iter().rposition(|cell| !cell.text.is_empty()).unwrap_or(0);
    for (at, cell) in row.iter().enumerate().take(last + 1) {
        let text = cut(&cell.text, columns.saturating_sub(used).max(1));
        line.push_str(&cell.paint.on(&text));
        let wanted = widths[at] + GAP;
        if at < last {
            line.push_str(&" ".repeat(wanted.saturating_sub(width(&text))));
        }
        used += wanted;
    }
    line.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_text_fits_and_shows_that_something_is_missing() {
        assert_eq!(cut("influx-ci-prod", 20), "influx-ci-prod");
        assert_eq!(cut("influx-ci-prod", 7), "influx…");
        assert_eq!(cut("日本語日本語", 7), "日本語…");
        assert_eq!(cut("abc", 0), "");
    }

    #[test]
    fn wrapped_lines_keep_to_the_width_and_lose_no_word() {
        let text = "puts the old value back where the place still holds ours";
        let lines = wrap(text, 20);
        assert!(lines.iter().all(|line| width(line) <= 20), "{lines:?}");
        assert_eq!(lines.join(" "), text);
    }

    #[test]
    fn what_goes_on_below_a_line_is_moved_in_a_little_more() {
        let text = "look for what is marked cutover-daa7fffb";
        assert_eq!(
            hanging(text, 4, 26),
            "    look for what is\n      marked\n      cutover-daa7fffb\n"
        );
    }

    #[test]
    fn a_long_line_of_a_drawing_is_broken_between_words_under_its_own_indent() {
        let drawing = "  fits\n    look for what is marked cutover-daa7fffb\n";
        let fitted = fitted(drawing, 26);
        let lines = "  fits\n    look for what is\n      marked\n      cutover-daa7fffb\n";
        assert_eq!(fitted, lines);
        let command = "  Give it up: cutover abandon k3f9 --sandbox\n";
        assert_eq!(super::fitted(command, 26), command);
    }

    #[test]
    fn an_id_is_known_by_its_beginning_wherever_it_stands() {
        let text = "revoke (8d3f0a52-77aa-4d2e-9c11-000000000001), not abc-def";
        assert_eq!(brief_ids(text), "revoke (8d3f…), not abc-def");
    }

    #[test]
    fn columns_line_up_under_wide_characters_too() {
        let rows = [
            vec![Cell::plain("日本"), Cell::plain("one")],
            vec![Cell::plain("a"), Cell::plain("two")],
        ];
        assert_eq!(table(&rows, 2, 40), "  日本  one\n  a     two\n");
    }

    #[test]
    fn a_long_last_cell_goes_on_below_itself() {
        let rows = [
            vec![Cell::plain("url"), Cell::plain("the address of the server")],
            vec![Cell::plain("user"), Cell::plain("short")],
        ];
        let drawn = "  url   the address of the\n        server\n  user  short\n";
        assert_eq!(wrapped_table(&rows, 2, 25), drawn);
    }

    #[test]
    fn control_characters_from_outside_do_not_reach_the_terminal() {
        assert_eq!(tame("a\u{1b}[31mb\nc\u{9b}2J"), "a [31mb c 2J");
    }
}
