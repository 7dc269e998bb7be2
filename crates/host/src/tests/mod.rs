//! Tests of the whole host, with real files, programs and sockets in folders of their own.

mod damage;
mod exec;
mod file;
mod http;
mod journal;
mod support;
