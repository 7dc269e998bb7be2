//! Templates in a small world: what they parse to, their types, what they render to.

mod any_text;
mod bare;
mod habits;
mod helpers;
mod pages;
mod parsing;
mod rendering;
mod secrets;
mod typing;
mod unknowns;
mod world;
