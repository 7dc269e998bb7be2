//! The real engine and the real steps in a simulated world: crashes, faults, and an oracle that
//! watches every effect.
//!
//! A history is drawn from a seed: a workflow, how the providers are, what goes wrong, when which
//! process dies. `CUTOVER_SIM_SEED=17 cargo test -p cutover-cli --test sim replay -- --nocapture`
//! tells one in words; `CUTOVER_SIM_HISTORIES=1000000` tries more of them.

#![expect(clippy::result_large_err, reason = "the errors of replies are the engine's own")]

mod book;
mod chance;
mod clock;
mod exhaustive;
mod faults;
mod history;
mod host;
mod mutants;
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
