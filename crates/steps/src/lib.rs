//! steps.
