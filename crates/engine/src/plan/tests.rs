//! Inputs, and the order of steps.
