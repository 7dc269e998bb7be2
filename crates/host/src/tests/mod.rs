//! Tests of the whole host, with real files, programs and sockets in folders of their own.

mod abandon;
mod adopt;
mod claim;
mod damage;
mod doctor;
mod due;
mod exec;
mod file;
mod flips;
mod granted;
mod http;
mod inputs;
mod journal;
mod killed;
mod restore;
mod support;
mod tables;
mod undo;
