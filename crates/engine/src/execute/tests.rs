//! Tests of whole runs in a world in memory.

pub(crate) mod linear;
