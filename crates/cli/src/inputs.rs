//! Inputs as they are given: `--input`, `--inputs`, and where secret ones come from.
