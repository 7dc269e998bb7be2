//! What a panic says: that it is our bug, in which run, and what to type.

use std::backtrace::Backtrace;
use std::io::{self, Write};
use std::panic::{self, PanicHookInfo};
use std::process;

use crate::exit::Exit;
use crate::session::RunningRun;

/// Makes every panic end the process with 101 and say what to do. The run is where it was: what it
/// recorded is kept.
pub(crate) fn report_panics(running: RunningRun) {
    panic::set_hook(Box::new(move |panic| {
        let message = message(panic, running.get().as_deref());
        drop(io::stderr().write_all(message.as_bytes()));
        if std::env::var_os("RUST_BACKTRACE").is_some() {
            drop(writeln!(io::stderr(), "{}", Backtrace::force_capture()));
        }
        process::exit(i32::from(Exit::Bug.code()));
    }));
}

/// Only where it happened is told, never the panic's own words: they may hold anything.
fn message(panic: &PanicHookInfo<'_>, run: Option<&str>) -> String {
    let place = panic.location().map(|at| format!(" ({}:{})", at.file(), at.line()));
    text(&place.unwrap_or_default(), run)
}

fn text(place: &str, run: Option<&str>) -> String {
    let version = env!("CARGO_PKG_VERSION");
    let head = format!("\nbug: cutover {version} stopped on a mistake of its own{place}\n");
    let next = run.map(|run| {
        format!(
            "  Run {run} is recorded up to its last step.\n  \
             What happened: cutover runs show {run}\n  Give it up:    cutover abandon {run}\n"
        )
    });
    head + &next.unwrap_or_default() + "  Please report it with the line above.\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_names_the_run_and_what_to_type() {
        let text = text(" (a.rs:7)", Some("k3f9"));
        assert!(text.contains("(a.rs:7)"), "{text}");
        assert!(text.contains("cutover abandon k3f9"), "{text}");
        assert!(!super::text("", None).contains("Run"));
    }
}
