//! The real engine and the real steps in a simulated world: crashes, faults, and an oracle that
//! watches every effect.
//!
//! A history (`history::History`) is drawn from a seed: a workflow (`shapes`), how the providers are,
//! what goes wrong (`faults`), when which process dies, stands still or is interrupted. The runner
//! carries it out with the real engine behind a made-up host (`host`), whose clock jumps from wait to
//! wait; the world (`world`) has what providers, places and consumers have. The oracle stands in the
//! world and judges each effect as it comes, with nothing but what was recorded before it (`oracle`,
//! `book`); what must hold days later is in `verdict`.
//!
//! | to | say, before `cargo test -p cutover-cli --test sim` |
//! |---|---|
//! | be told a history in words | `CUTOVER_SIM_SEED=17`, and ` replay -- --nocapture` after it |
//! | be told it with a planted bug | `CUTOVER_SIM_BUG=NoProofs` as well |
//! | try more histories | `CUTOVER_SIM_HISTORIES=1000000` |
//! | begin at another seed | `CUTOVER_SIM_FIRST=500000` as well |
//! | see what is wrong with how many | `CUTOVER_SIM_SURVEY=3000`, and ` survey -- --nocapture` after it |
//! | try every pair of crashes with every fault | `CUTOVER_SIM_ALL=1` |
//! | look for one planted bug | `CUTOVER_SIM_BUG=NoProofs`, and ` every_planted -- --nocapture` after it |
//!
//! Who mends what a history has found keeps its seed in `random::MENDED`; who adds a dimension draws
//! it from chance of its own, so that the seeds that are kept stay what they are; who adds a way to
//! recover plants a bug in it (`cutover_engine::planted`) and sees it found (`mutants`).

#![expect(clippy::result_large_err, reason = "the errors of replies are the engine's own")]

mod book;
mod chance;
mod clock;
mod exhaustive;
mod faults;
mod history;
mod host;
mod mutants;
mod narrow;
mod oracle;
mod random;
mod runner;
mod search;
mod secrets;
mod send;
mod setup;
mod shapes;
mod shapes_users;
mod state;
mod steps;
mod stop;
mod tick;
mod verdict;
mod words;
mod world;
