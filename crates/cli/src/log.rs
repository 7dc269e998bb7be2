//! `-v`: what the program tells of itself, on standard error, through the second net.

use std::io::{self, Write};
use std::sync::Arc;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

use crate::out::Out;

/// Begins to tell, where that was asked for. Without `-v` nothing is made at all.
pub(crate) fn begin(out: &Arc<Out>) {
    let level = match out.loudness {
        ..=0 => return,
        1 => "info",
        2.. => "debug",
    };
    let filter = EnvFilter::new(format!(
        "warn,cutover={level},cutover_engine={level},cutover_host={level},cutover_steps={level}"
    ));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(false)
        .with_writer(Lines { out: Arc::clone(out) })
        .init();
}

/// Makes one writer a line.
struct Lines {
    out: Arc<Out>,
}

/// Gathers a line and says it whole, so that a secret is never cut in two on its way to the net.
struct Line {
    out: Arc<Out>,
    bytes: Vec<u8>,
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Line;

    fn make_writer(&'a self) -> Line {
        Line { out: Arc::clone(&self.out), bytes: Vec::new() }
    }
}

impl Write for Line {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.out.complain(&String::from_utf8_lossy(&self.bytes));
    }
}
