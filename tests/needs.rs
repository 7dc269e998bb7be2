//! Programs beside Rust that some tests need: where they are not installed these tests are left out,
//! and say so. `CUTOVER_REAL=1` lets them fail instead, as `.ci/run` does; `CUTOVER_REAL=0` leaves
//! them out in any case.

use std::env;
use std::io::{Write, stderr};

/// Says whether tests that need some programs of some Debian packages are left out.
///
/// # Panics
/// Where one is missing and `CUTOVER_REAL=1` wants them all.
pub(crate) fn are_left_out(programs: &[&str], packages: &str) -> bool {
    let wanted = env::var("CUTOVER_REAL").unwrap_or_default();
    if wanted == "0" {
        return true;
    }
    let Some(program) = programs.iter().find(|program| !is_there(program)) else { return false };
    let missing = format!("`{program}` is not there: apt-get install {packages}");
    assert_ne!(wanted, "1", "{missing}, or leave these tests out with CUTOVER_REAL=0");
    // Not by a macro: what a test that passes says is not shown.
    let _ = stderr().write_all(format!("left out: {} ({missing})\n", test()).as_bytes());
    true
}

fn is_there(program: &str) -> bool {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

/// Returns the name of the test under way.
fn test() -> String {
    std::thread::current().name().unwrap_or("a test").to_owned()
}
