//! Tests of whole runs in a world in memory.

mod linear;
