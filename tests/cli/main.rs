//! What the command says, to the letter: every command, every kind of wrong, every exit code.
//!
//! Each call runs the real binary with a cleared environment, a home of its own, no terminal (so
//! that it is 100 columns wide), and what changes from one time to the next taken out.

mod adopt;
mod burn;
mod check;
mod children;
mod debts;
mod doctor;
mod endings;
mod hostile;
mod interrupted;
mod inventory;
mod lists;
mod manual;
mod odd;
mod parked;
mod plan;
mod plugin;
mod plugin_limits;
mod plugin_pins;
mod plugin_service;
mod plugin_tests;
mod rehearsal;
mod resume;
mod run;
mod secrets;
mod support;
mod taken;
mod terminal;
mod tick;
mod ticked;
mod timer;
mod vault;
