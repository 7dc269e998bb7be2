//! Written as its subject is.
