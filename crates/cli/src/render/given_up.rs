//! The last lines of a run that was given up without the engine: nothing was taken back.

use cutover_host::abandon::Abandoned;

use super::value::short_id;
use crate::style::Paint;
use crate::text::{self, tame};

/// Returns the last lines.
pub(crate) fn drawing(run: &Abandoned, columns: usize) -> String {
    let head = format!("run {} is given up; nothing was undone.", run.run);
    let mut drawn = format!("{}\n", Paint::Warn.on(&head));
    if run.left.is_empty() {
        drawn.push_str("  Nothing that it made is left in the world.\n");
    } else {
        drawn.push_str("  In the world now\n");
        let left = run.left.iter().map(|left| tame(&left.to_string()));
        drawn.extend(left.map(|line| text::hanging(&line, 4, columns)));
    }
    for debt in &run.debts {
        let line = format!("  held   revoke {}: nothing pays it", short_id(&debt.target));
        drawn.push_str(&format!("{}\n", Paint::Warn.on(&line)));
    }
    let free = run.credential.as_ref();
    drawn.extend(free.map(|name| format!("  {} is free for the next run.\n", tame(name))));
    drawn
}
