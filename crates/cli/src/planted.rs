//! What a test may change about a debug build: a planted bug, and a clock that is ahead, or
//! fast. A release build has none of these.

use cutover_engine::planted::Planted;

/// Names a bug, as in `ResultOnly`.
#[cfg(debug_assertions)]
const BUG: &str = "CUTOVER_PLANTED_BUG";
/// Sets the clock ahead, in seconds.
#[cfg(debug_assertions)]
const AHEAD: &str = "CUTOVER_CLOCK_AHEAD";
/// Lets the clock go so many times as fast.
#[cfg(debug_assertions)]
const PACE: &str = "CUTOVER_CLOCK_PACE";

/// Returns the bug that a test planted.
#[cfg(debug_assertions)]
pub(crate) fn bug() -> Planted {
    use cutover_engine::planted::Bug;

    let Ok(name) = std::env::var(BUG) else { return Planted::default() };
    let bug = Bug::ALL.iter().find(|bug| format!("{bug:?}") == name);
    bug.map_or_else(|| panic!("there is no planted bug `{name}`"), |bug| Planted::bug(*bug))
}

/// Returns no bug.
#[cfg(not(debug_assertions))]
pub(crate) fn bug() -> Planted {
    Planted::default()
}

/// Sets the clock ahead, and lets it go fast, where a test asked for it.
#[cfg(debug_assertions)]
pub(crate) fn set_clock() {
    let asked = |name| std::env::var(name).ok().and_then(|text| text.parse::<i64>().ok());
    cutover_host::set_ahead(asked(AHEAD).unwrap_or(0).saturating_mul(1000));
    cutover_host::set_pace(asked(PACE).unwrap_or(1));
}

/// Leaves the clock as it is.
#[cfg(not(debug_assertions))]
pub(crate) fn set_clock() {}
